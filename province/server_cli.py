"""`diemdoc province`: the provincial server, its points, its reports."""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from content.library import options
from content.sync.message import Verdict
from content.usage.timeline import VIETNAM
from kiosk.ui.locales import LOCALES, load_catalogue
from kiosk.ui.sheet import as_csv, as_text
from kiosk.ui.sheet_page import as_html
from province import accounts
from province.config import ProvinceConfig, load_config
from province.enrolments import invite, write_invitation
from province.fleet import points as all_points
from province.report_json import year_json
from province.report_sheet import year_sheet
from province.reports import year_report
from province.reports_keys import load_keys
from province.statistics import Desk
from province.tables import open_database

FORMATS = ("text", "csv", "json", "html")
_config = click.option(
    "--config",
    "config_file",
    envvar="DIEMDOC_PROVINCE_CONFIG",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings file [default: /etc/diemdoc/province.toml when it is there].",
)
_state = click.option(
    "--state",
    envvar="STATE_DIRECTORY",
    help="Folder of keys and database [default: as set, else ~/.local/share/diemdoc/province].",
)
_stick = click.argument("stick", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.group()
def province() -> None:
    """The provincial server: points, what they tell, figures against the plan."""


@province.command(epilog="Example: diemdoc province serve --bind 127.0.0.1:8090")
@click.option("--bind", metavar="ADDR:PORT", help="Where to serve [default: as set].")
@_state
@_config
def serve(bind: str | None, state: str | None, config_file: Path | None) -> None:
    """Serve until Ctrl+C; put a web server with a certificate in front of it.

    Points bring what they tell to /api/v1/, staff see figures at /reports/ and points at
    /desk/points, programs fetch COUNTER reports at /counter/r51/.
    """
    from province.server import run  # noqa: PLC0415 -- a cli loads what a command needs

    config = _settings(state, config_file)
    config = replace(config, bind=bind or config.bind)
    click.echo(f"The province serves at http://{config.bind}/   (Ctrl+C stops it)")
    run(config)


@province.command(epilog="Example: diemdoc province enrol 'Điểm đọc Mường Mẫu' --commune 03390")
@click.argument("name")
@click.option("--commune", default="", help="Code of its commune.")
@click.option(
    "--stick",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Write the invitation to this stick too.",
)
@_state
@_config
@options.as_json
def enrol(  # noqa: PLR0913 -- one per option
    name: str,
    commune: str,
    stick: Path | None,
    state: str | None,
    config_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Give out a code by which one point becomes known; it is good for 90 days.

    On the point: diemdoc point enrol CODE, or the folder of the stick in place of the code.
    """
    config = _settings(state, config_file)
    keys = load_keys(config.folder)
    code = invite(open_database(config.database_address), name, commune, datetime.now(UTC))
    if stick is not None:
        write_invitation(stick, code, config.address, keys)
    if as_json:
        click.echo(json.dumps({"code": code, "address": config.address, **keys.as_facts()}))
    else:
        click.echo(f"Code for {name}: {code}")


@province.command(epilog="Example: diemdoc province take /media/stick")
@_stick
@_state
@_config
@options.as_json
def take(stick: Path, state: str | None, config_file: Path | None, *, as_json: bool) -> None:
    """Take what a STICK brings from points, and put receipts on it for the way back.

    A stick may be taken twice: everything counts once.
    """
    config = _settings(state, config_file)
    desk = Desk(open_database(config.database_address), load_keys(config.folder))
    taken = list(desk.take_stick(stick, datetime.now(UTC)))
    if as_json:
        facts = [{"file": one, "verdict": str(two), "reason": three} for one, two, three in taken]
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
    else:
        for name, verdict, reason in taken:
            click.echo(f"{verdict:<9} {name}{'  ' + reason if reason else ''}")
        if not taken:
            click.echo("This stick brings nothing from points.")
    sys.exit(90 if any(verdict == Verdict.REFUSED for _, verdict, _ in taken) else 0)


@province.command(epilog="Example: diemdoc province points --json")
@_state
@_config
@options.as_json
def points(state: str | None, config_file: Path | None, *, as_json: bool) -> None:
    """List the points: when each was last heard, by wire or stick, and how it stands."""
    config = _settings(state, config_file)
    found = all_points(open_database(config.database_address))
    if as_json:
        facts = [{name: getattr(one, name) for name in one.__slots__} for one in found]
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    for one in found:
        quiet = "  not heard for long" if one.is_quiet(datetime.now(UTC)) else ""
        click.echo(f"{one.point[:16]}  {one.heard[:10]} by {one.carrier:<5}  {one.name}{quiet}")


@province.command(epilog="Example: diemdoc province report --year 2026 --format csv -o 2026.csv")
@click.option("--year", type=click.IntRange(2020, 2200), help="[default: this year]")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File.")
@click.option("--language", type=click.Choice(LOCALES), default="vi", show_default=True)
@_state
@_config
def report(  # noqa: PLR0913, PLR0917 -- one per option
    year: int | None,
    form: str,
    output: Path | None,
    language: str,
    state: str | None,
    config_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Report a year against the plan, by commune and month; what is missing is shown as a gap."""
    config = _settings(state, config_file)
    today = datetime.now(VIETNAM).date()
    found = year_report(
        open_database(config.database_address), year or today.year, config.communes(), today
    )
    words = load_catalogue(language).gettext
    sheet = year_sheet(found, config, words, language)
    if as_json or form == "json":
        text = json.dumps(year_json(found, config), ensure_ascii=False, indent=1) + "\n"
    elif form == "html":
        text = as_html(sheet, words, language)
    else:
        text = as_csv(sheet) if form == "csv" else as_text(sheet)
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_bytes(text.encode())


@province.command(epilog="Example: diemdoc province account lan")
@click.argument("name")
@click.option("--remove", is_flag=True, help="Take the account away.")
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File whose first line is the password; without it you are asked.",
)
@_state
@_config
def account(
    name: str,
    password_file: Path | None,
    state: str | None,
    config_file: Path | None,
    *,
    remove: bool,
) -> None:
    """Make an account for the pages, or give it a new password."""
    database = open_database(_settings(state, config_file).database_address)
    if remove:
        accounts.remove(database, name)
        click.echo(f"{name} can no longer sign in.")
        return
    if password_file is not None:
        password = password_file.read_text(encoding="utf-8").split("\n", 1)[0]
    else:
        password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    accounts.set_password(database, name, password)
    click.echo(f"{name} can sign in.")


def _settings(state: str | None, config_file: Path | None) -> ProvinceConfig:
    config = load_config(config_file)
    return replace(config, state=state or config.state)
