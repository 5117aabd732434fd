"""USB sticks: mounted read only when they are put in; content is offered, or taken at once."""

from dataclasses import dataclass
from pathlib import Path

from content.errors import CarrierError
from content.repository.volume import find_repository
from provisioning.command import Command, must
from provisioning.errors import StorageError
from provisioning.settings import MachineSettings
from provisioning.storage import MOUNTS, Volume, find_volumes, mount_safely, unmount

FOLDER = Path("/run/diemdoc-sticks")
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
    mount_safely(command, f"/dev/{device}", kind, target, options=options, mounts=mounts)
    stick = Stick(volume, target, _holds_repository(target))
    if stick.is_signed and settings.storage.stick_content == "at-once":
        must(command, "systemctl", "start", "--no-block", f"diemdoc-import@{device}.service")
    return stick


def take_out(device: str, command: Command, *, folder: Path = FOLDER) -> None:
    """Unmount a stick; one that was pulled out already leaves nothing behind."""
    unmount(command, folder / device)


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
