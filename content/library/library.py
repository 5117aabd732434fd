"""The current generation as one library: what the web reads, safe for several threads.

Every call works on the generation that is current when it begins. Databases are opened once per
thread and generation, archives when they are first read (books.py).
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from content.archive.reader import ArchiveReader, Entry
from content.catalogue.records import Catalogue, Listing, Query
from content.errors import SearchError
from content.library.archive_search import ArchiveSearch
from content.library.books import Books, Stamp, stamp_of
from content.library.local_history import is_local
from content.library.results import ArchiveInfo, SearchPage
from content.library.search import Wish, find, others_in, suggest
from content.library.settings import SearchSettings
from content.search.analysis import mark
from content.search.found import Place, Suggestion
from content.search.searcher import Searcher, open_searcher
from content.search.synonyms import Synonyms, load_synonyms
from content.store.generation import CATALOGUE_FILE, SEARCH_FOLDER, Generation
from content.store.layout import StoreLayout
from content.terms import Holding, Record

logger = logging.getLogger(__name__)
_DEFAULTS = SearchSettings()
# The record of a scanned book of 300 pages takes 8 ms to read and half a megabyte.
MAX_RECORDS = 24


@dataclass
class _Opened:
    """What one thread has open of one generation.

    Args:
        others: Names of the archives of others.
        words: Stamp of the point's own list of words with which the searcher was made.
    """

    generation: Generation
    catalogue: Catalogue | None = None
    searcher: Searcher | None = None
    others: tuple[str, ...] | None = None
    words: Stamp | None = None


class Library:
    """A library folder, for reading.

    Args:
        root: The library folder; it may be absent or empty.
        settings: How it is searched.
    """

    def __init__(self, root: Path, settings: SearchSettings = _DEFAULTS) -> None:
        self._layout = StoreLayout(root)
        self._settings = settings
        self._local = threading.local()
        self._lock = threading.Lock()
        self._records: OrderedDict[str, tuple[Record, str]] = OrderedDict()
        self._records_of = -1
        self.books = Books(root)
        self.inside = ArchiveSearch(self.books)

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
        return self.books.open(book).entry(path)

    def text(self, record: Record, number: int) -> str:
        """Return the plain text of a part, from 1; "" when it has none."""
        if not 1 <= number <= len(record.parts):
            return ""
        path = record.parts[number - 1].text_path
        if not path:
            return ""
        entry = self.entry(self.book(record.identifier), path)
        return entry.read().decode("utf-8", errors="replace")

    def search(self, wish: Wish | str) -> SearchPage:
        """Return a page of works, and pages of archives of others, best first.

        Args:
            wish: What is searched for; words alone are a wish for the first page.
        """
        if isinstance(wish, str):
            wish = Wish(wish)
        opened = self._opened()
        if opened is None:
            return SearchPage()
        # Both of one generation: asked for anew, the second could close the first.
        catalogue, searcher = self._catalogue_of(opened), self._searcher_of(opened)
        return find(catalogue, searcher, self.inside, wish)

    def places(self, identifier: str, words: str, *, limit: int = 1_000) -> tuple[Place, ...]:
        """Return the places inside one work that hold the words, in the order of the work."""
        opened = self._opened()
        number = None if opened is None else self._catalogue_of(opened).number(identifier)
        if opened is None or number is None:
            return ()
        return self._searcher_of(opened).find_in(number, words, limit)

    def suggest(self, words: str, *, limit: int = 8) -> tuple[Suggestion, ...]:
        """Return titles, people, subjects, places and titles inside that begin like `words`."""
        opened = self._opened()
        if opened is None:
            return ()
        if opened.others is None:
            opened.others = others_in(self._catalogue_of(opened))
        return suggest(self._searcher_of(opened), self.inside, opened.others, words, limit)

    @property
    def state(self) -> tuple[int, Stamp | None]:
        """What answers depend on: while it is the same, so are they."""
        return self.generation, stamp_of(self._layout.words)

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
        """Return a record; the last ones asked for are kept, for a page asks several times."""
        opened = self._opened()
        if opened is None:
            return None
        with self._lock:
            if self._records_of != opened.generation.number:
                self._records.clear()
                self._records_of = opened.generation.number
            kept = self._records.get(identifier)
            if kept is not None:
                self._records.move_to_end(identifier)
                return kept
        found = self._catalogue_of(opened).record(identifier)
        with self._lock:
            if found is not None and self._records_of == opened.generation.number:
                self._records[identifier] = found
                while len(self._records) > MAX_RECORDS:
                    self._records.popitem(last=False)
        return found

    def _opened(self) -> _Opened | None:
        """Return this thread's databases of the generation in use; None for an empty library."""
        generation = self.books.generation
        if generation.number == 0:
            return None
        opened: _Opened | None = getattr(self._local, "opened", None)
        # Not by number: the same generation on a disk put back must be opened anew.
        if opened is None or opened.generation is not generation:
            if opened is not None:
                for one in (opened.catalogue, opened.searcher):
                    if one is not None:
                        one.close()
            opened = _Opened(generation)
            self._local.opened = opened
        return opened

    def _catalogue(self) -> Catalogue | None:
        opened = self._opened()
        return None if opened is None else self._catalogue_of(opened)

    def _catalogue_of(self, opened: _Opened) -> Catalogue:
        if opened.catalogue is None:
            folder = self._layout.generation(opened.generation.number)
            opened.catalogue = Catalogue(folder / CATALOGUE_FILE)
        return opened.catalogue

    def _searcher_of(self, opened: _Opened) -> Searcher:
        words = stamp_of(self._layout.words)
        if opened.searcher is not None and opened.words != words:
            opened.searcher.close()
            opened.searcher = None
        if opened.searcher is None:
            folder = self._layout.generation(opened.generation.number)
            favour = {
                mark("collection", value): self._settings.local_gain
                for value, _ in self._catalogue_of(opened).counts("collection")
                if is_local(value)
            }
            opened.searcher = open_searcher(folder / SEARCH_FOLDER, self._synonyms(), favour)
            opened.words = words
        return opened.searcher

    def _synonyms(self) -> Synonyms:
        """Return all rules; a point's own list that cannot be read must not end its search."""
        try:
            return load_synonyms(self._layout.words)
        except SearchError as error:
            logger.warning("the point's own words are left out: %s", error)
            return load_synonyms()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
