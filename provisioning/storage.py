"""Disks and sticks that are in the machine, as the system sees them; and mounting one safely.

A stick is what strangers wrote. It is mounted by the kernel's own driver (a helper program has
dropped `noexec` before), and what the kernel then says of the mount is what counts.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisioning.command import Command, must
from provisioning.errors import CommandError, StorageError

# Nothing on it is written, run, a device, or anybody's right.
SAFE = ("ro", "nosuid", "nodev", "noexec")
# While our own counts are written to a stick: it may be written, and nothing else changes.
WRITABLE = ("rw", "nosuid", "nodev", "noexec")
MOUNTS = Path("/proc/self/mountinfo")
_COLUMNS = "NAME,FSTYPE,LABEL,SIZE,TRAN,MOUNTPOINTS"
_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Volume:
    """A file system on a disk or stick.

    Args:
        device: Kernel's name, such as `sda1`.
        filesystem: As blkid names it: `vfat`, `exfat`, `ext4`.
        is_usb: Whether it hangs on a USB plug.
        mounted_at: Folders, empty when it is not mounted.
    """

    device: str
    filesystem: str
    label: str
    size_bytes: int
    is_usb: bool
    mounted_at: tuple[str, ...]


def find_volumes(command: Command) -> list[Volume]:
    """Return every file system that a disk or stick of this machine holds (lsblk(8)).

    Raises:
        StorageError: The system does not tell.
    """
    try:
        text = must(command, "lsblk", "--json", "--bytes", "--output", _COLUMNS)
        disks = json.loads(text)["blockdevices"]
    except (CommandError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"the disks of this machine cannot be listed: {error}") from error
    return [volume for disk in disks for volume in _volumes(disk, str(disk.get("tran") or ""))]


def _volumes(node: dict[str, Any], transport: str) -> list[Volume]:
    """Return the file systems of a disk; a partition hangs where its disk does."""
    found = [one for child in node.get("children") or [] for one in _volumes(child, transport)]
    if not node.get("fstype"):
        return found
    volume = Volume(
        device=str(node["name"]),
        filesystem=str(node["fstype"]),
        label=str(node.get("label") or ""),
        size_bytes=int(node.get("size") or 0),
        is_usb=transport == "usb",
        mounted_at=tuple(one for one in node.get("mountpoints") or [] if one),
    )
    return [volume, *found]


def mount_safely(  # noqa: PLR0913 -- each is plain
    command: Command,
    source: str,
    kind: str,
    target: Path,
    *,
    options: Sequence[str] = (),
    mounts: Path = MOUNTS,
) -> None:
    """Mount a file system so that nothing on it can be written or run.

    Args:
        kind: Name of the kernel's driver.
        target: Folder to mount on; it is made, and removed again when the mount is refused.
        options: More options of that driver.

    Raises:
        StorageError: It cannot be mounted, or the kernel does not keep to the options.
    """
    target.mkdir(parents=True, exist_ok=True)
    try:
        # --internal-only: the kernel's driver, never a helper program.
        must(command, "mount", "--internal-only", "--types", kind,
             "--options", ",".join([*SAFE, "noatime", *options]), source, str(target),
             timeout_s=30)  # fmt: skip
    except CommandError as error:
        target.rmdir()
        raise StorageError(f"{source}: cannot be read: {error}") from error
    if missing := _missing(SAFE, target, mounts):
        unmount(command, target)
        raise StorageError(
            f"{source}: the system does not keep to {missing}; it was taken out again"
        )


def remount(
    command: Command, target: Path, options: Sequence[str], *, mounts: Path = MOUNTS
) -> None:
    """Change whether a mounted file system may be written: `WRITABLE` or `SAFE`.

    Raises:
        StorageError: It cannot be changed, or the kernel does not keep to it; it is unmounted then.
    """
    try:
        must(command, "mount", "--internal-only", "--options",
             ",".join(["remount", *options, "noatime"]), str(target), timeout_s=30)  # fmt: skip
    except CommandError as error:
        raise StorageError(f"{target}: cannot be changed to {options[0]}: {error}") from error
    if missing := _missing(options, target, mounts):
        unmount(command, target)
        raise StorageError(f"{target}: the system does not keep to {missing}; it was taken out")


def _missing(options: Sequence[str], target: Path, mounts: Path) -> str:
    """Return which options do not hold for a mount, in words; "" when all do."""
    kept = mount_options(mounts.read_text(encoding="utf-8"), target)
    return ", ".join(one for one in options if one not in kept)


def unmount(command: Command, target: Path) -> None:
    """Take a mount away, also when its stick is gone already, and remove its folder."""
    if target.is_dir():
        # Lazy: whoever still reads gets errors from a stick that is gone, and nobody waits.
        command("umount", "--lazy", str(target))
        target.rmdir()


def mount_options(mountinfo: str, target: Path) -> frozenset[str]:
    """Return the options that hold for the newest mount on a folder (proc(5), mountinfo)."""
    for line in reversed(mountinfo.splitlines()):
        words = line.split()
        if len(words) > 5 and Path(_ESCAPED.sub(_letter, words[4])) == target:
            return frozenset(words[5].split(","))
    return frozenset()


def _letter(found: re.Match[str]) -> str:
    return chr(int(found[1], 8))
