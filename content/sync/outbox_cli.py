"""`diemdoc point` and `diemdoc outbox`: be known to the province, and tell it how things are."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from content.sync import options, telling
from content.sync.outbox import Delivery, Outbox
from content.sync.standing import to_body


@click.group()
def point() -> None:
    """This reading point, as the province knows it."""


@point.command(epilog="Example: diemdoc point enrol LC-7K2M-94 --name 'Điểm đọc Mường Mẫu'")
@click.argument("code")
@click.option("--name", required=True, help="What the province shall call this point.")
@click.option("--commune", help="Code of its commune [default: as set].")
@options.where
@options.state
@options.config
def enrol(  # noqa: PLR0913, PLR0917 -- one per option
    code: str,
    name: str,
    commune: str | None,
    root: Path | None,
    state: Path | None,
    config_file: Path | None,
) -> None:
    """Ask the province to know this point, by the CODE it gave or from a stick.

    CODE is what the province's staff wrote down, or the folder of a stick with their invitation.
    The point's key is made here and never leaves. The request goes with the next
    'diemdoc outbox deliver' or 'export'.
    """
    site = options.site_of(root, state, config_file)
    commune = commune or site.settings.commune
    if Path(code).is_dir():
        telling.enrol_by(site, Path(code), name, commune)
    else:
        telling.desk(site)  # who would be asked
        Outbox(telling.folder_of(site)).enrol(code, name, commune, site.clock.reading())
    name_of_point = Outbox(telling.folder_of(site)).point[:16]
    click.echo(f"This point is {name_of_point}; its request waits to be sent.")


@point.command("show", epilog="Example: diemdoc point show --json")
@options.where
@options.state
@options.config
@options.as_json
def show_point(
    root: Path | None, state: Path | None, config_file: Path | None, *, as_json: bool
) -> None:
    """Say what this point is called and what it would tell of itself.

    With --json the answer is the body of its health report: give it to
    'diemdoc repository volume --for' on the librarian's computer.
    """
    site = options.site_of(root, state, config_file)
    standing = telling.standing(site)
    if as_json:
        click.echo(json.dumps(to_body(standing), ensure_ascii=False, indent=1))
        return
    outbox = Outbox(telling.folder_of(site))
    known = "known to the province" if outbox.is_enrolled else "not enrolled yet"
    click.echo(f"Point {outbox.point[:16]}: {known}")
    click.echo(
        f"Holds {len(standing.archives)} archives of the province and {standing.local} local ones; "
        f"{standing.free_bytes / 1e9:.1f} GB of {standing.disk_bytes / 1e9:.1f} GB are free."
    )


@click.group()
def outbox() -> None:
    """What waits to be told to the province."""


@outbox.command("show", epilog="Example: diemdoc outbox show --json")
@options.where
@options.state
@options.config
@options.as_json
def show_outbox(
    root: Path | None, state: Path | None, config_file: Path | None, *, as_json: bool
) -> None:
    """List what waits: number, kind, when it was made."""
    site = options.site_of(root, state, config_file)
    waiting = list(Outbox(telling.folder_of(site)).messages())
    if as_json:
        facts = [
            {"sequence": number, "kind": str(one.kind), "made": one.made, "body": one.body}
            for number, one in waiting
        ]
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    for number, one in waiting:
        click.echo(f"{number:>6}  {one.kind:<10} {one.made}")
    if not waiting:
        click.echo("Nothing waits.")


@outbox.command(epilog="Example: diemdoc outbox deliver")
@click.option("--now", "at_once", is_flag=True, help="Send although sending failed not long ago.")
@options.where
@options.state
@options.config
@options.as_json
def deliver(
    root: Path | None,
    state: Path | None,
    config_file: Path | None,
    *,
    at_once: bool,
    as_json: bool,
) -> None:
    """Send what waits to the province by the network; add how this point stands, once a day.

    What is not acknowledged goes on waiting. After a failure it is tried again after 5 minutes,
    then after twice as long each time, at most a day.
    """
    site = options.site_of(root, state, config_file)
    _tell(telling.deliver(site, at_once=at_once), as_json=as_json)


@outbox.command(epilog="Example: diemdoc outbox export /media/stick")
@click.argument("stick", type=options.folder)
@options.where
@options.state
@options.config
@options.as_json
def export(
    stick: Path,
    root: Path | None,
    state: Path | None,
    config_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Write what waits to the folder STICK, sealed so that only the province reads it.

    Receipts that the stick brings back from the province are taken first; what they name no
    longer waits.
    """
    delivery, written = telling.export(options.site_of(root, state, config_file), stick)
    _tell(delivery, as_json=as_json, written=written)


def _tell(found: Delivery, *, as_json: bool, written: int | None = None) -> None:
    if as_json:
        facts: dict[str, Any] = {
            "delivered": found.delivered,
            "refused": list(found.refused),
            "waiting": found.waiting,
            "problem": found.problem,
            "after": found.after.isoformat() if found.after else None,
        }
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
    else:
        click.echo(f"{found.delivered} delivered, {found.waiting} waiting.")
        if written is not None:
            click.echo(f"{written} written. Take the stick to the province; bring it back.")
        if found.after:
            click.echo(f"Sending failed before; not tried again before {found.after:%H:%M} UTC.")
    for reason in found.refused:
        click.echo(f"diemdoc: the province refused: {reason}", err=True)
    if found.problem:
        click.echo(f"diemdoc: {found.problem}", err=True)
    sys.exit(80 if found.refused or found.problem else 0)
