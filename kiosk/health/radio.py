"""The access point as it was set up: what hostapd was told (hostapd.conf(5))."""

from dataclasses import dataclass

from kiosk.health.check import Machine

# Where our provisioning puts it, and where Debian does.
_FILES = ("etc/diemdoc/machine/hostapd.conf", "etc/hostapd/hostapd.conf")


@dataclass(frozen=True, slots=True)
class Radio:
    """An access point of this box.

    Args:
        interface: The radio.
        phones_on: The interface on which phones are seen: the bridge when there is one.
        most: Most phones it takes; 0 when nobody said.
        ssid: Name of the Wi-Fi.
        password: "" for an open one.
    """

    interface: str
    phones_on: str
    most: int
    ssid: str = ""
    password: str = ""


def radio_of(machine: Machine) -> Radio | None:
    """Return the access point, or None when this box has none of its own."""
    for file in _FILES:
        text = machine.text(file)
        if text is None:
            continue
        told = dict(
            line.strip().split("=", 1)
            for line in text.splitlines()
            if "=" in line and not line.lstrip().startswith("#")
        )
        interface = told.get("interface", "")
        if interface:
            most = told.get("max_num_sta", "")
            bridge = told.get("bridge", interface)
            return Radio(
                interface,
                bridge,
                int(most) if most.isdecimal() else 0,
                _ssid(told),
                told.get("wpa_passphrase", ""),
            )
    return None


def _ssid(told: dict[str, str]) -> str:
    """Return the name in `ssid`, or in `ssid2`: between quotation marks or in hexadecimal."""
    text = told.get("ssid2", "")
    if text.startswith('"'):
        return text.strip('"')
    try:
        return bytes.fromhex(text).decode("utf-8") or told.get("ssid", "")
    except ValueError:
        return told.get("ssid", "")


def phones_of(machine: Machine, radio: Radio) -> int:
    """Return how many phones the kernel has spoken with lately; none is named (proc(5), arp)."""
    lines = [line.split() for line in (machine.text("proc/net/arp") or "").splitlines()[1:]]
    # Flag 2: the neighbour answered (linux/if_arp.h, ATF_COM).
    return sum(
        len(one) == 6 and one[5] == radio.phones_on and int(one[2], 16) & 2 != 0 for one in lines
    )
