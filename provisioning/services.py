"""`diemdoc provision door / stick ...`: what units of the machine start; people rarely do."""

import json
from pathlib import Path

import click

from content.clock import TrustedClock
from provisioning.command import run_command
from provisioning.privileged.server import allowed_users, serve, socket_from_systemd
from provisioning.privileged.verbs import Machine
from provisioning.settings import DEFAULT_FILE, MachineSettings, load_settings
from provisioning.sticks import put_in, take_out
from provisioning.storage import find_volumes

STATE = Path("/var/lib/diemdoc")
state_option = click.option(
    "--state",
    envvar="STATE_DIRECTORY",
    type=click.Path(file_okay=False, path_type=Path),
    default=STATE,
    show_default=True,
    help="Folder of what the point writes while it runs.",
)


@click.command(epilog="Example: systemctl start diemdoc-privileged.socket")
@state_option
def door(state: Path) -> None:
    """Answer the web app's calls for what only root may do; diemdoc-privileged.socket starts it."""
    listener = socket_from_systemd()
    serve(listener, Machine(run_command, TrustedClock(state / "clock.json")), allowed_users())


@click.group()
def stick() -> None:
    """USB sticks that are in the machine."""


@stick.command("list", epilog="Example: diemdoc provision stick list")
@click.option("--json", "as_json", is_flag=True, help="Print facts as JSON.")
def list_(*, as_json: bool) -> None:
    """Say which sticks are in the machine, and where they are mounted."""
    found = [one for one in find_volumes(run_command) if one.is_usb]
    if as_json:
        facts = [
            {
                "device": one.device,
                "filesystem": one.filesystem,
                "label": one.label,
                "size_bytes": one.size_bytes,
                "mounted_at": one.mounted_at,
            }
            for one in found
        ]
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    for one in found:
        where = ", ".join(one.mounted_at) or "not mounted"
        click.echo(
            f"{one.device:<10} {one.filesystem:<6} {one.size_bytes / 1e9:6.1f} GB  "
            f"{one.label:<16} {where}"
        )
    if not found:
        click.echo("No stick is in this machine.")


@stick.command("mount", epilog="Example: diemdoc provision stick mount sda1")
@click.argument("device")
def mount(device: str) -> None:
    """Mount a stick read only; signed content is offered to staff, or taken when set so."""
    put = put_in(device, machine_settings(), run_command)
    signed = "holds signed content" if put.is_signed else "holds no signed content"
    click.echo(f"{device}: {put.folder}: {signed}")


@stick.command("unmount", epilog="Example: diemdoc provision stick unmount sda1")
@click.argument("device")
def unmount(device: str) -> None:
    """Unmount a stick, also one that was pulled out."""
    take_out(device, run_command)


def machine_settings() -> MachineSettings:
    """Return the settings of this machine; without a file the defaults hold."""
    return load_settings(DEFAULT_FILE) if DEFAULT_FILE.exists() else MachineSettings()
