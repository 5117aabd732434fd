"""`diemdoc archive check`: is this file a whole archive, and is its catalogue true."""

import json
import sys
from pathlib import Path

import click

from content.archive.validate import ArchiveReport, check_archive


@click.group()
def archive() -> None:
    """Check archives."""


@archive.command(epilog="Example: diemdoc archive check *.zim")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(files: tuple[Path, ...], as_json: bool) -> None:  # noqa: FBT001 -- click passes flags so
    """Check structure, checksum, metadata and the catalogue's links of each FILE.

    Ends with 1 when one of them must not be used.
    """
    reports = [check_archive(path) for path in files]
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in reports], ensure_ascii=False, indent=1))
    else:
        for one in reports:
            _show(one)
    sys.exit(0 if all(one.is_good for one in reports) else 1)


def _show(report: ArchiveReport) -> None:
    title = report.metadata.title if report.metadata else ""
    verdict = "good" if report.is_good else "must not be used"
    click.echo(
        f"{report.path}: {verdict}" + (f" ({title}, {len(report.records)} works)" if title else "")
    )
    for problem in report.problems:
        click.echo(f"  problem: {problem}")
    for warning in report.warnings:
        click.echo(f"  note: {warning}")


def _as_json(report: ArchiveReport) -> dict[str, object]:
    return {
        "path": str(report.path),
        "good": report.is_good,
        "problems": list(report.problems),
        "warnings": list(report.warnings),
        "uuid": report.metadata.uuid if report.metadata else "",
        "works": [record.identifier for record in report.records],
    }
