"""Phones join the point's own Wi-Fi by its Vietnamese name, reach the library, and not each other.

Simulated radios (mac80211_hwsim) carry real frames between hostapd and stations in a guest; what is
set up is what `diemdoc provision` rendered, started by our units. The tests go on from each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.system.qemu.extent import IS_FULL
from tests.system.qemu.kernel import Kernel
from tests.system.qemu.machine import Drive, Machine
from tests.system.qemu.phones import Phone, make_phones
from tests.system.qemu.point import MAX_PHONES, SSID

pytestmark = [pytest.mark.system, pytest.mark.qemu, pytest.mark.timeout(900)]
HOSTAPD = "/etc/diemdoc/machine/hostapd.conf"
RADIO = "diemdoc-access-point.service"
PASSWORD = "thu vien 2026"
# What the units need of the kernel's settings for phones (provisioning/templates/sysctl.conf.j2).
KERNEL_SETTINGS = {
    "ipv4/conf/wlan0/forwarding": "1", "ipv4/conf/wlan0/proxy_arp_pvlan": "1",
    "ipv4/neigh/wlan0/proxy_delay": "0", "ipv4/conf/wlan0/send_redirects": "0",
    "ipv6/conf/wlan0/disable_ipv6": "1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hall:
    """A point with its radio, and phones in front of it: one more than it takes."""

    guest: Machine
    phones: list[Phone]

    def wait_until_on_air(self) -> None:
        """Wait until the radio answers."""
        self.guest.wait_for(
            f"tail -n 30 /run/diemdoc-told/access-point | grep AP-ENABLED "
            f"&& iw dev wlan0 info | grep 'type AP' && systemctl is-active {RADIO}",
            state=f"systemctl status {RADIO}; cat /run/diemdoc-told/access-point",
        )


@pytest.fixture(scope="module")
def hall(kernel: Kernel, image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """Start a point whose radio comes late, as that of a USB adapter does."""
    drives = [Drive(image, throws_away=True)]
    folder = tmp_path_factory.mktemp("guest")
    with Machine(folder, kernel, drives, line="systemd.unit=basic.target") as guest:
        made = Hall(guest, make_phones(guest, MAX_PHONES + 1))
        units = ("firewall", "dnsmasq", "access-point", "fair-share")
        guest.run("systemctl start " + " ".join(f"diemdoc-{one}" for one in units))
        made.wait_until_on_air()
        yield made


def test_the_radio_is_on_air_by_the_rules_of_vietnam(hall: Hall) -> None:
    regulation = hall.guest.run("iw reg get")
    assert "country VN" in regulation
    seen = hall.phones[0].run("iw dev wlan1 scan")
    # iw writes bytes that are no ASCII as \xNN.
    name = "".join(chr(one) if one < 128 else f"\\x{one:02x}" for one in SSID.encode())
    assert f"SSID: {name}" in seen
    assert "Country: VN" in seen
    assert "Privacy" not in seen
    settings = {one: hall.guest.run(f"cat /proc/sys/net/{one}").strip() for one in KERNEL_SETTINGS}
    assert settings == KERNEL_SETTINGS
    assert "qdisc cake" in hall.guest.run("tc qdisc show dev wlan0")


def test_a_phone_joins_and_is_led_to_the_library(hall: Hall) -> None:
    phone = hall.phones[0]
    phone.join(SSID)
    phone.wait_until_joined()
    assert phone.take_address().startswith("10.42.")
    found = phone.run("busybox nslookup connectivitycheck.gstatic.com")
    assert "198.51.100.1" in found
    # The first page of a machine that nobody has asked yet: the app starts by its socket.
    probe = "curl -s -m 200 -o /dev/null -w %{http_code} http://connectivitycheck.gstatic.com"
    assert phone.run(f"{probe}/generate_204") == "302"
    page = phone.run("curl -s -m 200 -L http://connectivitycheck.gstatic.com/generate_204")
    assert "Vào thư viện" in page
    assert phone.run("curl -s -m 200 http://diemdoc.lan/healthz").startswith("{")


def test_phones_do_not_reach_each_other_over_the_air(hall: Hall) -> None:
    first, second = hall.phones[:2]
    second.join(SSID)
    second.wait_until_joined()
    addresses = [first.address(), second.take_address()]
    assert addresses[0] != addresses[1]
    assert not reaches(first, second, addresses)
    if IS_FULL:
        # The control: without that one line the same frames arrive.
        restart(hall, f"sed -i s/ap_isolate=1/ap_isolate=0/ {HOSTAPD}", [first, second])
        assert reaches(first, second, addresses)
        restart(hall, f"sed -i s/ap_isolate=0/ap_isolate=1/ {HOSTAPD}", [first, second])
        assert not reaches(first, second, addresses)


def reaches(first: Phone, second: Phone, addresses: list[str]) -> bool:
    """Send frames straight to the other phone's radio, past what the box would answer for it."""
    first.run(f"ip neighbour replace {addresses[1]} lladdr {second.mac} dev {first.radio}")
    second.run(f"ip neighbour replace {addresses[0]} lladdr {first.mac} dev {second.radio}")
    told = first.run(f"busybox ping -c 3 -W 2 {addresses[1]}", check=False)
    return " 0% packet loss" in told


def restart(hall: Hall, change: str, phones: list[Phone]) -> None:
    """Change what hostapd reads, start it anew, and let phones join again."""
    hall.guest.run(f"{change} && systemctl restart {RADIO}")
    hall.wait_until_on_air()
    for phone in phones:
        phone.leave()
        phone.join(SSID)
        phone.wait_until_joined()


def test_one_phone_more_than_there_is_room_for_waits_until_another_leaves(hall: Hall) -> None:
    *_, second, third = hall.phones
    third.join(SSID)
    # IEEE 802.11-2020, table 9-50: status 17 is "unable to handle additional stations".
    hall.guest.wait_for(f"dmesg | grep '{third.radio}: .*denied authentication (status 17)'")
    assert "Not connected" in third.run(f"iw dev {third.radio} link")
    second.leave()
    third.join(SSID)
    third.wait_until_joined()
    third.leave()


@pytest.mark.skipif(not IS_FULL, reason="only in full: script/test --tier qemu")
@pytest.mark.parametrize("kind", ["WPA-PSK", "SAE"])
def test_with_a_password_only_who_knows_it_comes_in(hall: Hall, kind: str) -> None:
    guest, phone = hall.guest, hall.phones[1]
    if PASSWORD not in guest.run(f"cat {HOSTAPD}"):
        guest.run(
            f"sed -i '/^ssid/a password = \"{PASSWORD}\"' /etc/diemdoc/diemdoc.toml"
            f" && diemdoc provision apply --no-start && systemctl restart {RADIO}"
        )
        hall.wait_until_on_air()
    phone.join_with(SSID, "sai mat khau", kind)
    guest.wait_for(
        f"grep -E 'WRONG_KEY|4-Way Handshake failed|auth_failures' /run/{phone.radio}.log",
        state=f"cat /run/{phone.radio}.log",
    )
    assert "authorized:\tyes" not in guest.run("iw dev wlan0 station dump")
    phone.leave()
    phone.join_with(SSID, PASSWORD, kind)
    phone.wait_until_joined()
    assert phone.take_address().startswith("10.42.")
    assert phone.run("curl -s -m 200 http://diemdoc.lan/healthz").startswith("{")
    phone.leave()
