"""`diemdoc software`: which version is installed, which waits, and putting it in place."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from content.errors import ContentError
from content.library import options
from content.settings import read_settings
from content.sync.settings import TABLE, SyncSettings
from provisioning.command import run_command
from provisioning.errors import SoftwareError
from provisioning.services import state_option
from provisioning.software.accept import Machine, this_machine
from provisioning.software.box import Box
from provisioning.software.install import install as begin
from provisioning.software.install import look
from provisioning.software.state import Phase, remembered

_library = click.option(
    "--library",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("/srv/diemdoc/library"),
    show_default=True,
    help="Folder of the library, where the version waits.",
)
_WORDS = {
    Phase.NONE: "No other version was tried here.",
    Phase.PREPARED: "Version {version} is about to be tried.",
    Phase.SWITCHING: "Version {version} is being put in place.",
    Phase.TRYING: "Version {version} is being tried.",
    Phase.INSTALLED: "Version {version} was tried and stays.",
    Phase.RETURNING: "Version {version} is not well ({reason}); {before} is being put back.",
    Phase.RETURNED: "Version {version} was not well ({reason}), so {before} was put back. {detail}",
}


@click.group()
def software() -> None:
    """Versions of this software itself."""


@software.command(epilog="Example: diemdoc software show --json")
@options.as_json
def show(*, as_json: bool) -> None:
    """Say which version is installed, and how the last change of it went."""
    state = remembered(Path("/"))
    try:
        installed = this_machine(run_command)
    except SoftwareError:
        # While dpkg is at work nothing is installed whole.
        if not state.phase.is_open:
            raise
        installed = Machine("", "", "")
    if as_json:
        click.echo(json.dumps({"installed": asdict(installed), "change": asdict(state)}, indent=1))
        return
    if installed.version:
        click.echo(f"Version {installed.version} ({installed.architecture}) is installed.")
    click.echo(_WORDS[state.phase].format(**asdict(state)).strip())


@software.command(epilog="Example: diemdoc software install --dry-run")
@_library
@state_option
@click.option("--dry-run", is_flag=True, help="Only say what would be installed.")
@click.option("--again", is_flag=True, help="Also a version that went back before.")
@click.option(
    "--when",
    type=click.Choice(["now", "as-set"]),
    default="now",
    show_default=True,
    help="as-set: only when [sync] software of the settings is at-once; updates end with it.",
)
@click.option(
    "--within",
    "within_s",
    type=click.IntRange(10, 3_600),
    default=600,
    show_default=True,
    help="Seconds within which the new version has to be well.",
)
@options.as_json
def install(  # noqa: PLR0913 -- one per option
    library: Path,
    state: Path,
    when: str,
    within_s: int,
    *,
    dry_run: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Put the newest version that the province signed in the place of this one; for root.

    It comes with 'diemdoc sync'. Every part has to be well within the time given, or the version
    before is put back by itself, also after a power cut.
    """
    is_as_set = when == "as-set"
    if is_as_set and read_settings(None).table(TABLE, SyncSettings).software != "at-once":
        return
    box = Box()
    if is_as_set:
        try:
            look(box, state, run_command, again=False)
        except ContentError as error:
            # Nothing newer is what an update finds on most days.
            click.echo(f"diemdoc: {error}", err=True)
            return
    if dry_run:
        machine, wanted = look(box, state, run_command, again=again)
        version, before = wanted.version, machine.version
    else:
        before = this_machine(run_command).version
        version = begin(
            box, library, state, run_command, lambda words: click.echo(words, err=True),
            again=again, within_s=float(within_s),
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps({"version": version, "before": before, "dry_run": dry_run}))
    elif dry_run:
        click.echo(f"Version {version} would take the place of {before}.")
    else:
        click.echo(f"Version {version} is tried from now on; see: diemdoc software show")
