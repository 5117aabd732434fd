"""`diemdoc usage`: what was read at this point, for staff, the province and other programs."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from content.sync import outbox_cli, telling
from content.sync.run import Site
from content.usage import periods
from content.usage.counter_report import Institution, counter_report
from content.usage.events import Figures, Metric
from content.usage.figures import newest, read, report_of
from content.usage.periods import Period
from content.usage.report import Report, is_least
from content.usage.timeline import name_of
from kiosk import options
from kiosk.config import KioskConfig, state_of
from kiosk.printing import as_pdf
from kiosk.ui.locales import LOCALES, load_catalogue
from kiosk.ui.sheet import Sheet, as_csv, as_text
from kiosk.ui.sheet_page import as_html
from kiosk.ui.usage_sheet import Goals, usage_sheet

FORMATS = ("text", "csv", "json", "html", "pdf", "counter-pr", "counter-tr")


@click.group()
def usage() -> None:
    """What was read, listened to and searched for, without knowing by whom."""


@usage.command(epilog="Example: diemdoc usage report --month 2026-11 --format html -o 2026-11.html")
@click.option("--month", "name", help="A month 2026-11 [default: the last one counted].")
@click.option("--period", help="A day 2026-11-25, a quarter 2026-Q4 or a year 2026 instead.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day instead.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day, with --from.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write [default: print; a PDF needs a file].",
)
@click.option("--language", type=click.Choice(LOCALES), default="vi", show_default=True)
@options.library
@options.state
@options.config
def report(  # noqa: PLR0913, PLR0917 -- click passes one an option
    name: str | None,
    period: str | None,
    first: datetime | None,
    last: datetime | None,
    form: str,
    output: Path | None,
    language: str,
    library: Path | None,
    state: str | None,
    config_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Report a month, or any other time, beside the time before it and against the plan.

    text and csv are for people (csv opens in Excel), html and pdf print on A4 with a place to sign,
    json is for programs, counter-pr and counter-tr are the Platform and the Title Report of COUNTER
    5.1.
    """
    config, folder = _place(library, state, config_file)
    asked = _asked(name or period, first, last, folder)
    form = "json" if as_json else form
    if form == "json":
        _write(_json(report_of(folder, asked)), output)
    elif form.startswith("counter-"):
        _write(_json_text(_counter(config, folder, asked, form[-2:].upper())), output)
    else:
        catalogue = load_catalogue(language)
        before = report_of(folder, periods.before(asked))
        goals = Goals(config.population, config.visits_goal)
        sheet = usage_sheet(
            report_of(folder, asked), before, config.point_name, goals, catalogue.gettext, language
        )
        _sheet(sheet, form, output, language)


@usage.command(epilog="Example: diemdoc usage queue --dry-run")
@options.library
@options.state
@options.config
@click.option("--dry-run", is_flag=True, help="Only say which months would be put there.")
@options.as_json
def queue(
    library: Path | None,
    state: str | None,
    config_file: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Put the reports of months that are over into the outbox, for the province.

    Counts only, none of fewer than five visits. A month that was corrected since (its clock became
    known later) is put there again; the province keeps the last.
    """
    config, folder = _place(library, state, config_file)
    months = telling.queue(Site(config.library, folder), config.noise_epsilon, dry_run=dry_run)
    if as_json:
        click.echo(json.dumps({"months": months, "dry_run": dry_run}))
    elif months:
        done = "would be put" if dry_run else "put"
        click.echo(f"Reports {done} into the outbox: {', '.join(months)}")
    else:
        click.echo("Nothing new: every month that is over has been handed over.")


def _with_reports(command: click.Command) -> click.Command:
    """Return a command of the outbox that first puts the reports of months that are over there."""

    def hand_over(**given: Any) -> None:
        state = given["state"]
        config, folder = _place(given["root"], state and str(state), given["config_file"])
        telling.queue(Site(config.library, folder), config.noise_epsilon)
        assert command.callback is not None
        command.callback(**given)

    return click.Command(
        command.name,
        params=command.params,
        callback=hand_over,
        help=f"Put the reports of months that are over into the outbox, then: {command.help}",
        epilog=(command.epilog or "").replace("diemdoc outbox", "diemdoc usage"),
    )


usage.add_command(_with_reports(outbox_cli.deliver))
usage.add_command(_with_reports(outbox_cli.export))


def _place(
    library: Path | None, state: str | None, config_file: Path | None
) -> tuple[KioskConfig, Path]:
    config = options.config_of(library, state, config_file)
    return config, state_of(config)


def _asked(name: str | None, first: datetime | None, last: datetime | None, state: Path) -> Period:
    if first is not None and last is not None:
        return periods.between(first.date(), last.date())
    if first is not None or last is not None:
        raise click.UsageError("give --from and --to together")
    if name:
        return periods.period(name)
    return periods.period(newest(state)[:7] or name_of(datetime.now(UTC).timestamp())[:7])


def _sheet(sheet: Sheet, form: str, output: Path | None, language: str) -> None:
    if form == "text":
        _write(as_text(sheet), output)
    elif form == "csv":
        _write(as_csv(sheet), output)
    else:
        page = as_html(sheet, load_catalogue(language).gettext, language)
        if form == "html":
            _write(page, output)
        elif output is None:
            raise click.UsageError("a PDF needs a file: -o report.pdf")
        else:
            as_pdf(page, output)


def _counter(config: KioskConfig, state: Path, asked: Period, name: str) -> dict[str, Any]:
    cells, works = read(state, asked.first.isoformat(), asked.last.isoformat())
    institution = Institution(f"{config.point_name:<2}", "point", f"{config.point_name:<2}")
    return counter_report(name, cells, works, asked, institution, datetime.now(UTC))


def _json(this: Report) -> str:
    return _json_text(
        {
            "version": 1,
            "period": this.period.name,
            "from": this.period.first.isoformat(),
            "to": this.period.last.isoformat(),
            "traffic": _named(this.traffic),
            "point": _named(this.point),
            **{
                f"by_{family}": {value: _told(one) for value, one in values.items()}
                for family, values in this.split.items()
            },
            "works": [
                {"id": work.identifier, "title": work.title, "form": work.form, **_told(one)}
                for work, one in this.works
            ],
            "visits_by_hour": list(this.hours),
            "days": {day.isoformat(): _named(one) for day, one in this.days.items()},
            "visits_by_surface": dict(this.surfaces),
            "unmet": [{"words": words, "visits": visits} for words, visits in this.unmet],
            "requests_known_by_month_only": this.only_by_month,
            "visits_at_unproved_time": this.unproved,
        }
    )


def _named(figures: Figures) -> dict[str, int]:
    return {metric.counter_name: figures[metric] for metric in Metric if figures[metric]}


def _told(figures: Figures) -> dict[str, int | bool]:
    return {**_named(figures), "at_least": is_least(figures)}


def _json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
    else:
        # Line ends stay as they are: CSV has its own.
        output.write_bytes(text.encode())
