"""`diemdoc library`: what this point holds, and changes of it."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from content.library import change as changes
from content.library import options
from content.library.library import Library
from content.library.progress import progress
from content.library.settings import SearchSettings
from content.library.shelf import load_shelf, read_shelf_table
from content.search.synonyms import load_synonyms
from content.store.change import redo, roll_back
from content.store.generation import current
from content.store.layout import StoreLayout

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def library() -> None:
    """Archives held by this reading point.

    Every change is all or nothing: readers keep what they have until the new library is ready, and
    'diemdoc library rollback' goes back.
    """


@library.command("list", epilog="Example: diemdoc library list --json")
@options.where
@options.as_json
def list_archives(root: Path, *, as_json: bool) -> None:
    """List the archives in use."""
    archives = Library(root).archives()
    if as_json:
        options.print_json([asdict(one) for one in archives])
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
@options.where
@options.dry_run
@options.as_json
@options.settings
def add(
    files: tuple[Path, ...], root: Path, settings: SearchSettings, *, dry_run: bool, as_json: bool
) -> None:
    """Add archives; one with the name of an archive in use replaces it.

    Each FILE is copied, checked once, and put in use only when it is whole. A broken one goes into
    quarantine with its reason and does not stop the others. FILE itself is never changed.
    """
    with progress() as report:
        outcomes = changes.add(
            root,
            files,
            now=datetime.now(UTC),
            report=report,
            settings=settings,
            dry_run=dry_run,
        )
    if as_json:
        options.print_json([asdict(one) for one in outcomes])
    else:
        for one in outcomes:
            words = "would be added" if dry_run and one.did == "added" else one.did
            detail = one.reason or f"{one.title} ({one.works} works)"
            click.echo(f"{one.file}: {words}: {detail}")
    sys.exit(1 if any(one.did == "refused" for one in outcomes) else 0)


@library.command(epilog="Example: diemdoc library remove wikipedia_vi_all")
@click.argument("name")
@options.where
@options.dry_run
@options.settings
def remove(name: str, root: Path, settings: SearchSettings, *, dry_run: bool) -> None:
    """Take the archive NAME out of the library."""
    with progress() as report:
        held = changes.remove(root, name, report=report, settings=settings, dry_run=dry_run)
    words = "would be removed" if dry_run else "removed"
    click.echo(f"{held.name}: {words} ({held.works} works)")


@library.command(epilog="Example: diemdoc library verify")
@options.where
@options.as_json
def verify(root: Path, *, as_json: bool) -> None:
    """Read every archive whole and compare it with what was added."""
    with progress() as report:
        outcomes = changes.verify(root, report=report)
    if as_json:
        options.print_json([asdict(one) for one in outcomes])
    else:
        for one in outcomes:
            click.echo(f"{one.name}: {one.reason or 'good'}")
    sys.exit(1 if any(one.did == "refused" for one in outcomes) else 0)


@library.command(epilog="Example: diemdoc library rollback")
@options.where
def rollback(root: Path) -> None:
    """Go back to the library before the last change; again goes one further back."""
    generation = roll_back(StoreLayout(root))
    names = ", ".join(one.name for one in generation.archives) or "no archive"
    click.echo(f"The library is back at change {generation.number}, with: {names}")


@library.command("redo", epilog="Example: diemdoc library redo")
@options.where
def redo_(root: Path) -> None:
    """Put the change in use again that 'diemdoc library rollback' took back last."""
    generation = redo(StoreLayout(root))
    names = ", ".join(one.name for one in generation.archives) or "no archive"
    click.echo(f"The library is at change {generation.number} again, with: {names}")


@library.command(epilog="Example: diemdoc library rebuild")
@options.where
@options.settings
@click.option("--when-needed", is_flag=True, help="Only when this version cannot read them.")
def rebuild(root: Path, settings: SearchSettings, *, when_needed: bool) -> None:
    """Build catalogue and search index anew from the archives in use."""
    if when_needed:
        reason = changes.unreadable(root)
        if not reason:
            return
        click.echo(f"diemdoc: {reason}: done now", err=True)
    with progress() as report:
        generation = changes.rebuild_current(root, report=report, settings=settings)
    click.echo(f"Rebuilt: {len(generation.archives)} archives.")


@library.command(epilog="Example: diemdoc library words")
@options.where
@options.as_json
def words(root: Path, *, as_json: bool) -> None:
    """Check the point's own list of words that mean the same, words.txt in the library's folder.

    One rule a line: 'sách nói = sách nghe', or 'old name > new name'. The search heeds the file as
    soon as it is saved.
    """
    path = StoreLayout(root).words
    ours, all_ours = len(load_synonyms().rules), len(load_synonyms(path).rules)
    if as_json:
        facts = {"file": str(path), "there": path.is_file(), "rules": all_ours - ours}
        options.print_json(facts)
    elif path.is_file():
        click.echo(f"{path}: good; {all_ours - ours} more than the {ours} of the package")
    else:
        click.echo(f"{path}: is not there; only the {ours} rules of the package hold")


@library.group()
def shelf() -> None:
    """The point's shelf of paper books, in the same catalogue."""


@shelf.command("import", epilog='Example: diemdoc library shelf import tu-sach.csv --place "Tủ 1"')
@click.argument("file", type=_file)
@click.option("--place", required=True, help="Where these books stand, as readers know it.")
@options.where
@options.dry_run
@options.settings
def import_shelf(
    file: Path, place: str, root: Path, settings: SearchSettings, *, dry_run: bool
) -> None:
    """Replace the paper books of a place by those in FILE (CSV or TSV).

    Columns: title (Nhan đề), creator (Tác giả), shelf_mark (Ký hiệu), copies (Số bản), subject,
    audience, date, publisher, identifier.
    """
    today = datetime.now(UTC).date().isoformat()
    books = read_shelf_table(file, place=place, added=today)
    if not dry_run:
        with progress() as report:
            changes.import_shelf(root, books, place, report=report, settings=settings)
    words = "would stand" if dry_run else "stand"
    click.echo(f"{len(books)} titles {words} at {place}.")


@shelf.command("list", epilog="Example: diemdoc library shelf list --json")
@options.where
@options.as_json
def list_shelf(root: Path, *, as_json: bool) -> None:
    """List the paper books."""
    layout = StoreLayout(root)
    books = load_shelf(layout.generation(current(layout).number))
    if as_json:
        options.print_json([asdict(book) for book in books])
        return
    for book in books:
        click.echo(f"{book.place}  {book.shelf_mark:<12} {book.copies:>3}  {book.title}")
