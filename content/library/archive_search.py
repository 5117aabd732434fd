"""Search inside several archives at once, each by its own index; best of each in turn.

An archive without a full-text index is looked through by its titles. When the time is over, what
was found so far is the answer, and says so.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from content.archive.full_text import find, snippet_of, wanted_words
from content.errors import ArchiveUnavailableError, ContentError
from content.library.books import Book, Books

BUDGET_S = 1.5
# Nobody turns so many pages; each page needs all before it.
MAX_DEPTH = 2_000


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


def search_inside(  # noqa: PLR0913 -- the last is for tests
    books: Books,
    names: Sequence[str],
    words: str,
    *,
    limit: int,
    offset: int = 0,
    budget_s: float = BUDGET_S,
) -> InsidePage:
    """Return a page of what is found in the archives called `names`.

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
            count, paths = _paths(books.open(name), words, depth)
        except ArchiveUnavailableError:
            partial = True
            continue
        total += count
        ranked.append([(rank, number, path) for rank, path in enumerate(paths)])
    chosen = list(heapq.merge(*ranked))[offset : offset + limit]
    wanted = wanted_words(words)
    places = []
    opened: dict[str, Book] = {}
    for _, number, path in chosen:
        text = ""
        try:
            book = opened.get(name := names[number]) or books.open(name)
            opened[name] = book
            title = book.reader.title_of(path) or path
            if monotonic() >= deadline:
                partial = True
            elif wanted is not None:
                text = snippet_of(path, book.reader, book.packed, wanted)
        except ContentError:
            partial = True
            continue
        places.append(Inside(name, path, title, text))
    return InsidePage(total, tuple(places), partial)


def _paths(book: Book, words: str, depth: int) -> tuple[int, tuple[str, ...]]:
    if book.reader.has_full_text:
        found = find(book.reader, words, count=depth)
        return found.total, found.paths
    source = book.packed or book.reader
    paths = tuple(dict.fromkeys(path for _, path in source.titles(words, limit=depth)))
    return len(paths), paths
