"""`diemdoc sync` and `diemdoc usb`: bring the library to what the province publishes."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from content.library.progress import progress
from content.repository.carrier import Carrier
from content.repository.client import pin
from content.repository.http import HttpCarrier
from content.repository.volume import DirectoryCarrier, find_repository
from content.sync import options
from content.sync.pace import Pace, give_way
from content.sync.plan import Action, Kind, Plan
from content.sync.progress import shown
from content.sync.readers import Readers
from content.sync.run import Site, in_words, look, run_sync
from content.sync.settings import parse_hours
from content.sync.software import newer

_commune = click.option("--commune", help="Code of this point's commune [default: as set].")


def _carrier(source: str) -> Carrier:
    if source.startswith(("http://", "https://")):
        return HttpCarrier(source)
    return DirectoryCarrier(find_repository(Path(source)))


def _hours(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    try:
        parse_hours(value or "")
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return value


@click.command(epilog="Example: diemdoc sync --from https://thuvien.example.vn/repository")
@click.option(
    "--from",
    "sources",
    multiple=True,
    help="Address or folder; several are asked in order [default: as set].",
)
@click.option(
    "--root",
    "pinned",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The province's root file, once: from then on only its content is taken.",
)
@options.where
@options.state
@options.config
@_commune
@click.option("--rate", type=click.IntRange(1), help="Fetch at most so many kB/s.")
@click.option("--hours", callback=_hours, help="Fetch within these hours only: 22-5.")
@click.option("--most-mb", type=click.IntRange(1), help="Bring at most so many MB (metered link).")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@options.as_json
def sync(  # noqa: PLR0913, PLR0917 -- one per option
    sources: tuple[str, ...],
    pinned: Path | None,
    root: Path | None,
    state: Path | None,
    config_file: Path | None,
    commune: str | None,
    rate: int | None,
    hours: str | None,
    most_mb: int | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring the library to what the province publishes.

    Only what changed is fetched; a link that breaks off is gone on with at the next run. Readers
    come first: while they are busy it goes slowly. They keep what they have until the new library
    is ready, and 'diemdoc library rollback' goes back. Archives added by hand are never touched.
    What is not named here is taken from the table [sync] of the settings file.
    """
    site = options.site_of(root, state, config_file)
    told = {"commune": commune, "rate_kb": rate, "hours": hours, "metered_mb": most_mb}
    if most_mb is not None:
        told["metered"] = True
    site = _told(site, told)
    if pinned is not None:
        pin(site.trust, pinned.read_bytes())
        if not sources:
            click.echo("This point now trusts the province of that root file.")
            return
    settings = site.settings
    if not (sources or settings.sources):
        raise click.UsageError(
            "name an address or a folder with --from, or set sources in [sync] of diemdoc.toml"
        )
    rate_bytes = settings.rate_kb * 1000.0 if settings.rate_kb else None
    pace = Pace(rate_bytes, parse_hours(settings.hours), Readers(settings.readers))
    carriers = [_carrier(one) for one in sources or settings.sources]
    _update(site, carriers, pace, dry_run=dry_run, as_json=as_json)


def _told(site: Site, told: dict[str, Any]) -> Site:
    """Return the point with what its command was told in the place of what is set."""
    told = {name: value for name, value in told.items() if value is not None}
    return replace(site, settings=replace(site.settings, **told))


@click.group()
def usb() -> None:
    """Content on a USB stick."""


@usb.command(epilog="Example: diemdoc usb show /media/stick")
@click.argument("folder", type=options.folder)
@options.where
@options.state
@options.config
@_commune
@options.as_json
def show(  # noqa: PLR0913 -- one per option
    folder: Path,
    root: Path | None,
    state: Path | None,
    config_file: Path | None,
    commune: str | None,
    *,
    as_json: bool,
) -> None:
    """Say what a stick holds for this point; nothing is written.

    New, changed, retired, left out and why; archives that nobody signed are named too.
    """
    site = _of_stick(options.site_of(root, state, config_file), commune)
    unsigned = sorted(one.name for one in folder.glob("*.zim"))
    for name in unsigned:
        click.echo(
            f"unsigned  {name}: not of the province; to add it all the same: "
            f"diemdoc library add {folder / name}",
            err=as_json,
        )
    _update(site, [_carrier(str(folder))], Pace(), dry_run=True, as_json=as_json)


@usb.command("import", epilog="Example: diemdoc usb import /media/stick")
@click.argument("folder", type=options.folder)
@options.where
@options.state
@options.config
@_commune
@options.as_json
def import_(  # noqa: PLR0913 -- one per option
    folder: Path,
    root: Path | None,
    state: Path | None,
    config_file: Path | None,
    commune: str | None,
    *,
    as_json: bool,
) -> None:
    """Take from a stick what is new for this point.

    The stick may be pulled out at any time: the library stays whole, and importing again goes on.
    """
    site = _of_stick(options.site_of(root, state, config_file), commune)
    try:
        _update(site, [_carrier(str(folder))], Pace(), dry_run=False, as_json=as_json)
    except KeyboardInterrupt:
        click.echo(
            "Stopped; the library is whole. Put the stick in again, and it goes on.", err=True
        )
        sys.exit(130)


def _of_stick(site: Site, commune: str | None) -> Site:
    """Return the point without the limits of its link: a stick is not paid by the megabyte."""
    return _told(site, {"commune": commune, "metered": False})


def _update(
    site: Site, carriers: list[Carrier], pace: Pace, *, dry_run: bool, as_json: bool
) -> None:
    clock = site.clock
    if dry_run:
        offer, plan = look(site, carriers, clock)
        wanted = newer(offer.software, site.installed)
        facts = {
            "version": offer.version,
            "expires": offer.expires.isoformat(),
            "software": wanted.version if wanted else "",
        }
        _print(plan, facts, as_json=as_json)
        return
    give_way()
    with progress() as report, shown() as show:
        result = run_sync(site, carriers, clock, report=report, wait=pace, show=show)
    tally = result.tally
    facts = {
        "generation": result.generation,
        "fetched_bytes": tally.fetched_bytes,
        "copied_bytes": tally.copied_bytes,
        "resumed_bytes": tally.resumed_bytes,
        "failed": result.failed,
        "software": result.software,
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
    if facts["software"]:
        click.echo(
            f"software  {facts['software']}: a new version of this software; to install it: "
            "diemdoc software install"
        )
    left_out = len(plan.of(Kind.LEFT_OUT))
    if plan.is_empty and left_out:
        click.echo(
            f"Nothing came: {kept} archives are up to date, {left_out} are left out, see above."
        )
    elif plan.is_empty:
        click.echo(f"Nothing to do: {kept} archives are up to date.")


def _as_facts(one: Action) -> dict[str, Any]:
    return {
        "action": str(one.kind),
        "name": one.name,
        "title": one.title,
        "size_bytes": one.size_bytes,
        "reason": one.reason,
    }
