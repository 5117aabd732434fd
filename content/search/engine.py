"""What a search engine of the library does: a port, so that engines can be measured and changed.

Numbers of works are those of the catalogue of the same generation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Place:
    r"""A chapter, page or track in which the words stand.

    Args:
        number: Its number in the work, from 1.
        path: Its entry path in the archive.
        snippet: The sentence around, found words between `\x02` and `\x03`.
    """

    number: int
    title: str
    path: str
    snippet: str


@dataclass(frozen=True, slots=True)
class FoundWork:
    """A work that was found, best first.

    Args:
        work: Its number in the catalogue.
        score: Larger is better; only comparable within one search.
        places: The best places inside.
        place_count: How many places inside there are.
    """

    work: int
    score: float
    snippet: str = ""
    places: tuple[Place, ...] = ()
    place_count: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a query.

    Args:
        works: Every work that was found, best first; only the first few carry snippets.
        partial: Whether time ran out before all was looked at.
    """

    works: tuple[FoundWork, ...] = ()
    partial: bool = False


class IndexWriter(Protocol):
    """Build the index of a new generation."""

    def add_work(self, work: int, title: str, names: Iterable[str], body: str) -> None:
        """Add what the catalogue says of a work."""

    def add_part(self, work: int, number: int, title: str, path: str, text: str) -> None:
        """Add a chapter, page or track of a work."""

    def close(self) -> None:
        """Make the index whole; nothing may be added after it."""


class Index(Protocol):
    """Search the index of a generation; usable by one thread at a time."""

    def search(self, query: str, *, among: set[int] | None, detailed: range) -> Found:
        """Return what fits `query`.

        Args:
            among: Only these works; None is all.
            detailed: Places in the order of results that get snippets and places inside.
        """

    def suggest(self, words: str, limit: int) -> tuple[str, ...]:
        """Return titles and names that begin like `words`, accents forgiven."""

    def close(self) -> None:
        """Let the file go."""


class Engine(Protocol):
    """One way to index and search."""

    def create(self, path: Path) -> IndexWriter:
        """Begin a new index at `path`."""

    def open(self, path: Path) -> Index:
        """Open a whole index."""
