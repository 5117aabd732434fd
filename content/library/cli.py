"""`diemdoc library` and `diemdoc search`: what this point holds, and what is in it."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from content.library import change as changes
from content.library.library import Library
from content.library.progress import progress
from content.library.results import hit_as_json
from content.library.shelf import load_shelf, read_shelf_table
from content.store.change import roll_back
from content.store.generation import current
from content.store.layout import StoreLayout, default_library

_where = click.option(
    "--library",
    "root",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_library,
    help="Folder of the library [default: ~/.local/share/diemdoc/library].",
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print facts as JSON.")
_dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")
_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def library() -> None:
    """Archives held by this reading point.

    Every change is all or nothing: readers keep what they have until the new library is ready, and
    'diemdoc library rollback' goes back.
    """


@library.command("list", epilog="Example: diemdoc library list --json")
@_where
@_as_json
def list_archives(root: Path, *, as_json: bool) -> None:
    """List the archives in use."""
    archives = Library(root).archives()
    if as_json:
        _print_json([asdict(one) for one in archives])
        return
    for one in archives:
        size = f"{one.size_bytes / 1e6:.1f} MB"
        packed = f"+{one.packed_bytes / 1e6:.1f} MB packed" if one.packed_bytes else "not packed"
        click.echo(
            f"{one.name:<32} {one.works:>5} works {size:>10} {packed:>17}  {one.added}  {one.title}"
        )
    if not archives:
        click.echo("The library is empty. Add an archive: diemdoc library add FILE.zim")


@library.command(epilog="Example: diemdoc library add books.zim wikipedia.zim")
@click.argument("files", nargs=-1, required=True, type=_file)
@_where
@_dry_run
@_as_json
def add(files: tuple[Path, ...], root: Path, *, dry_run: bool, as_json: bool) -> None:
    """Add archives; one with the name of an archive in use replaces it.

    Each FILE is copied, checked once, and put in use only when it is whole. A broken one goes into
    quarantine with its reason and does not stop the others. FILE itself is never changed.
    """
    with progress() as report:
        outcomes = changes.add(root, files, now=datetime.now(UTC), report=report, dry_run=dry_run)
    if as_json:
        _print_json([asdict(one) for one in outcomes])
    else:
        for one in outcomes:
            words = "would be added" if dry_run and one.did == "added" else one.did
            detail = one.reason or f"{one.title} ({one.works} works)"
            click.echo(f"{one.file}: {words}: {detail}")
    sys.exit(1 if any(one.did == "refused" for one in outcomes) else 0)


@library.command(epilog="Example: diemdoc library remove wikipedia_vi_all")
@click.argument("name")
@_where
@_dry_run
def remove(name: str, root: Path, *, dry_run: bool) -> None:
    """Take the archive NAME out of the library."""
    with progress() as report:
        held = changes.remove(root, name, report=report, dry_run=dry_run)
    words = "would be removed" if dry_run else "removed"
    click.echo(f"{held.name}: {words} ({held.works} works)")


@library.command(epilog="Example: diemdoc library verify")
@_where
@_as_json
def verify(root: Path, *, as_json: bool) -> None:
    """Read every archive whole and compare it with what was added."""
    with progress() as report:
        outcomes = changes.verify(root, report=report)
    if as_json:
        _print_json([asdict(one) for one in outcomes])
    else:
        for one in outcomes:
            click.echo(f"{one.name}: {one.reason or 'good'}")
    sys.exit(1 if any(one.did == "refused" for one in outcomes) else 0)


@library.command(epilog="Example: diemdoc library rollback")
@_where
def rollback(root: Path) -> None:
    """Go back to the library before the last change; again goes one further back."""
    generation = roll_back(StoreLayout(root))
    names = ", ".join(one.name for one in generation.archives) or "no archive"
    click.echo(f"The library is back at change {generation.number}, with: {names}")


@library.command(epilog="Example: diemdoc library rebuild")
@_where
def rebuild(root: Path) -> None:
    """Build catalogue and search index anew from the archives in use."""
    with progress() as report:
        generation = changes.rebuild_current(root, report=report)
    click.echo(f"Rebuilt: {len(generation.archives)} archives.")


@library.group()
def shelf() -> None:
    """The point's shelf of paper books, in the same catalogue."""


@shelf.command("import", epilog='Example: diemdoc library shelf import tu-sach.csv --place "Tủ 1"')
@click.argument("file", type=_file)
@click.option("--place", required=True, help="Where these books stand, as readers know it.")
@_where
@_dry_run
def import_shelf(file: Path, place: str, root: Path, *, dry_run: bool) -> None:
    """Replace the paper books of a place by those in FILE (CSV or TSV).

    Columns: title (Nhan đề), creator (Tác giả), shelf_mark (Ký hiệu), copies (Số bản), subject,
    audience, date, publisher, identifier.
    """
    today = datetime.now(UTC).date().isoformat()
    books = read_shelf_table(file, place=place, added=today)
    if not dry_run:
        with progress() as report:
            changes.import_shelf(root, books, place, report=report)
    words = "would stand" if dry_run else "stand"
    click.echo(f"{len(books)} titles {words} at {place}.")


@shelf.command("list", epilog="Example: diemdoc library shelf list --json")
@_where
@_as_json
def list_shelf(root: Path, *, as_json: bool) -> None:
    """List the paper books."""
    layout = StoreLayout(root)
    books = load_shelf(layout.generation(current(layout).number))
    if as_json:
        _print_json([asdict(book) for book in books])
        return
    for book in books:
        click.echo(f"{book.place}  {book.shelf_mark:<12} {book.copies:>3}  {book.title}")


@click.command(epilog='Example: diemdoc search "dien bien" --limit 5')
@click.argument("query")
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@_where
@_as_json
def search(query: str, limit: int, root: Path, *, as_json: bool) -> None:
    """Search the library for QUERY as the web does, with or without accents."""
    held = Library(root)
    page = held.search(query, limit=limit)
    if as_json:
        _print_json([hit_as_json(one) for one in page.hits])
        return
    for one in page.hits:
        click.echo(f"{one.summary.title} – {', '.join(one.summary.creator)} [{one.summary.form}]")
        if one.snippet:
            click.echo("    " + one.snippet.replace("\x02", "«").replace("\x03", "»"))
    click.echo(f"{page.total} works found." if page.total else "Nothing found.", err=True)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))
