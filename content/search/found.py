"""What a search answers, as values."""

from dataclasses import dataclass
from typing import NamedTuple


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


class FoundWork(NamedTuple):
    """A work that was found.

    Args:
        work: Its number in the catalogue.
        score: Larger is better; only comparable within one search.
        places: The best places inside, best first.
        place_count: How many of the best places of the whole library are inside; there may be
            more (`Searcher.find_in`).
        why: What made its score, in plain words; for `explain` only.
    """

    work: int
    score: float
    snippet: str = ""
    places: tuple[Place, ...] = ()
    place_count: int = 0
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a query.

    Args:
        works: Every work found, up to `searcher.MAX_WORKS`, best first; only those in the window
            carry snippets and places.
        total: How many were found.
        partial: Whether time ran out before all was looked at.
        understood: The words that were looked for instead of those typed (Telex, a mended typing
            error); "" when they are the same.
        did_you_mean: Those words with accents, as the library spells them, or "".
    """

    works: tuple[FoundWork, ...] = ()
    total: int = 0
    partial: bool = False
    understood: str = ""
    did_you_mean: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Words that the library holds.

    Args:
        words: As the library spells them.
        kind: `work`, `person`, `subject`, `place`, `part` (a title inside a work), or `words`.
    """

    words: str
    kind: str
