"""Words of a query with the accents that the library gives them."""

from collections.abc import Iterable, Sequence

from content.search.analysis import folded_word, words_of
from content.search.query import Words


def as_spelt(words: Words, texts: Iterable[str]) -> str:
    """Return the words as the first text spells them that holds each, in company if it can be.

    A word that stands in none of the texts stays as it is.
    """
    spelt = list(words.exact)
    company = [0] * len(spelt)
    whole = [_company(words.plain, place, words.plain, place) for place in range(len(spelt))]
    for text in texts:
        if company == whole:
            break
        held = words_of(text)
        plain = [folded_word(one) for one in held]
        for place, word in enumerate(words.plain):
            for at in _places(plain, word):
                near = _company(words.plain, place, plain, at)
                if near > company[place]:
                    company[place], spelt[place] = near, held[at]
    return " ".join(spelt)


def _places(plain: Sequence[str], word: str) -> list[int]:
    return [at for at, one in enumerate(plain) if one == word]


def _company(wanted: Sequence[str], place: int, plain: Sequence[str], at: int) -> int:
    """Return 1, and 1 more for each neighbour that is the same in both."""
    before = place > 0 and at > 0 and wanted[place - 1] == plain[at - 1]
    after = place + 1 < len(wanted) and at + 1 < len(plain) and wanted[place + 1] == plain[at + 1]
    return 1 + before + after
