"""What a reader meant: the words typed, and other ways to say the same.

A query has readings. The first is what was typed, Telex turned into letters; the others say it in
other words: numbers, synonyms, old and new names of a place. Pure: what the library holds is asked
through a function.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from content.search.analysis import exact_words, folded_word, line, pairs, words_of
from content.search.numerals import other_numerals
from content.search.synonyms import Synonyms
from content.search.telex import from_telex

MAX_QUERY = 1_000
MAX_WORDS = 24
MAX_READINGS = 6


@dataclass(frozen=True)
class Words:
    """Words of a query.

    Args:
        exact: Lower case, NFC.
        plain: The same words folded, one for one.
    """

    exact: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()

    @cached_property
    def pairs(self) -> tuple[str, ...]:
        """Folded pairs of neighbours."""
        return tuple(pairs(self.plain))

    @cached_property
    def together(self) -> tuple[str, ...]:
        """Each two folded neighbours (the word, if it is one) as `analysis.line` says them."""
        return tuple(dict.fromkeys(_together(self.plain)))

    @cached_property
    def exact_together(self) -> dict[str, str]:
        """The same in exact form, each with its folded form."""
        return dict(zip(_together(self.canon), _together(self.plain), strict=True))

    @cached_property
    def phrase(self) -> str:
        """All folded words as `analysis.line` says them."""
        return line(self.plain)

    @cached_property
    def canon(self) -> tuple[str, ...]:
        """Exact form of each word."""
        return tuple(exact_words(self.exact))

    @cached_property
    def has_accents(self) -> bool:
        """Whether a word carries a mark; accents that were typed are meant."""
        return any(not word.isascii() for word in self.exact)

    def with_word(self, place: int, plain: str) -> "Words":
        """Return the words with another at `place`, without accents."""
        exact, folded = list(self.exact), list(self.plain)
        exact[place] = folded[place] = plain
        return Words(tuple(exact), tuple(folded))


@dataclass(frozen=True)
class Query:
    """A query understood.

    Args:
        words: What is looked for.
        others: Other words for the same, which count a little less.
        is_changed: Whether `words` are not those that were typed.
        endings: Terms of the library that go on as the last word begins.
    """

    words: Words
    others: tuple[Words, ...] = ()
    is_changed: bool = False
    endings: tuple[tuple[str, str], ...] = ()

    @property
    def readings(self) -> tuple[Words, ...]:
        """All ways to say it, the first one first."""
        return (self.words, *self.others)


def _together(words: Sequence[str]) -> list[str]:
    return list(map(line, pairwise(words))) or [line(words)]


def words_in(text: str) -> Words:
    """Return the words of `text`; more than anybody types are cut."""
    found = words_of(text[:MAX_QUERY])[:MAX_WORDS]
    kept = [(word, plain) for word in found if (plain := folded_word(word))]
    return Words(tuple(word for word, _ in kept), tuple(plain for _, plain in kept))


def understand(text: str, *, is_known: Callable[[str], bool], synonyms: Synonyms) -> Query:
    """Return what `text` asks for.

    Args:
        is_known: Whether a folded word stands in the library; such a word is not Telex.
    """
    typed = words_in(text)
    meant = tuple(from_telex(word, is_known=is_known) for word in typed.exact)
    words = (
        Words(meant, tuple(folded_word(word) for word in meant)) if meant != typed.exact else typed
    )
    readings = [*other_numerals(words.plain), *synonyms.other_ways(words.plain, words.canon)]
    others = [Words(one, one) for one in dict.fromkeys(readings) if one != words.plain]
    return Query(words, tuple(others[:MAX_READINGS]), is_changed=words is not typed)
