"""`diemdoc health`: every check of this reading point, its finding, and what to do."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from content.library.progress import progress
from content.store.generation import current
from content.store.layout import StoreLayout
from kiosk import options
from kiosk.config import state_of
from kiosk.health.check import Machine, Severity
from kiosk.health.prove import prove_next
from kiosk.health.registry import in_words, keep_told, report_facts, run_checks
from kiosk.ui.locales import LOCALES, load_catalogue

_SIGNS = {
    Severity.GOOD: "ok",
    Severity.UNKNOWN: "--",
    Severity.NOTICE: "..",
    Severity.WARNING: "! ",
    Severity.CRITICAL: "!!",
}


@click.command(epilog="Example: diemdoc health --json")
@options.library
@options.state
@options.config
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("/"),
    help="Look at the machine whose /sys, /proc and /etc lie there [default: this one].",
)
@click.option("--locale", type=click.Choice(LOCALES), help="Language [default: as set].")
@click.option("--prove", is_flag=True, help="Read every archive and the catalogue whole first.")
@click.option("--keep", is_flag=True, help="Keep what was found for the province's next report.")
@options.as_json
def health(  # noqa: PLR0913 -- one per option
    library: Path | None,
    state: str | None,
    config_file: Path | None,
    root: Path,
    locale: str | None,
    *,
    prove: bool,
    keep: bool,
    as_json: bool,
) -> None:
    """Say how this reading point is, and what to do about what is not well.

    Archives are read at idle times while the point serves; --prove reads them now. Programs find in
    --json whether somebody should act: "worst" is then warning or critical.
    """
    config = options.config_of(library, state, config_file)
    machine = Machine(config.library, state_of(config), root)
    if prove:
        _prove(machine)
    report = run_checks(machine)
    translate = load_catalogue(locale or config.locale).gettext
    if keep:
        keep_told(machine.state, report, machine.now)
    if as_json:
        click.echo(json.dumps(report_facts(report, translate), ensure_ascii=False, indent=1))
    else:
        for _, finding in report.findings:
            click.echo(
                f"{_SIGNS[finding.severity]} {in_words(finding.message, finding, translate)}"
            )
            if finding.fix:
                click.echo(f"   → {in_words(finding.fix, finding, translate)}")


def _prove(machine: Machine) -> None:
    """Read all that the slow checks read, what was never read first; running again goes on."""
    began = datetime.now(UTC)
    archives = len(current(StoreLayout(machine.library)).archives)
    with progress() as report:
        done = 0
        report("", done, archives)
        while name := prove_next(machine.library, machine.state, began, every=timedelta()):
            done += name.endswith(".zim")
            report(name, done, archives)
