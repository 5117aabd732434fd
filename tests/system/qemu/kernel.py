"""Debian's own kernel for a guest: fetched and unpacked beside the checkout, never installed."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# Only Debian's files lie here, so that one fetch serves every run.
KEPT = ROOT / ".venv/.qemu"
KERNEL = "linux-image-amd64"
# What a guest has beside the box's own packages: what starts it, loads drivers, and is a phone.
TOOLS = ("busybox-static", "kmod", "libkmod2", "iw", "wpasupplicant", "libpcsclite1",
         "wireless-regdb", "libreadline8", "readline-common", "libeatmydata1")  # fmt: skip
# Folders of drivers that a guest may ask for; the rest of the kernel's 400 MB stays out.
DRIVERS = (
    "arch", "block", "crypto", "drivers/ata", "drivers/block", "drivers/char",
    "drivers/net/wireless/mac80211_hwsim.ko", "drivers/scsi", "drivers/usb/common",
    "drivers/usb/core", "drivers/usb/host", "drivers/usb/storage", "drivers/virtio",
    "drivers/watchdog", "fs", "lib", "net",
)  # fmt: skip
_NEEDS = re.compile(rb"\0depends=([^\0]*)\0")


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel and its drivers, as the package unpacks them.

    Args:
        image: What QEMU starts.
        drivers: `lib/modules/RELEASE`.
    """

    image: Path
    drivers: Path

    @property
    def release(self) -> str:
        """The name that `uname -r` gives."""
        return self.drivers.name

    def with_needs(self, *names: str) -> list[Path]:
        """Return the files of drivers in an order in which they can be loaded one by one."""
        files = {one.stem.replace("-", "_"): one for one in self.drivers.rglob("*.ko")}
        order: list[Path] = []

        def add(name: str) -> None:
            file = files.get(name.replace("-", "_"))
            # What is not there is built into the kernel.
            if file is None or file in order:
                return
            found = _NEEDS.search(file.read_bytes())
            for one in (found[1].decode() if found else "").split(","):
                add(one)
            order.append(file)

        for name in names:
            add(name)
        return order


def find_kernel() -> Kernel:
    """Return Debian's kernel; the test is skipped where it cannot be had."""
    for program in ("qemu-system-x86_64", "apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}: run script/setup --for test")
    if os.uname().machine != "x86_64":
        pytest.skip("the guests are of x86_64")
    folder = fetched("kernel", _newest_kernel())
    return Kernel(next(folder.glob("boot/vmlinuz-*")), next(folder.glob("lib/modules/*")))


def fetched(name: str, *packages: str) -> Path:
    """Return a folder with the files of Debian packages."""
    folder = KEPT / name
    wanted = " ".join(packages)
    stamp = folder / ".packages"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    files = KEPT / "packages"
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir(parents=True)
    done = subprocess.run(
        ["apt-get", "download", "-q", *packages],
        cwd=files, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"Debian's packages cannot be fetched here: {done.stderr[-300:]}")
    for package in files.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    shutil.rmtree(files)
    stamp.write_text(wanted, encoding="utf-8")
    return folder


def _newest_kernel() -> str:
    """Return the package that the kernel of this Debian is in."""
    for words in (["apt-cache", "depends", KERNEL], ["apt-get", "update", "-q"]) * 2:
        told = subprocess.run(words, capture_output=True, text=True, check=False).stdout
        found = re.search(r"Depends: (linux-image-[0-9][^\s]*)", told)
        if found is not None:
            return found[1]
    pytest.skip(f"{KERNEL} is not among the packages of this system")
