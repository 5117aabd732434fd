"""`diemdoc sync` and `diemdoc usb`: bring the library to what the province publishes."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import click

from content.library.progress import progress
from content.repository.carrier import Carrier
from content.repository.http import HttpCarrier
from content.repository.volume import DirectoryCarrier, find_repository
from content.store.layout import default_library
from content.sync.pace import Pace
from content.sync.plan import Action, Kind, Plan
from content.sync.run import Site, in_words, look, run_sync

_where = click.option(
    "--library",
    "root",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_library,
    help="Folder of the library [default: ~/.local/share/diemdoc/library].",
)
_state = click.option(
    "--state",
    envvar="STATE_DIRECTORY",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of trust and clock [default: $STATE_DIRECTORY, else LIBRARY-state].",
)
_commune = click.option("--commune", default="", help="Code of this point's commune.")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print facts as JSON.")


def _site(root: Path, state: Path | None, commune: str, most_mb: int | None = None) -> Site:
    most = None if most_mb is None else most_mb * 10**6
    return Site(root, state or root.with_name(root.name + "-state"), commune, most_bytes=most)


def _carrier(source: str) -> Carrier:
    if source.startswith(("http://", "https://")):
        return HttpCarrier(source)
    return DirectoryCarrier(find_repository(Path(source)))


def _hours(_context: click.Context, _option: click.Parameter, value: str) -> tuple[int, int] | None:
    if not value:
        return None
    match = re.fullmatch(r"(\d{1,2})-(\d{1,2})", value)
    if not match or int(match[1]) > 23 or int(match[2]) > 24:
        raise click.BadParameter("hours are given as 22-5")
    return int(match[1]), int(match[2])


@click.command(epilog="Example: diemdoc sync --from https://thuvien.example.vn/repository")
@click.option(
    "--from", "sources", multiple=True, help="Address or folder; several are tried in order."
)
@click.option(
    "--root",
    "pinned",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The province's root file, once: from then on only its content is taken.",
)
@_where
@_state
@_commune
@click.option("--rate", type=click.IntRange(1), help="Fetch at most so many kB/s.")
@click.option("--hours", callback=_hours, default="", help="Fetch within these hours only: 22-5.")
@click.option("--most-mb", type=click.IntRange(1), help="Bring at most so many MB (metered link).")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@_as_json
def sync(  # noqa: PLR0913, PLR0917 -- one per option
    sources: tuple[str, ...],
    pinned: Path | None,
    root: Path,
    state: Path | None,
    commune: str,
    rate: int | None,
    hours: tuple[int, int] | None,
    most_mb: int | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring the library to what the province publishes.

    Only what changed is fetched; a link that breaks off is gone on with at the next run. Readers
    keep what they have until the new library is ready, and 'diemdoc library rollback' goes back.
    Archives added by hand are never touched.
    """
    site = _site(root, state, commune, most_mb)
    if pinned is not None:
        site.trust.pin(pinned.read_bytes())
        if not sources:
            click.echo("This point now trusts the province of that root file.")
            return
    if not sources:
        raise click.UsageError("name an address or a folder with --from")
    pace = Pace(None if rate is None else rate * 1000.0, hours)
    _update(site, [_carrier(one) for one in sources], pace, dry_run=dry_run, as_json=as_json)


@click.group()
def usb() -> None:
    """Content on a USB stick."""


@usb.command(epilog="Example: diemdoc usb show /media/stick")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_where
@_state
@_commune
@_as_json
def show(folder: Path, root: Path, state: Path | None, commune: str, *, as_json: bool) -> None:
    """Say what a stick holds for this point; nothing is written.

    New, changed, retired, left out and why; archives that nobody signed are named too.
    """
    site = _site(root, state, commune)
    unsigned = sorted(one.name for one in folder.glob("*.zim"))
    for name in unsigned:
        click.echo(
            f"unsigned  {name}: not of the province; to add it all the same: "
            f"diemdoc library add {folder / name}",
            err=as_json,
        )
    _update(site, [_carrier(str(folder))], Pace(), dry_run=True, as_json=as_json)


@usb.command("import", epilog="Example: diemdoc usb import /media/stick")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_where
@_state
@_commune
@_as_json
def import_(folder: Path, root: Path, state: Path | None, commune: str, *, as_json: bool) -> None:
    """Take from a stick what is new for this point.

    The stick may be pulled out at any time: the library stays whole, and importing again goes on.
    """
    site = _site(root, state, commune)
    _update(site, [_carrier(str(folder))], Pace(), dry_run=False, as_json=as_json)


def _update(
    site: Site, carriers: list[Carrier], pace: Pace, *, dry_run: bool, as_json: bool
) -> None:
    clock = site.clock
    if dry_run:
        offer, plan = look(site, carriers, clock)
        _print(
            plan, {"version": offer.version, "expires": offer.expires.isoformat()}, as_json=as_json
        )
        return
    with progress() as report:
        result = run_sync(site, carriers, clock, report=report, wait=pace)
    tally = result.tally
    facts = {
        "generation": result.generation,
        "fetched_bytes": tally.fetched_bytes,
        "copied_bytes": tally.copied_bytes,
        "resumed_bytes": tally.resumed_bytes,
        "failed": result.failed,
    }
    _print(result.plan, facts, as_json=as_json)
    if not as_json and not result.plan.is_empty:
        click.echo(
            f"{tally.fetched_bytes / 1e6:.1f} MB came, {tally.copied_bytes / 1e6:.1f} MB were here."
        )
    for name, reason in result.failed.items():
        click.echo(f"diemdoc: {name}: {reason}", err=True)
    sys.exit(80 if result.failed else 0)


def _print(plan: Plan, facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        actions = [_as_facts(one) for one in plan.actions]
        click.echo(json.dumps({**facts, "actions": actions}, ensure_ascii=False, indent=1))
        return
    for one in plan.actions:
        if one.kind != Kind.KEPT:
            click.echo(in_words(one))
    kept = len(plan.of(Kind.KEPT))
    if plan.is_empty:
        click.echo(f"Nothing to do: {kept} archives are up to date.")


def _as_facts(one: Action) -> dict[str, Any]:
    return {
        "action": str(one.kind),
        "name": one.name,
        "title": one.title,
        "size_bytes": one.size_bytes,
        "reason": one.reason,
    }
