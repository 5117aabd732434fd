"""What is in the package and where: values only, so that a test can look at them."""

from dataclasses import dataclass
from pathlib import Path

LIBRARY = "usr/lib/diemdoc"
# What the programs of the package need of Debian; each is used by a unit or by `provisioning`.
DEPENDS = (
    "dnsmasq-base", "e2fsprogs", "fdisk", "hostapd", "iproute2", "libnss-myhostname",
    "network-manager", "nftables", "rfkill", "systemd", "systemd-timesyncd | time-daemon", "tzdata",
    "udev", "util-linux",
)  # fmt: skip
# A point works without: packed memory, exFAT checks, the touch screen, a read-only system. Without
# wireless-regdb the kernel knows no country and keeps to what every country allows.
RECOMMENDS = ("exfatprogs", "systemd-zram-generator", "wireless-regdb")
SUGGESTS = ("cage", "chromium", "overlayroot")


@dataclass(frozen=True, slots=True)
class Architecture:
    """One kind of processor.

    Args:
        debian: Debian's name of it.
        platforms: Names that wheels for it bear, newest first (PEP 600).
    """

    debian: str
    platforms: tuple[str, ...]


def _platforms(machine: str) -> tuple[str, ...]:
    # Debian 12 has glibc 2.36; wheels ask for at most that.
    versions = [f"manylinux_2_{minor}_{machine}" for minor in range(36, 16, -1)]
    return (*versions, f"manylinux2014_{machine}", f"linux_{machine}")


ARCHITECTURES = {
    "amd64": Architecture("amd64", _platforms("x86_64")),
    "arm64": Architecture("arm64", _platforms("aarch64")),
}
# Python of the Debian that the box runs: 12 has 3.11, 13 has 3.13.
PYTHONS = ("3.11", "3.13")

LAUNCHER = """#!/usr/bin/python3 -I
# Isolated: nothing of a user's environment is imported. Processes that this one starts find us too.
import os
import sys

sys.path.insert(0, "/usr/lib/diemdoc")
os.environ["PYTHONPATH"] = "/usr/lib/diemdoc"

from kiosk.cli import main

main()
"""

# What a new machine begins with; every other setting has its default.
FIRST_SETTINGS = """# Settings of this reading point: docs/reference/settings.md names them all.
[kiosk]
library = "/srv/diemdoc/library"
host = "diemdoc.lan"
content_host = "diemdoc-sach.lan"

[sync]
# An update slows down while readers are busy; this is where the archive server says so.
readers = "http://198.51.100.2/healthz"
"""


def control(version: str, architecture: str, python: str, size_kb: int) -> str:
    """Return the control file of the package (deb-control(5))."""
    major, minor = python.split(".")
    depends = (f"python3 (>= {python})", f"python3 (<< {major}.{int(minor) + 1})", *DEPENDS)
    return f"""Package: diemdoc
Version: {version}
Architecture: {architecture}
Maintainer: Diem Doc <diemdoc@localhost>
Installed-Size: {size_kb}
Depends: {", ".join(depends)}
Recommends: {", ".join(RECOMMENDS)}
Suggests: {", ".join(SUGGESTS)}
Section: web
Priority: optional
Description: village reading point: local books over Wi-Fi, without internet
 Serves ZIM archives of documents, ebooks and audiobooks to old phones and a
 touch screen, finds Vietnamese with and without accents, and takes signed
 content by network or USB stick.
"""


# Places in the package by where their file stands in the source.
def places(source: Path) -> dict[str, Path]:
    """Return each file of `systemd/` and the docs by its place in the package."""
    units = source / "systemd"
    found = {
        f"usr/lib/systemd/system/{one.name}": one
        for one in units.iterdir()
        if one.suffix in {".path", ".service", ".socket", ".target", ".timer"}
    }
    return found | {
        "usr/lib/sysusers.d/diemdoc.conf": units / "diemdoc.sysusers",
        "usr/lib/systemd/system-preset/80-diemdoc.preset": units / "diemdoc.preset",
        "usr/lib/tmpfiles.d/diemdoc.conf": units / "diemdoc.tmpfiles",
        "usr/lib/udev/rules.d/99-diemdoc-usb.rules": units / "99-diemdoc-usb.rules",
        "usr/share/doc/diemdoc/copyright": source / "LICENSE",
        "usr/share/doc/diemdoc/CHANGELOG.md": source / "CHANGELOG.md",
    }
