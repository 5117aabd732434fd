"""What one value of the settings may be: each rule returns "" or what is wrong and what to write.

A value that passes can stand in any rendered file: no rule lets a line break, a quote or a control
character through.
"""

import re
from typing import Any
from zoneinfo import ZoneInfo

# IEEE 802.11-2020, 9.4.2.2: an SSID is 0 to 32 octets.
_SSID_BYTES = 32
# linux/if.h: IFNAMSIZ is 16 with its closing zero byte.
_INTERFACE = re.compile(r"[a-z][a-z0-9_.-]{0,14}")
_HOSTNAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,16}")
_FOLDER = re.compile(r"(?:/[A-Za-z0-9._-]+)+")
_APN = re.compile(r"[A-Za-z0-9.-]{1,64}")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_MIRROR = re.compile(r"https?://[A-Za-z0-9./:_~-]+")
# Free of licence in Viet Nam (Circular 08/2021/TT-BTTTT), without radar channels, and seen by every
# phone: those sold in some countries do not look at 12 and 13.
_CHANNELS = (*range(1, 12), 36, 40, 44, 48)
# Kernel drivers that read what strangers wrote: the fewer, the better.
_FILESYSTEMS = ("vfat", "exfat", "ntfs")


def ssid(value: str) -> str:
    """Check the name of a Wi-Fi network; "" is no network."""
    size = len(value.encode())
    if size > _SSID_BYTES:
        return (
            f"is {size} bytes long; at most {_SSID_BYTES} fit (a Vietnamese letter with marks "
            "takes 2 or 3): choose a shorter name"
        )
    return "" if value.isprintable() else "holds a character that cannot be seen: leave it out"


def password(value: str) -> str:
    """Check a Wi-Fi password; "" is an open network (IEEE 802.11-2020, J.4: 8 to 63 ASCII)."""
    if not value:
        return ""
    if not value.isascii() or not value.isprintable() or value != value.strip():
        return "must be letters without accents, digits and signs, with no space at its ends"
    return "" if 8 <= len(value) <= 63 else f"has {len(value)} characters; 8 to 63 are needed"


def country(value: str) -> str:
    """Check the country whose radio rules hold."""
    if value == "VN":
        return ""
    return f'is {value!r}; the radio rules of another country are not ours to follow: write "VN"'


def channel(value: int) -> str:
    """Check a radio channel."""
    if value in _CHANNELS:
        return ""
    return f"is {value}; write 1 to 11 (2.4 GHz, all phones) or 36, 40, 44, 48 (5 GHz)"


def interface(value: str) -> str:
    """Check the name of a network interface; "" is the usual one."""
    if not value or _INTERFACE.fullmatch(value):
        return ""
    return f"is {value!r}; it must be an interface such as wlan0 (see 'ip link')"


def hostname(value: str) -> str:
    """Check the machine's own name (RFC 1123, 2.1)."""
    if _HOSTNAME.fullmatch(value):
        return ""
    return f"is {value!r}; use small letters, digits and '-', at most 63"


def dns_name(value: Any) -> str:
    """Check a name that the point's DNS answers."""
    if isinstance(value, str) and len(value) <= 200 and _NAME.fullmatch(value):
        return ""
    return f"is {value!r}; it must be a name such as diemdoc.lan"


def folder(value: Any) -> str:
    """Check the folder of the library."""
    if isinstance(value, str) and _FOLDER.fullmatch(value):
        return ""
    return f"is {value!r}; it must be a folder such as /srv/diemdoc/library, without spaces"


def timezone(value: str) -> str:
    """Check a time zone of the IANA database."""
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        return f"is {value!r}; it must be a zone such as Asia/Ho_Chi_Minh"
    return ""


def label(value: str) -> str:
    """Check the label of a disk (ext4 takes 16 bytes)."""
    if _LABEL.fullmatch(value):
        return ""
    return f"is {value!r}; use at most 16 letters without accents, digits, '-' and '_'"


def apn(value: str) -> str:
    """Check the access point name of a mobile network; "" leaves it to the modem."""
    if not value or _APN.fullmatch(value):
        return ""
    return f"is {value!r}; the mobile company says what to write, such as v-internet"


def filesystems(value: tuple[Any, ...]) -> str:
    """Check which file systems of sticks are read."""
    wrong = [str(one) for one in value if one not in _FILESYSTEMS]
    if not wrong:
        return ""
    return f"names {', '.join(wrong)}; only these are read: {', '.join(_FILESYSTEMS)}"


def debian_packages(value: tuple[Any, ...]) -> str:
    """Check names of Debian's packages (Debian Policy 5.6.1)."""
    wrong = [str(one) for one in value if not _PACKAGE.fullmatch(str(one))]
    return f"names {', '.join(wrong)}; write names of Debian's packages" if wrong else ""


def mirror(value: str) -> str:
    """Check where Debian is taken from; "" is its usual place."""
    if not value or _MIRROR.fullmatch(value):
        return ""
    return f"is {value!r}; it must be an address such as https://mirror.example.vn/debian"
