"""Mend a typing error: a word at edit distance 1 that the library holds, in this company.

A word is doubted when it stands nowhere, or nowhere beside its neighbours. Candidates are not
looked for in a list of all words; the few hundred strings at distance 1 are asked for one by one,
which needs no memory and costs a microsecond each. Pure but for the questions.
"""

from collections.abc import Iterator
from string import ascii_lowercase
from time import monotonic
from typing import NamedTuple

from content.search.query import Words
from content.search.vocabulary import Vocabulary

# Shorter words are at distance 1 of everything, longer ones are rarely typed.
SHORTEST, LONGEST = 2, 16
MAX_MENDED = 2
MAX_TRIED = 3
MAX_WAYS = 3


def mended(
    words: Words, vocabulary: Vocabulary, deadline: float, *, goes_on: bool = False
) -> tuple[Words, ...]:
    """Return `words` with up to two of them mended, in the ways that fit best; () for none.

    Args:
        goes_on: Whether the last word is known as the beginning of one.
    """
    ways: list[Words] = []
    for _ in range(MAX_MENDED):
        now = ways[0] if ways else words
        fitting: list[_Fit] = []
        for place in _doubted(now, vocabulary, goes_on=goes_on)[:MAX_TRIED]:
            if monotonic() > deadline:
                return tuple(ways)
            fitting += _fitting(now, place, vocabulary)
        if not fitting:
            break
        fitting.sort(reverse=True)
        ways = [now.with_word(fit.place, fit.word) for fit in fitting[:MAX_WAYS]]
    return tuple(ways)


def near_words(word: str, vocabulary: Vocabulary) -> list[str]:
    """Return the words of the library at distance 1, the most frequent first."""
    counts = {one: count for one in set(edits(word)) if (count := vocabulary.frequency(one))}
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


def _doubted(words: Words, vocabulary: Vocabulary, *, goes_on: bool) -> list[int]:
    """Return the places of words that stand nowhere, or nowhere beside these neighbours."""
    plain = words.plain
    known = [bool(vocabulary.frequency(pair)) for pair in words.pairs]
    if known and goes_on:
        known[-1] = True
    doubted = []
    for place, word in enumerate(plain):
        if not _can_be_mended(word) or (goes_on and place == len(plain) - 1):
            continue
        beside = known[max(0, place - 1) : place + 1]
        if not any(beside) and (beside or not vocabulary.frequency(word)):
            doubted.append(place)
    return doubted


def _pairs_at(plain: tuple[str, ...], place: int, word: str) -> list[str]:
    before = [f"{plain[place - 1]}_{word}"] if place > 0 else []
    after = [f"{word}_{plain[place + 1]}"] if place + 1 < len(plain) else []
    return before + after


class _Fit(NamedTuple):
    """How well a word fits at a place: known pairs, the rarer of them, how frequent it is."""

    pairs: int
    rarest: int
    frequency: int
    place: int
    word: str


def _fitting(words: Words, place: int, vocabulary: Vocabulary) -> list[_Fit]:
    """Return the words at distance 1 that stand beside a neighbour, or anywhere if it is none."""
    plain = words.plain
    is_unknown = not vocabulary.frequency(plain[place])
    found = []
    for word in near_words(plain[place], vocabulary):
        beside = [vocabulary.frequency(pair) for pair in _pairs_at(plain, place, word)]
        if (known := sum(map(bool, beside))) or is_unknown:
            rarest = min(filter(None, beside), default=0)
            found.append(_Fit(known, rarest, vocabulary.frequency(word), place, word))
    return found
