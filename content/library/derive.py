"""Catalogue and index of a new generation: those in use, changed by what goes and what comes.

A change begins from the generation in use. Its catalogue is copied, its index is extended, and only
archives that come are opened; so adding one book to thousands costs seconds. When that cannot be
(the first archive, another engine or version, a damaged index), the same steps begin from nothing
and every archive comes.

Of several archives that bring a work of the same identifier the last one shows it, and all are
holdings. When that one goes, the last of the others shows it again, and then the paper shelf.
"""

import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from content.archive.catalogue_entry import records_of
from content.archive.quiet import hushed
from content.archive.reader import ArchiveReader
from content.catalogue.fields import values
from content.catalogue.writer import CatalogueWriter
from content.errors import CatalogueError, SearchError
from content.library.shelf import PaperBook, as_record, load_shelf
from content.search.analysis import mark
from content.search.engine import Engine, IndexWriter, PartText, WorkText
from content.store.generation import CATALOGUE_FILE, SEARCH_FOLDER, Generation, HeldArchive
from content.store.layout import StoreLayout
from content.terms import Holding, Record

logger = logging.getLogger(__name__)
Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change does to the archives in use.

    Args:
        kept: Those that stay, in their order; none of them is opened unless it is to show a work
            again that a later one has shown.
        gone: Removed or replaced ones.
        come: New ones, all after the kept ones.
    """

    kept: tuple[HeldArchive, ...]
    gone: tuple[HeldArchive, ...]
    come: tuple[HeldArchive, ...]


def difference(
    before: tuple[HeldArchive, ...], after: tuple[HeldArchive, ...]
) -> Difference | None:
    """Return what leads from `before` to `after`; None when the order of those kept changed."""
    kept = tuple(one for one in before if one in set(after))
    if after[: len(kept)] != kept:
        return None
    gone = tuple(one for one in before if one not in set(kept))
    return Difference(kept, gone, after[len(kept) :])


def derive(  # noqa: PLR0913, PLR0917 -- where from, where to, what, by what
    layout: StoreLayout,
    folder: Path,
    base: Generation,
    archives: tuple[HeldArchive, ...],
    engine: Engine,
    report: Report,
    *,
    anew: bool = False,
) -> None:
    """Write catalogue and index into `folder`; nothing there is used before it is committed.

    No byte of the generation in use is changed. The paper shelf is read from `folder`.

    Args:
        base: The generation in use.
        anew: Whether all is built from the archives, whatever is in use.

    Raises:
        ContentError: An archive cannot be read.
    """
    found = None if anew or base.number == 0 else difference(base.archives, archives)
    if found is not None:
        try:
            _extend(layout, folder, base, found, engine, report)
        except (CatalogueError, SearchError, sqlite3.DatabaseError) as error:
            logger.warning("catalogue and index are built anew: %s", error)
            _clear(folder)
        else:
            return
    catalogue = CatalogueWriter(folder / CATALOGUE_FILE)
    index = engine.create(folder / SEARCH_FOLDER)
    _Step(layout, catalogue, index, report).run(
        Difference((), (), archives), (), load_shelf(folder)
    )


def _extend(  # noqa: PLR0913, PLR0917 -- as `derive`
    layout: StoreLayout,
    folder: Path,
    base: Generation,
    found: Difference,
    engine: Engine,
    report: Report,
) -> None:
    old = layout.generation(base.number)
    catalogue = CatalogueWriter(folder / CATALOGUE_FILE, old / CATALOGUE_FILE)
    index = engine.extend(old / SEARCH_FOLDER, folder / SEARCH_FOLDER)
    _Step(layout, catalogue, index, report).run(found, load_shelf(old), load_shelf(folder))


def _clear(folder: Path) -> None:
    (folder / CATALOGUE_FILE).unlink(missing_ok=True)
    shutil.rmtree(folder / SEARCH_FOLDER, ignore_errors=True)


class _Step:
    """One change of a catalogue and the index that goes with it."""

    def __init__(
        self, layout: StoreLayout, catalogue: CatalogueWriter, index: IndexWriter, report: Report
    ) -> None:
        self._layout = layout
        self._catalogue = catalogue
        self._index = index
        self._report = report
        self._done = 0
        self._total = 0

    def run(
        self,
        found: Difference,
        shelf_before: tuple[PaperBook, ...],
        shelf: tuple[PaperBook, ...],
    ) -> None:
        self._total = sum(one.works for one in found.come)
        # Works that have lost what showed them, until something shows them again.
        orphans: dict[str, None] = {}
        for held in found.gone:
            orphans.update(dict.fromkeys(self._catalogue.shown_from(held.name)))
            self._catalogue.release(held.name)
        on_paper = {book.identifier: book for book in shelf}
        if shelf != shelf_before:
            orphans.update(self._reshelve({one.identifier: one for one in shelf_before}, on_paper))
            self._catalogue.release("")
            for book in shelf:
                self._catalogue.hold(_copy_of(book))
        for held in found.come:
            for identifier in self._bring(held, None):
                orphans.pop(identifier, None)
        self._restore(orphans, found.kept)
        for identifier in orphans:
            if identifier in on_paper:
                book = on_paper[identifier]
                self._put(as_record(book), "", book.added, None)
            else:
                self._drop(identifier)
        self._catalogue.close()
        self._index.close()

    def _reshelve(
        self, before: Mapping[str, PaperBook], after: Mapping[str, PaperBook]
    ) -> dict[str, None]:
        """Return the works that paper alone shows, or is to show, and that changed."""
        return {
            one: None
            for one in {**before, **after}
            if before.get(one) != after.get(one) and self._catalogue.shown_by(one) in {None, ""}
        }

    def _restore(self, orphans: dict[str, None], kept: tuple[HeldArchive, ...]) -> None:
        """Have the last kept archive that holds an orphan show it, and take it off the list."""
        places = {held.name: place for place, held in enumerate(kept)}
        wanted: dict[int, set[str]] = {}
        for identifier in orphans:
            holders = [places[one] for one in self._catalogue.holders(identifier)]
            if holders:
                wanted.setdefault(max(holders), set()).add(identifier)
        for place, identifiers in wanted.items():
            for identifier in self._bring(kept[place], identifiers):
                orphans.pop(identifier, None)

    def _bring(self, held: HeldArchive, only: set[str] | None) -> Iterable[str]:
        """Have an archive show its works, or some; yield their identifiers.

        Each archive is let go before the next is opened: they may be thousands.
        """
        with hushed():
            archive = ArchiveReader(self._layout.archives / held.file)
        for record in records_of(archive):
            if only is None:
                self._catalogue.hold(Holding(record.identifier, archive=held.name))
            elif record.identifier not in only:
                continue
            self._report(record.title, self._done, max(self._total, self._done + 1))
            self._done += 1
            self._put(record, held.name, held.added, archive)
            yield record.identifier

    def _put(self, record: Record, book: str, added: str, archive: ArchiveReader | None) -> None:
        number = self._catalogue.number(record.identifier)
        if number is not None:
            self._index.remove_work(number)
        work = self._catalogue.add(record, book=book, added=added)
        marks = tuple(mark(name, value) for name, value in (("archive", book), *values(record)))
        self._index.add_work(
            WorkText(
                work,
                record.title,
                names=(*record.creator, *record.contributor),
                subjects=record.subject,
                places=record.place,
                body=" ".join(
                    filter(None, (record.description, record.collection, record.publisher))
                ),
                marks=marks,
            )
        )
        for number, part in enumerate(record.parts, start=1):
            text = ""
            if part.text_path and archive is not None:
                text = archive.entry(part.text_path).read().decode("utf-8", errors="replace")
            if text or part.title:
                self._index.add_part(PartText(work, number, part.title, part.path, text, marks))

    def _drop(self, identifier: str) -> None:
        number = self._catalogue.remove(identifier)
        if number is not None:
            self._index.remove_work(number)


def _copy_of(book: PaperBook) -> Holding:
    return Holding(
        book.identifier, place=book.place, shelf_mark=book.shelf_mark, copies=book.copies
    )
