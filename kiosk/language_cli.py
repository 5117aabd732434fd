"""`diemdoc language`: words of a language are written in a spreadsheet and put in use."""

import json
from pathlib import Path

import click

from content.files import atomic_write
from kiosk.config import load_config
from kiosk.languages import (
    LanguageError,
    add_language,
    added,
    catalogue_file,
    read_catalogue,
    read_sheet,
    write_sheet,
)
from kiosk.ui.languages import own_name

_folder = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the added languages [default: the setting languages].",
)


@click.group(epilog="Example: diemdoc language sheet blt -o thai.csv")
def language() -> None:
    """Languages of the pages: a table to fill in, and putting it in use."""


@language.command(epilog="Example: diemdoc language sheet blt -o thai.csv")
@click.argument("tag")
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Table to write (CSV).",
)
@_folder
def sheet(tag: str, out: Path, folder: Path | None) -> None:
    """Write the table of words for the language TAG (ISO 639-3), to fill in in a spreadsheet.

    Words that the language has already stand in it.
    """
    chosen = _chosen(folder)
    file = catalogue_file(chosen, tag) if chosen else None
    known = read_catalogue(file) if file is not None and file.is_file() else None
    atomic_write(out, write_sheet(tag, known))
    click.echo(f"{out.name}: fill in the third column, then: diemdoc language add {out.name}")


@language.command(epilog="Example: diemdoc language add thai.csv --folder /srv/diemdoc/languages")
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_folder
@click.option("--dry-run", is_flag=True, help="Check the table, change nothing.")
def add(table: Path, folder: Path | None, dry_run: bool) -> None:  # noqa: FBT001
    """Put the words of TABLE in use, at the next start of the app."""
    chosen = _chosen(folder)
    if not chosen:
        raise LanguageError("no folder for added languages; set languages, or give --folder")
    tag, words = read_sheet(table.read_bytes())
    if dry_run:
        click.echo(f"{own_name(tag)}: {len(words)} sentences have words; nothing was changed")
        return
    found = add_language(Path(chosen), tag, words)
    click.echo(f"{own_name(tag)}: {found.written} of {found.total} sentences")


@language.command("list", epilog="Example: diemdoc language list --json")
@_folder
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(folder: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """List the languages added at this point and how far they are."""
    found = added(_chosen(folder))
    if as_json:
        rows = [
            {"tag": one.tag, "name": own_name(one.tag), "written": one.written, "total": one.total}
            for one in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one.tag}\t{own_name(one.tag)}\t{one.written} of {one.total} sentences")


def _chosen(folder: Path | None) -> str:
    return str(folder) if folder else load_config(None).languages
