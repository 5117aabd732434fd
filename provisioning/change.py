"""Carry out steps: all of them, or none."""

from collections.abc import Sequence
from pathlib import Path

from provisioning.command import Command
from provisioning.errors import MachineSettingsError, ProvisioningError
from provisioning.machine import machine_files, wanted_units, write_files
from provisioning.render import RenderedFile
from provisioning.settings import MachineSettings
from provisioning.steps import (
    FilesStep,
    FirmwareStep,
    RunningStep,
    SettledStep,
    Step,
    UnitsStep,
    ZoneStep,
)

# Units that an image switches on, before anything is set up.
_AT_THE_START = ("diemdoc-first-boot.service", "diemdoc-settings.service")


def steps_for(
    settings: MachineSettings, root: Path, command: Command, *, starts: bool
) -> list[Step]:
    """Return the steps that make a machine what its settings say, in their order.

    Args:
        root: Where the machine's files are; "/" on the machine itself.
        starts: Whether services are started and stopped too; false while the machine starts.

    Raises:
        MachineSettingsError: The settings ask for a disk that is not there.
    """
    disk = root / "dev/disk/by-label" / settings.storage.data_label
    if settings.machine.read_only_root and not disk.exists():
        words = (
            "[machine] read_only_root needs a disk or partition for what is kept: format one as "
            f"ext4 with the label {settings.storage.data_label}, or set it to false"
        )
        raise MachineSettingsError([words])
    files = FilesStep(root, machine_files(settings))
    units = wanted_units(settings)
    steps: list[Step] = [
        files,
        ZoneStep(root, settings.machine.timezone),
        FirmwareStep(root, command, settings.access_point.radio_firmware),
        UnitsStep(root, command, units),
    ]
    if not starts:
        return steps
    return [SettledStep(command, files), *steps, RunningStep(command, units, files)]


def remove_machine(settings: MachineSettings, root: Path, command: Command) -> list[str]:
    """Give the machine back: switch our units off and take our files away; return those.

    Its name and time zone stay. Running it again finishes one that was cut off.
    """
    for unit in (*wanted_units(settings), *_AT_THE_START):
        command("systemctl", f"--root={root}", "disable", unit)
    kept = {"etc/hostname"}
    absent = [RenderedFile(one.path, None) for one in machine_files(settings)]
    gone = write_files(root, [one for one in absent if one.path not in kept])
    for path in gone:
        folder = (root / path).parent
        if folder.suffix == ".d" and not any(folder.iterdir()) and "diemdoc" in folder.name:
            folder.rmdir()
    return gone


def check_steps(steps: Sequence[Step]) -> dict[str, list[str]]:
    """Return what differs, by the step's name; steps without a difference are left out."""
    found = {one.name: one.check() for one in steps}
    return {name: differences for name, differences in found.items() if differences}


def apply_steps(steps: Sequence[Step]) -> dict[str, list[str]]:
    """Make everything so, and return what was changed, by the step's name.

    After a power cut each file is the old one or the new one, and running again finishes.

    Raises:
        ProvisioningError: A step failed; what this run changed was put back.
    """
    changed: dict[str, list[str]] = {}
    for number, step in enumerate(steps):
        differences = step.check()
        # Services are always brought in line with the files that were written before.
        if not differences and not (changed and isinstance(step, RunningStep)):
            continue
        try:
            step.apply()
        except (ProvisioningError, OSError) as error:
            _undo(steps[: number + 1])
            words = error.strerror if isinstance(error, OSError) else error
            raise ProvisioningError(f"{step.name}: {words}; the state before is back") from error
        changed[step.name] = differences
    return changed


def _undo(steps: Sequence[Step]) -> None:
    """Take back, the last first; one that cannot be taken back does not stop the others."""
    problems: list[str] = []
    for step in reversed(steps):
        try:
            step.undo()
        except (ProvisioningError, OSError) as error:
            problems.append(f"{step.name} ({error})")
    if problems:
        raise ProvisioningError(
            f"a change failed and could not be taken back: {'; '.join(problems)}; "
            "put the settings right and run 'diemdoc provision apply' again"
        )
