"""Phones of a guest: simulated radios (mac80211_hwsim), each in a network space of its own."""

from dataclasses import dataclass

from tests.system.qemu.machine import Machine

_TAKES_ADDRESS = """#!/bin/sh
case "$1" in bound|renew)
  ip address flush dev "$interface"
  ip address add "$ip/$mask" dev "$interface"
  ip route replace default via "$router"
  echo "nameserver $dns" > "/etc/netns/$(ip netns identify)/resolv.conf"
esac
"""


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone.

    Args:
        number: Of its radio: `wlan1` is on the first phone, `wlan0` is the point's.
    """

    guest: Machine
    number: int

    @property
    def radio(self) -> str:
        """Name of its radio."""
        return f"wlan{self.number}"

    def run(self, script: str, *, check: bool = True) -> str:
        """Run a script on the phone."""
        return self.guest.run(f"ip netns exec p{self.number} sh -c '{script}'", check=check)

    def join(self, ssid: str) -> None:
        """Join a Wi-Fi that asks for no password.

        The kernel looks for it once; on a slow guest it may hear nothing, and is told again.
        """
        asked = f"dmesg | grep -c '{self.radio}: authenticate with'"
        before = int(self.guest.run(asked, check=False))
        self.guest.wait_for(
            f'ip netns exec p{self.number} iw dev {self.radio} connect "{ssid}"; sleep 1; '
            f"test $({asked}) -gt {before}"
        )

    def join_with(self, ssid: str, password: str, kind: str = "WPA-PSK") -> None:
        """Join a Wi-Fi by its password, as a phone's own program does."""
        protected = 2 if kind == "SAE" else 0
        self.guest.run(
            f"""cat > /run/{self.radio}.conf <<'END'
network={{
 ssid={ssid.encode().hex()}
 key_mgmt={kind}
 {"sae_password" if kind == "SAE" else "psk"}="{password}"
 ieee80211w={protected}
}}
END
            ip netns exec p{self.number} wpa_supplicant -B -i {self.radio} \\
              -c /run/{self.radio}.conf -f /run/{self.radio}.log -P /run/{self.radio}.pid"""
        )

    def leave(self) -> None:
        """Leave the Wi-Fi, whichever way it was joined."""
        self.guest.run(f"kill $(cat /run/{self.radio}.pid) 2> /dev/null; true")
        self.run(f"iw dev {self.radio} disconnect", check=False)

    def wait_until_joined(self) -> None:
        """Wait until the point has taken the phone and all keys are set."""
        self.guest.wait_for(
            f"iw dev wlan0 station get $(cat /run/{self.radio}.mac) | grep 'authorized:.*yes'",
            state=f"cat /run/{self.radio}.log; cat /run/diemdoc-told/access-point; iw dev",
        )

    def take_address(self) -> str:
        """Ask for an address, and return it."""
        self.run(f"busybox udhcpc -i {self.radio} -n -q -f -t 8 -s /run/takes-address")
        return self.address()

    def address(self) -> str:
        """Return the address it was given."""
        return self.run(f"ip -4 -o address show dev {self.radio}").split()[3].split("/")[0]

    @property
    def mac(self) -> str:
        """Address of its radio."""
        return self.guest.run(f"cat /run/{self.radio}.mac").strip()


def make_phones(guest: Machine, count: int) -> list[Phone]:
    """Give a guest a radio of its own and phones around it."""
    guest.run(
        f"""set -e
        cat > /run/takes-address <<'END'
{_TAKES_ADDRESS}END
        chmod 755 /run/takes-address
        modprobe mac80211_hwsim radios={count + 1}
        udevadm settle
        for one in $(seq {count}); do
          cat /sys/class/net/wlan$one/address > /run/wlan$one.mac
          ip netns add p$one
          mkdir -p /etc/netns/p$one
          touch /etc/netns/p$one/resolv.conf
          iw phy $(basename $(readlink /sys/class/net/wlan$one/phy80211)) set netns name p$one
          ip netns exec p$one ip link set lo up
          ip netns exec p$one ip link set wlan$one up
        done"""
    )
    return [Phone(guest, one + 1) for one in range(count)]
