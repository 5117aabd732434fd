"""Text to the terms that index and query share: folded syllables and pairs of neighbours.

One Vietnamese syllable says little (6,775 folded ones make up 300,000 pages); two neighbours say a
lot. So an index knows both, and a query of several syllables goes by its pairs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from content.vietnamese import fold, normalize

_WORD = re.compile(r"[^\W_]+")
MAX_QUERY = 1_000
MAX_TOKENS = 24


@dataclass(frozen=True, slots=True)
class Words:
    """A query understood.

    Args:
        exact: Its words as typed, lower case.
        plain: The same words folded.
    """

    exact: tuple[str, ...]
    plain: tuple[str, ...]

    @property
    def pairs(self) -> tuple[str, ...]:
        """Folded pairs of neighbours."""
        return tuple(pairs(self.plain))


def tokens(text: str) -> list[str]:
    """Return the folded words of `text` in order."""
    return _WORD.findall(fold(text))


def pairs(words: list[str] | tuple[str, ...]) -> list[str]:
    """Return each two neighbours as one term, `dien_bien`."""
    return [f"{first}_{second}" for first, second in pairwise(words)]


def understand(query: str) -> Words:
    """Return the words of a query; longer ones than anybody types are cut."""
    found = _WORD.findall(normalize(query[:MAX_QUERY]).lower())[:MAX_TOKENS]
    kept = [(word, fold(word)) for word in found]
    kept = [(word, plain) for word, plain in kept if _WORD.fullmatch(plain)]
    return Words(tuple(word for word, _ in kept), tuple(plain for _, plain in kept))


def spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and folded form of each word of `text`, for marking."""
    for found in _WORD.finditer(text):
        yield found.start(), found.end(), fold(found[0])
