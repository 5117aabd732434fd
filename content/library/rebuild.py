"""Catalogue and index of a new generation, built beside the one in use from its archives."""

from collections.abc import Callable
from pathlib import Path

from content.archive.catalogue_entry import records_of
from content.archive.quiet import hushed
from content.archive.reader import ArchiveReader
from content.catalogue.records import CatalogueWriter
from content.library.shelf import PaperBook, as_record, load_shelf
from content.search.engine import IndexWriter
from content.search.fts5 import Fts5Engine
from content.store.generation import CATALOGUE_FILE, SEARCH_FILE, HeldArchive
from content.store.layout import StoreLayout
from content.terms import Holding, Record


def rebuild(
    layout: StoreLayout,
    folder: Path,
    archives: tuple[HeldArchive, ...],
    report: Callable[[str, int, int], None],
) -> None:
    """Write catalogue and index into `folder`; nothing there is used before it is committed.

    When two archives bring a work of the same identifier, the later one's record is shown and both
    are holdings. The paper shelf is read from `folder`.

    Raises:
        ContentError: An archive cannot be read.
    """
    shelf = load_shelf(folder)
    on_paper = {book.identifier for book in shelf}
    catalogue = CatalogueWriter(folder / CATALOGUE_FILE)
    index = Fts5Engine().create(folder / SEARCH_FILE)
    holders: dict[str, tuple[HeldArchive, Record]] = {}
    readers = {}
    for held in archives:
        with hushed():
            readers[held.name] = ArchiveReader(layout.archives / held.file)
        for record in records_of(readers[held.name]):
            holders[record.identifier] = (held, record)
            catalogue.hold(Holding(record.identifier, archive=held.name))
    for done, (held, record) in enumerate(holders.values()):
        report(record.title, done, len(holders))
        has_paper = record.identifier in on_paper
        work = catalogue.add(record, book=held.name, added=held.added, has_paper=has_paper)
        _index(index, work, record, readers[held.name])
    for book in shelf:
        _add_paper(catalogue, index, book, known=book.identifier in holders)
    catalogue.close()
    index.close()


def _index(index: IndexWriter, work: int, record: Record, archive: ArchiveReader) -> None:
    index.add_work(work, record.title, _names(record), _body(record))
    for number, part in enumerate(record.parts, start=1):
        text = ""
        if part.text_path:
            text = archive.entry(part.text_path).read().decode("utf-8", errors="replace")
        if text or part.title:
            index.add_part(work, number, part.title, part.path, text)


def _add_paper(
    catalogue: CatalogueWriter, index: IndexWriter, book: PaperBook, *, known: bool
) -> None:
    catalogue.hold(
        Holding(book.identifier, place=book.place, shelf_mark=book.shelf_mark, copies=book.copies)
    )
    if not known:
        record = as_record(book)
        work = catalogue.add(record, book="", added=book.added, has_paper=True)
        index.add_work(work, record.title, _names(record), _body(record))


def _names(record: Record) -> list[str]:
    return [*record.creator, *record.contributor, *record.subject, *record.place]


def _body(record: Record) -> str:
    return " ".join(filter(None, (record.description, record.collection, record.publisher)))
