"""Mend a typing error: a word at edit distance 1 that the library holds, in this company.

A word is doubted when it stands nowhere, or nowhere beside its neighbours. Candidates are not
looked for in a list of all words; the few hundred strings at distance 1 are asked for one by one,
which needs no memory and costs a microsecond each. Pure but for the questions.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from string import ascii_lowercase
from time import monotonic

from content.search.query import Words

# Shorter words are at distance 1 of everything, longer ones are rarely typed.
SHORTEST, LONGEST = 2, 16
MAX_TRIED = 3


@dataclass(frozen=True, slots=True)
class Library:
    """What is asked of the library: in how many documents a folded word or pair stands."""

    frequency: Callable[[str], int]


def mend(words: Words, library: Library, deadline: float) -> Words:
    """Return `words` with those mended that the library does not know here."""
    tried: set[str] = set()
    for place, word in enumerate(words.plain):
        if len(tried) >= MAX_TRIED or monotonic() > deadline:
            break
        if word in tried or not _can_be_mended(word) or not _is_doubted(words, place, library):
            continue
        tried.add(word)
        if best := _best(words, place, library):
            words = words.with_word(place, best)
    return words


def near_words(word: str, library: Library) -> list[str]:
    """Return the words of the library at distance 1, the most frequent first."""
    counts = {one: count for one in set(edits(word)) if (count := library.frequency(one))}
    return sorted(counts, key=lambda one: (-counts[one], one))


def edits(word: str) -> Iterator[str]:
    """Yield every string at edit distance 1: a letter left out, swapped, another one, one more."""
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
        yield word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :]
        for letter in ascii_lowercase:
            yield word[:place] + letter + word[place + 1 :]
    for place in range(len(word) + 1):
        for letter in ascii_lowercase:
            yield word[:place] + letter + word[place:]


def _can_be_mended(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST and word.isascii() and word.isalpha()


def _is_doubted(words: Words, place: int, library: Library) -> bool:
    beside = _pairs_at(words.plain, place, words.plain[place])
    if not library.frequency(words.plain[place]):
        return True
    return bool(beside) and not any(library.frequency(pair) for pair in beside)


def _pairs_at(plain: tuple[str, ...], place: int, word: str) -> list[str]:
    before = [f"{plain[place - 1]}_{word}"] if place > 0 else []
    after = [f"{word}_{plain[place + 1]}"] if place + 1 < len(plain) else []
    return before + after


def _best(words: Words, place: int, library: Library) -> str:
    """Return the word that fits best here: beside both neighbours, then one, then anywhere.

    Returns "" when none fits better than the word that is there.
    """
    plain = words.plain
    is_unknown = not library.frequency(plain[place])
    best: tuple[int, int, int, str] = (0, 0, 0, "")
    for word in near_words(plain[place], library):
        beside = [library.frequency(pair) for pair in _pairs_at(plain, place, word)]
        rank = (sum(map(bool, beside)), min(beside, default=0), library.frequency(word), word)
        if (rank[0] or is_unknown) and rank[:3] > best[:3]:
            best = rank
    return best[3]
