"""USB sticks: mounted read only when they are put in; content is offered, or taken at once.

When staff ask for it the point's own user writes its counts there, the only time that a stick may
be written; the stick's files belong to that user as far as its file system knows no owners.
"""

import contextlib
import pwd
from dataclasses import dataclass
from pathlib import Path

from content.errors import CarrierError
from content.repository.volume import find_repository
from provisioning.command import Command, must
from provisioning.errors import StorageError
from provisioning.settings import MachineSettings
from provisioning.storage import (
    MOUNTS,
    SAFE,
    WRITABLE,
    Volume,
    find_volumes,
    mount_options,
    mount_safely,
    remount,
    unmount,
)

FOLDER = Path("/run/diemdoc-sticks")
OWNER = "diemdoc"
REFUSED = ".refused"
# File system as blkid names it -> the kernel's driver and how names and rights are read.
_READ_BY_ALL = ("dmask=0022", "fmask=0133")
_DRIVERS = {
    "vfat": ("vfat", (*_READ_BY_ALL, "utf8=1")),
    "exfat": ("exfat", (*_READ_BY_ALL, "iocharset=utf8")),
    "ntfs": ("ntfs3", _READ_BY_ALL),
}


@dataclass(frozen=True, slots=True)
class Stick:
    """A stick that is in the machine.

    Args:
        folder: Where it is mounted.
        is_signed: Whether it holds a signed repository.
    """

    volume: Volume
    folder: Path
    is_signed: bool


def put_in(
    device: str,
    settings: MachineSettings,
    command: Command,
    *,
    folder: Path = FOLDER,
    mounts: Path = MOUNTS,
) -> Stick:
    """Mount a stick, and have its signed content taken when the settings say so.

    It may be pulled out at any moment; whether what it holds is the province's is decided by its
    signatures, when it is imported.

    Raises:
        StorageError: It is no stick, or not of a kind that is read; nothing is mounted then.
    """
    volume = _stick(device, settings, command)
    kind, options = _DRIVERS[volume.filesystem]
    target = folder / device
    owned = (*options, *_owned_by(OWNER))
    mount_safely(command, f"/dev/{device}", kind, target, options=owned, mounts=mounts)
    stick = Stick(volume, target, _holds_repository(target))
    if stick.is_signed and settings.storage.stick_content == "at-once":
        must(command, "systemctl", "start", "--no-block", f"diemdoc-import@{device}.service")
    return stick


def refuse(device: str, words: str, *, folder: Path = FOLDER) -> None:
    """Leave word beside the mounted sticks that this one is not read, for the staff console.

    Where that cannot be left nothing is said: whoever asked is told the reason anyway.
    """
    with contextlib.suppress(OSError):
        (folder / f"{Path(device).name}{REFUSED}").write_text(f"{words}\n", encoding="utf-8")


def take_out(device: str, command: Command, *, folder: Path = FOLDER) -> None:
    """Unmount a stick; one that was pulled out already leaves nothing behind."""
    (folder / f"{Path(device).name}{REFUSED}").unlink(missing_ok=True)
    unmount(command, folder / device)


def unlock(device: str, command: Command, *, folder: Path = FOLDER, mounts: Path = MOUNTS) -> None:
    """Let a stick that is in be written, until `lock`; still nothing on it runs.

    Raises:
        StorageError: It is not in, or cannot be written.
    """
    target = folder / device
    if not _is_in(target, mounts):
        raise StorageError(f"{device}: this stick is not in; put it in again")
    remount(command, target, WRITABLE, mounts=mounts)


def lock(device: str, command: Command, *, folder: Path = FOLDER, mounts: Path = MOUNTS) -> None:
    """Have on a stick all that was written, then let it be read only; one pulled out is done.

    Raises:
        StorageError: It cannot be made read only; it is unmounted then.
    """
    target = folder / device
    if not _is_in(target, mounts):
        return
    command("sync", "--file-system", str(target))
    try:
        remount(command, target, SAFE, mounts=mounts)
    except StorageError:
        unmount(command, target)
        raise


def _is_in(target: Path, mounts: Path) -> bool:
    return bool(mount_options(mounts.read_text(encoding="utf-8"), target))


def _owned_by(name: str) -> tuple[str, ...]:
    """Return the options by which a file system without owners gives all to a user, if there is."""
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        return ()
    return f"uid={user.pw_uid}", f"gid={user.pw_gid}"


def _stick(device: str, settings: MachineSettings, command: Command) -> Volume:
    found = [one for one in find_volumes(command) if one.device == device]
    if not found:
        raise StorageError(f"{device}: there is no such stick, or it is empty")
    volume = found[0]
    allowed = settings.storage.stick_filesystems
    if not volume.is_usb:
        raise StorageError(f"{device}: is a disk inside the machine, no stick")
    if volume.mounted_at:
        raise StorageError(f"{device}: is in use already, at {volume.mounted_at[0]}")
    if volume.filesystem not in allowed:
        raise StorageError(
            f"{device}: is formatted as {volume.filesystem}; only {', '.join(allowed)} are read: "
            "copy its content to a stick that is"
        )
    return volume


def _holds_repository(folder: Path) -> bool:
    try:
        find_repository(folder)
    except (CarrierError, OSError):
        return False
    return True
