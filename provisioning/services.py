"""`diemdoc provision door / stick / clock ...`: what units start, and people rarely do."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from content.clock import TrustedClock
from content.library import options
from content.settings import DEFAULT_FILE
from provisioning.boot_settings import adopt, adopt_root
from provisioning.command import run_command
from provisioning.errors import StorageError
from provisioning.first_boot import run_first_boot
from provisioning.light import WISH, Light, ended, show, wished
from provisioning.machine_clock import load_last, save_last, time_to_set, write_chip
from provisioning.privileged.server import allowed_users, serve, socket_from_systemd
from provisioning.privileged.verbs import Machine
from provisioning.repair import follow, repair
from provisioning.settings import MachineSettings, machine_settings
from provisioning.sticks import lock, put_in, refuse, take_out, unlock
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
@options.as_json
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
    settings = machine_settings(None, Path("/"))
    try:
        put = put_in(device, settings, run_command)
    except StorageError as error:
        refuse(device, str(error))
        _show(Light.FAILED, settings)
        raise
    _show(Light.SAFE, settings)
    signed = "holds signed content" if put.is_signed else "holds no signed content"
    click.echo(f"{device}: {put.folder}: {signed}")


@stick.command("unmount", epilog="Example: diemdoc provision stick unmount sda1")
@click.argument("device")
def unmount(device: str) -> None:
    """Unmount a stick, also one that was pulled out."""
    take_out(device, run_command)
    show(Light.USUAL)


@stick.command("unlock", epilog="Example: diemdoc provision stick unlock sda1")
@click.argument("device")
def unlock_(device: str) -> None:
    """Let a stick be written until 'lock'; diemdoc-writable@.service does so when staff ask."""
    unlock(device, run_command)
    _show(Light.WORKING)


@stick.command("lock", epilog="Example: diemdoc provision stick lock sda1")
@click.argument("device")
def lock_(device: str) -> None:
    """Have all that was written on the stick, then let it be read only again."""
    lock(device, run_command)


@click.command("light", epilog="Example: diemdoc provision light working")
@click.argument("says", type=click.Choice([str(one) for one in Light]), required=False)
@click.option("--ended", "by_result", is_flag=True, help="Say how a unit ended, by --result.")
@click.option("--wished", "by_wish", is_flag=True, help="Say what the console wishes.")
@click.option(
    "--result",
    envvar="SERVICE_RESULT",
    default="success",
    show_default=True,
    help="How the unit ended, as systemd says it.",
)
def light(says: str | None, result: str, *, by_result: bool, by_wish: bool) -> None:
    """Have a Pi's green light tell how a stick is doing; units call it, nothing else needs to.

    working blinks slowly, safe is steady, failed blinks quickly, usual gives the light back.
    """
    if by_wish:
        wanted = wished(WISH)
    else:
        wanted = ended(result) if by_result else Light(says) if says else None
    if wanted is not None:
        _show(wanted)


def _show(wanted: Light, settings: MachineSettings | None = None) -> None:
    settings = settings or machine_settings(None, Path("/"))
    if settings.storage.stick_light or wanted == Light.USUAL:
        show(wanted)


@click.command("clock", epilog="Example: diemdoc provision clock --save")
@click.option("--restore/--save", "restores", default=False, help="Put the time back, or keep it.")
@click.option("--to-chip", is_flag=True, help="Write the time to the clock chip instead.")
@state_option
def clock(state: Path, *, restores: bool, to_chip: bool) -> None:
    """Keep what the clock says over a start, on a board whose clock has no battery.

    A clock chip gets the time by 'keep-time' of the privileged door, when a time server proved it.
    """
    trusted, wall = TrustedClock(state / "clock.json"), datetime.now(UTC)
    if to_chip:
        write_chip(wall)
        return
    if not restores:
        save_last(state, trusted, wall)
        return
    right = time_to_set(wall, trusted.reading().floor, load_last(state))
    if right is not None:
        time.clock_settime(time.CLOCK_REALTIME, right.timestamp())
        click.echo(f"The clock said {wall:%Y-%m-%d %H:%M}; it is {right:%Y-%m-%d %H:%M} at least.")


@click.command("adopt", epilog="Example: diemdoc provision adopt /boot/firmware/diemdoc.toml")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    default=DEFAULT_FILE,
    show_default=True,
    help="Settings file of this machine.",
)
def adopt_(file: Path, target: Path) -> None:
    """Take settings from the boot partition; what is wrong in them is written beside them."""
    if adopt_root(file.with_name("root.json"), target.with_name("root.json")):
        click.echo("The province's root file is new.")
    is_new = adopt(file, target)
    click.echo("The settings are new." if is_new else "The settings are the same as before.")


@click.command("repair", epilog="Example: diemdoc provision repair")
@click.option(
    "--library",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("/srv/diemdoc/library"),
    show_default=True,
    help="Folder of the library.",
)
@state_option
def repair_(library: Path, state: Path) -> None:
    """Put right what a power cut left; readers are served afterwards all the same."""
    for sentence in (*repair(library, state), *follow(DEFAULT_FILE.with_name("root.json"), state)):
        click.echo(f"diemdoc: {sentence}", err=True)


@click.command("first-boot", epilog="Example: diemdoc provision first-boot")
@state_option
def first_boot(state: Path) -> None:
    """Make a fresh card a reading point: all of the card, files, units. Cut off, it goes on."""
    run_first_boot(machine_settings(None, Path("/")), Path("/"), state, run_command, click.echo)


COMMANDS = (door, stick, light, clock, adopt_, repair_, first_boot)
