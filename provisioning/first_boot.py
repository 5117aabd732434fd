"""The first start of a reading point: ordered steps, done again until all are done."""

from collections.abc import Callable
from pathlib import Path

from content.files import atomic_write
from provisioning.change import apply_steps, steps_for
from provisioning.command import Command, must
from provisioning.grow import GrowStep, disk_of
from provisioning.machine import wanted_units
from provisioning.settings import MachineSettings

DONE = "first-boot-done"
Tell = Callable[[str], None]


def run_first_boot(
    settings: MachineSettings, root: Path, state: Path, command: Command, tell: Tell
) -> None:
    """Make a fresh card a reading point; cut off at any moment, the next start goes on.

    The mark that ends it is written last.

    Raises:
        ProvisioningError: A step failed; the machine is as before that step.
    """
    for name in apply_steps(steps_for(settings, root, command, starts=False)):
        tell(f"{name}: done")
    must(command, "systemctl", "daemon-reload")
    last = last_partition(settings.storage.data_label, root, command)
    for name in apply_steps([GrowStep(last, command, root / "sys/class/block")]):
        tell(f"{name}: done")
    units = [unit for unit, is_on in wanted_units(settings).items() if is_on]
    # Not waited for: the machine is still starting, and some of them wait for us.
    must(command, "systemctl", "start", "--no-block", *units)
    state.mkdir(parents=True, exist_ok=True)
    atomic_write(state / DONE, b"")
    tell("the reading point is set up")


def last_partition(label: str, root: Path, command: Command) -> str:
    """Return the partition that is to fill the card: that of the library when the card has one.

    A library on a disk of its own is not the card's: nobody's disk is changed unasked. What is
    grown has to be mounted, so the library's disk is waited for.
    """
    system = _source("/", command)
    data = root / "dev/disk/by-label" / label
    if not data.exists():
        return system
    must(command, "systemctl", "start", "srv-diemdoc.mount")
    # With a read-only system "/" is in memory; settings and kernel are on the card all the same.
    cards = {disk_of(one) for one in (system, _source("/boot/firmware", command))} - {""}
    partition = data.resolve().name
    return partition if disk_of(partition) in cards else system


def _source(folder: str, command: Command) -> str:
    done = command("findmnt", "--noheadings", "--output", "SOURCE", folder)
    return done.text.strip().removeprefix("/dev/")
