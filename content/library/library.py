"""The current generation as one library: what the web reads, safe for several threads.

Every call works on the generation that is current when it begins. Databases are opened once per
thread and generation, archives when they are first read (books.py).
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from content.archive.reader import ArchiveReader, Entry
from content.catalogue.records import Catalogue, Listing, Query
from content.library.books import Books
from content.library.results import ArchiveInfo, Hit, SearchPage
from content.search.engine import Index
from content.search.fts5 import Fts5Engine
from content.store.generation import CATALOGUE_FILE, SEARCH_FILE
from content.store.layout import StoreLayout
from content.terms import Holding, Record

FACETS = ("form", "collection", "audience", "language")


@dataclass
class _Opened:
    """What one thread has open of one generation."""

    number: int = -1
    catalogue: Catalogue | None = None
    index: Index | None = None


class Library:
    """A library folder, for reading.

    Args:
        root: The library folder; it may be absent or empty.
    """

    def __init__(self, root: Path) -> None:
        self._layout = StoreLayout(root)
        self._local = threading.local()
        self.books = Books(root)

    @property
    def generation(self) -> int:
        """Number of the generation in use; 0 for an empty library."""
        return self.books.generation.number

    def record(self, identifier: str) -> Record | None:
        """Return the record of a work, or None."""
        found = self._record(identifier)
        return None if found is None else found[0]

    def book(self, identifier: str) -> str:
        """Return the name of the archive that holds a work; "" when it is on paper only."""
        found = self._record(identifier)
        return "" if found is None else found[1]

    def records_of(self, book: str) -> Iterator[Record]:
        """Yield the works that an archive holds."""
        catalogue = self._catalogue()
        if catalogue is not None:
            yield from catalogue.records_of(book)

    def summaries(self, query: Query, *, limit: int = 24, offset: int = 0) -> Listing:
        """Return the works that fit, in the order asked for."""
        catalogue = self._catalogue()
        if catalogue is None:
            return Listing((), 0)
        return catalogue.summaries(query, limit=limit, offset=offset)

    def counts(self, name: str, query: Query | None = None) -> tuple[tuple[str, int], ...]:
        """Return each value of a field with its number of works, most first."""
        catalogue = self._catalogue()
        return () if catalogue is None else catalogue.counts(name, query)

    def holdings(self, identifier: str) -> tuple[Holding, ...]:
        """Return every copy of a work."""
        catalogue = self._catalogue()
        return () if catalogue is None else catalogue.holdings(identifier)

    def archives(self) -> tuple[ArchiveInfo, ...]:
        """Return the archives in use."""
        return tuple(
            ArchiveInfo(
                name=one.name,
                title=one.title,
                file=one.file,
                size_bytes=one.size_bytes,
                uuid=one.uuid,
                works=one.works,
                added=one.added,
                origin=one.origin,
                packed_bytes=_size(self._layout.packed_of(one.file)),
            )
            for one in self.books.generation.archives
        )

    def entry(self, book: str, path: str) -> Entry:
        """Return an entry of the archive called `book`.

        Raises:
            EntryNotFoundError: There is no such archive, or no such entry in it.
            ArchiveUnavailableError: The disk does not give the archive at the moment.
        """
        return self.archive(book).entry(path)

    def text(self, record: Record, number: int) -> str:
        """Return the plain text of a part, from 1; "" when it has none."""
        if not 1 <= number <= len(record.parts):
            return ""
        path = record.parts[number - 1].text_path
        if not path:
            return ""
        entry = self.entry(self.book(record.identifier), path)
        return entry.read().decode("utf-8", errors="replace")

    def search(
        self, words: str, *, query: Query | None = None, limit: int = 20, offset: int = 0
    ) -> SearchPage:
        """Return a page of works in which `words` are found, best first."""
        opened = self._opened()
        if opened is None:
            return SearchPage()
        # Both of one generation: asked for anew, the second could close the first.
        catalogue, index = self._catalogue_of(opened), self._index_of(opened)
        query = query or Query()
        window = range(max(0, offset), max(0, offset) + max(0, limit))
        found = index.search(words, among=catalogue.numbers(query), detailed=window)
        shown = [found.works[place] for place in window if place < len(found.works)]
        summaries = catalogue.summaries_of(one.work for one in shown)
        hits = tuple(
            Hit(summaries[one.work], one.score, one.snippet, one.places, one.place_count)
            for one in shown
            if one.work in summaries
        )
        among = [one.work for one in found.works]
        facets = {name: catalogue.counts(name, among=among) for name in FACETS} if among else {}
        return SearchPage(len(found.works), hits, facets, found.partial)

    def suggest(self, words: str, *, limit: int = 8) -> tuple[str, ...]:
        """Return titles, people and subjects that begin like `words`."""
        index = self._index()
        return () if index is None else index.suggest(words, limit)

    def titles(
        self, book: str, words: str, *, limit: int, offset: int = 0
    ) -> tuple[tuple[str, str], ...]:
        """Return titles in one archive in which `words` begin at a word, each with its path.

        Raises:
            EntryNotFoundError: There is no such archive.
            ArchiveUnavailableError: The disk does not give it at the moment.
        """
        held = self.books.open(book)
        if held.packed is not None:
            return held.packed.titles(words, limit=limit, offset=offset)
        return held.reader.titles(words, limit=limit, offset=offset)

    def archive(self, book: str) -> ArchiveReader:
        """Return the open archive called `book`; for what `entry` does not give.

        Raises:
            EntryNotFoundError: There is no such archive.
            ArchiveUnavailableError: The disk does not give it at the moment.
        """
        return self.books.open(book).reader

    def _record(self, identifier: str) -> tuple[Record, str] | None:
        catalogue = self._catalogue()
        return None if catalogue is None else catalogue.record(identifier)

    def _opened(self) -> _Opened | None:
        """Return this thread's databases of the generation in use; None for an empty library."""
        number = self.books.generation.number
        if number == 0:
            return None
        opened: _Opened | None = getattr(self._local, "opened", None)
        if opened is None or opened.number != number:
            if opened is not None:
                for one in (opened.catalogue, opened.index):
                    if one is not None:
                        one.close()
            opened = _Opened(number)
            self._local.opened = opened
        return opened

    def _catalogue(self) -> Catalogue | None:
        opened = self._opened()
        return None if opened is None else self._catalogue_of(opened)

    def _index(self) -> Index | None:
        opened = self._opened()
        return None if opened is None else self._index_of(opened)

    def _catalogue_of(self, opened: _Opened) -> Catalogue:
        if opened.catalogue is None:
            folder = self._layout.generation(opened.number)
            opened.catalogue = Catalogue(folder / CATALOGUE_FILE)
        return opened.catalogue

    def _index_of(self, opened: _Opened) -> Index:
        if opened.index is None:
            folder = self._layout.generation(opened.number)
            opened.index = Fts5Engine().open(folder / SEARCH_FILE)
        return opened.index


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
