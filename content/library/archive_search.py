"""Search inside several archives at once, each by its own index.

An archive without a full-text index is looked through by its titles. When the time is over, what
was found so far is the answer, and says so. libzim gives ranks without scores, and cannot be
stopped: an archive that took long the last time is left out when so much time is no longer there.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

from content.archive.full_text import Wanted, find, snippet_of, wanted_words
from content.errors import ArchiveUnavailableError, ContentError
from content.library.books import Book, Books
from content.library.fusion import Ranked, title_share
from content.search.analysis import tokens

BUDGET_S = 1.5
# Nobody turns so many pages; each page needs all before it.
MAX_DEPTH = 2_000
# Places of all archives together that are merged with other hits, and of one at least and at most;
# a reader who wants more searches that archive.
MAX_CANDIDATES = 200
LEAST_DEPTH, MOST_DEPTH = 5, 20
_TITLES = 3


@dataclass(frozen=True, slots=True)
class Inside:
    """One place found inside an archive.

    Args:
        snippet: Plain text with found words between `chr(2)` and `chr(3)`; may be "".
    """

    book: str
    path: str
    title: str
    snippet: str


@dataclass(frozen=True, slots=True)
class InsidePage:
    """A page of places.

    Args:
        total: How many there are, as the indexes estimate it.
        partial: Whether time ran out, or a disk gave nothing.
    """

    total: int
    places: tuple[Inside, ...]
    partial: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place found, before its words are shown."""

    book: str
    path: str
    title: str
    ranked: Ranked


@dataclass(frozen=True, slots=True)
class Candidates:
    """The best places of several archives, best first; the first few of each.

    Args:
        counts: Name of an archive to how many of its places are among the candidates.
    """

    best: tuple[Candidate, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    partial: bool = False


class ArchiveSearch:
    """Searches over the archives of a library; remembers how long each took.

    Args:
        books: The archives.
    """

    def __init__(self, books: Books) -> None:
        self._books = books
        self._took_s: dict[str, float] = {}

    def page(
        self,
        names: Sequence[str],
        words: str,
        *,
        limit: int,
        offset: int = 0,
        budget_s: float = BUDGET_S,
    ) -> InsidePage:
        """Return a page of what is found in the archives called `names`, best of each in turn.

        Raises:
            EntryNotFoundError: There is no archive of such a name.
        """
        deadline = monotonic() + budget_s
        depth = min(offset + limit, MAX_DEPTH)
        total, partial = 0, False
        ranked: list[list[tuple[int, int, str]]] = []
        for number, name in enumerate(names):
            if monotonic() >= deadline:
                partial = True
                break
            try:
                count, paths = _paths(self._books.open(name), words, depth)
            except ArchiveUnavailableError:
                partial = True
                continue
            total += count
            ranked.append([(rank, number, path) for rank, path in enumerate(paths)])
        chosen = list(heapq.merge(*ranked))[offset : offset + limit]
        shown, is_late = self.shown(
            [(names[number], path) for _, number, path in chosen], words, deadline
        )
        return InsidePage(total, shown, partial or is_late)

    def candidates(self, names: Sequence[str], words: str, deadline: float) -> Candidates:
        """Return the best places in the archives called `names`, to be merged with other hits."""
        plain = tokens(words)
        depth = min(MOST_DEPTH, max(LEAST_DEPTH, MAX_CANDIDATES // max(1, len(names))))
        found: list[Candidate] = []
        partial = False
        for name in names:
            begun = monotonic()
            if begun + self._took_s.get(name, 0.0) >= deadline:
                partial = True
                continue
            try:
                found += _candidates(name, self._books.open(name), words, plain, depth)
            except ContentError:
                partial = True
            self._took_s[name] = monotonic() - begun
        found.sort(key=lambda one: -one.ranked.value)
        counts: dict[str, int] = {}
        for one in found:
            counts[one.book] = counts.get(one.book, 0) + 1
        return Candidates(tuple(found), counts, partial)

    def titles(self, names: Sequence[str], words: str, limit: int) -> tuple[str, ...]:
        """Return titles in the archives called `names` that `words` begin, of each in turn.

        Only archives with a sidecar are asked, which takes some 20 us each: who types waits.
        """
        found: list[tuple[int, int, str]] = []
        for number, name in enumerate(names):
            try:
                packed = self._books.open(name).packed
            except ArchiveUnavailableError:
                continue
            titles = packed.titles(words, limit=limit) if packed is not None else ()
            found += [(rank, number, title) for rank, (title, _) in enumerate(titles)]
        return tuple(dict.fromkeys(title for _, _, title in sorted(found)))[:limit]

    def shown(
        self, places: Sequence[tuple[str, str]], words: str, deadline: float
    ) -> tuple[tuple[Inside, ...], bool]:
        """Return places (archive, path) with title and snippet, and whether any lacks them."""
        wanted = wanted_words(words) if places else None  # it is costly for many words
        found, is_late = [], False
        opened: dict[str, Book] = {}
        for name, path in places:
            in_time = monotonic() < deadline
            is_late = is_late or not in_time
            try:
                book = opened.get(name) or self._books.open(name)
                opened[name] = book
                text = _snippet(path, book, wanted) if in_time else ""
                found.append(Inside(name, path, book.reader.title_of(path) or path, text))
            except ContentError:
                is_late = True
        return tuple(found), is_late


def _snippet(path: str, book: Book, wanted: Wanted | None) -> str:
    return "" if wanted is None else snippet_of(path, book.reader, book.packed, wanted)


def _paths(book: Book, words: str, depth: int) -> tuple[int, tuple[str, ...]]:
    if book.reader.has_full_text:
        found = find(book.reader, words, count=depth)
        return found.total, found.paths
    source = book.packed or book.reader
    paths = tuple(dict.fromkeys(path for _, path in source.titles(words, limit=depth)))
    return len(paths), paths


def _candidates(
    name: str, book: Book, words: str, plain: Sequence[str], depth: int
) -> list[Candidate]:
    """Return the first places of one archive: titles that fit, then what its index gives."""
    titles: dict[str, str] = {}
    if book.packed is not None:
        titles.update((path, title) for title, path in book.packed.titles(words, limit=_TITLES))
    for path in _paths(book, words, depth)[1]:
        titles.setdefault(path, book.reader.title_of(path) or path)
    places = [(title_share(plain, title), path, title) for path, title in titles.items()]
    # Exact titles first; else the order of the index stands.
    places.sort(key=lambda one: one[0] < 1.0)
    return [
        Candidate(name, path, title, Ranked(rank, share, is_other=True))
        for rank, (share, path, title) in enumerate(places[:depth])
    ]
