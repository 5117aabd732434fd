"""The first start of a reading point: ordered steps, done again until all are done."""

from collections.abc import Callable
from pathlib import Path

from content.files import atomic_write
from provisioning.change import apply_steps, steps_for
from provisioning.command import Command, must
from provisioning.grow import GrowStep
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
    source = command("findmnt", "--noheadings", "--output", "SOURCE", "/").text.strip()
    grow = GrowStep(source.removeprefix("/dev/"), command, root / "sys/class/block")
    for name in apply_steps([grow]):
        tell(f"{name}: done")
    for name in apply_steps(steps_for(settings, root, command, starts=False)):
        tell(f"{name}: done")
    must(command, "systemctl", "daemon-reload")
    units = [unit for unit, is_on in wanted_units(settings).items() if is_on]
    # Not waited for: the machine is still starting, and some of them wait for us.
    must(command, "systemctl", "start", "--no-block", *units)
    state.mkdir(parents=True, exist_ok=True)
    atomic_write(state / DONE, b"")
    tell("the reading point is set up")
