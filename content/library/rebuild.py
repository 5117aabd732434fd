"""Catalogue and index of a new generation, built beside the one in use from its archives."""

from collections.abc import Callable
from pathlib import Path

from content.archive.catalogue_entry import records_of
from content.archive.quiet import hushed
from content.archive.reader import ArchiveReader
from content.catalogue.records import FIELDS, CatalogueWriter
from content.library.shelf import PaperBook, as_record, load_shelf
from content.search.analysis import mark
from content.search.engine import IndexWriter, PartText, WorkText
from content.search.engines import DEFAULT, engine_called
from content.store.generation import CATALOGUE_FILE, SEARCH_FOLDER, HeldArchive
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
    index = engine_called(DEFAULT).create(folder / SEARCH_FOLDER)
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
        _index(index, work, record, held, readers[held.name])
    for book in shelf:
        _add_paper(catalogue, index, book, known=book.identifier in holders)
    catalogue.close()
    index.close()


def _index(
    index: IndexWriter, work: int, record: Record, held: HeldArchive, archive: ArchiveReader
) -> None:
    text = _work_text(work, record, archive=held.name)
    index.add_work(text)
    for number, part in enumerate(record.parts, start=1):
        words = ""
        if part.text_path:
            words = archive.entry(part.text_path).read().decode("utf-8", errors="replace")
        if words or part.title:
            index.add_part(PartText(work, number, part.title, part.path, words, text.marks))


def _add_paper(
    catalogue: CatalogueWriter, index: IndexWriter, book: PaperBook, *, known: bool
) -> None:
    catalogue.hold(
        Holding(book.identifier, place=book.place, shelf_mark=book.shelf_mark, copies=book.copies)
    )
    if not known:
        record = as_record(book)
        work = catalogue.add(record, book="", added=book.added, has_paper=True)
        index.add_work(_work_text(work, record))


def _work_text(work: int, record: Record, archive: str = "") -> WorkText:
    values = {name: getattr(record, name) for name in FIELDS}
    marks = [
        mark(name, str(one))
        for name, value in values.items()
        for one in (value if isinstance(value, tuple) else (value,))
        if one
    ]
    return WorkText(
        work,
        record.title,
        names=(*record.creator, *record.contributor),
        subjects=record.subject,
        places=record.place,
        body=" ".join(filter(None, (record.description, record.collection, record.publisher))),
        marks=(*marks, *([mark("archive", archive)] if archive else [])),
    )
