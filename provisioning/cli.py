"""`diemdoc provision`: the machine, from its settings."""

import json
from pathlib import Path
from typing import Any

import click

from content.files import atomic_write
from content.library import options
from content.library.progress import progress
from content.settings import DEFAULT_FILE
from provisioning.change import apply_steps, check_steps, remove_machine, steps_for
from provisioning.command import run_command
from provisioning.errors import DriftError, ProvisioningError
from provisioning.machine import machine_files, write_files
from provisioning.move import move_library
from provisioning.services import COMMANDS
from provisioning.settings import MachineSettings, machine_settings
from provisioning.verify import verify_files

_config = click.option(
    "--config",
    "config_file",
    envvar="DIEMDOC_CONFIG",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings file [default: /etc/diemdoc/diemdoc.toml below --root].",
)
_root = click.option(
    "--root",
    type=click.Path(file_okay=False, exists=True, resolve_path=True, path_type=Path),
    default=Path("/"),
    show_default=True,
    help="Work on the machine whose files are in this folder.",
)
HERE = Path("/")


@click.group()
def provision() -> None:
    """Set up the machine of a reading point from diemdoc.toml."""


@provision.command(epilog="Example: diemdoc provision render --config diemdoc.toml out")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@_config
@options.as_json
def render(folder: Path, config_file: Path | None, *, as_json: bool) -> None:
    """Write every file of the machine into a folder; the machine itself is not touched.

    hostapd, dnsmasq and nft read their files first, where they are installed.
    """
    files = machine_files(machine_settings(config_file, HERE))
    _verify(files)
    write_files(folder, files)
    written = [one.path for one in files if one.text is not None]
    _tell({"written": written}, written, as_json=as_json)


@provision.command(epilog="Example: diemdoc provision check")
@_config
@_root
@options.as_json
def check(config_file: Path | None, root: Path, *, as_json: bool) -> None:
    """Say where the machine is not as its settings say; nothing is changed.

    Exit status 104 when there is a difference.
    """
    settings = machine_settings(config_file, root)
    found = check_steps(steps_for(settings, root, run_command, starts=root == HERE))
    _tell({"differences": found}, _lines(found), as_json=as_json)
    if found:
        raise DriftError(
            "the machine is not as its settings say; 'diemdoc provision apply' makes it so"
        )


@provision.command(epilog="Example: diemdoc provision apply --dry-run")
@_config
@_root
@click.option("--dry-run", is_flag=True, help="Only say what would be changed.")
@click.option("--no-start", is_flag=True, help="Start and stop nothing; the next start does it.")
@click.option(
    "--settings-before",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings file to put back when these cannot be carried out.",
)
@options.as_json
def apply(  # noqa: PLR0913 -- one per option
    config_file: Path | None,
    root: Path,
    settings_before: Path | None,
    *,
    dry_run: bool,
    no_start: bool,
    as_json: bool,
) -> None:
    """Make the machine what its settings say: everything, or nothing when a step fails.

    It may be run again at any time; what is right already is left alone.
    """
    path = config_file or root / DEFAULT_FILE.relative_to("/")
    try:
        settings = machine_settings(config_file, root)
        _verify(machine_files(settings))
        steps = steps_for(settings, root, run_command, starts=root == HERE and not no_start)
        changed = check_steps(steps) if dry_run else apply_steps(steps)
    except ProvisioningError:
        if settings_before is not None and settings_before.exists() and not dry_run:
            atomic_write(path, settings_before.read_bytes(), mode=0o640)
        raise
    _tell({"changed": changed, "dry_run": dry_run}, _lines(changed), as_json=as_json)
    if not changed and not as_json:
        click.echo("Nothing to do: the machine is as its settings say.")


@provision.command(epilog="Example: diemdoc provision remove")
@_root
def remove(root: Path) -> None:
    """Give the machine back: our units are switched off, our files taken away.

    Library, counts and settings stay.
    """
    for path in remove_machine(MachineSettings(), root, run_command):
        click.echo(f"/{path}")


@click.command("move-library", epilog="Example: diemdoc provision move-library /mnt/library")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--library",
    "source",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("/srv/diemdoc/library"),
    show_default=True,
    help="Library to move.",
)
def move(folder: Path, source: Path) -> None:
    """Copy the library to FOLDER on a larger disk; readers go on reading, and nothing is lost.

    The disk is one with an ext4 file system. Afterwards give it the label DIEMDOC-DATA (e2label),
    the old one another, and start the machine anew. Cut off, the same command goes on.
    """
    with progress() as report:
        copied = move_library(source, folder, report=report)
    click.echo(f"{folder}: the library is there, {copied / 1e6:.1f} MB were copied.")


def _verify(files: list[Any]) -> None:
    for name in verify_files(files, run_command):
        click.echo(f"diemdoc: {name} cannot run here, so its file was not tried", err=True)


def _lines(found: dict[str, list[str]]) -> list[str]:
    return [f"{name}: {one}" for name, differences in found.items() for one in differences]


def _tell(facts: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    for line in lines:
        click.echo(line)


for _one in (*COMMANDS, move):
    provision.add_command(_one)
