"""Suggestions: what begins like the letters typed, and what to try when nothing was found."""

from content.search.analysis import KINDS, head_beginning, spelling_of, tokens
from content.search.engine import Index
from content.search.found import Suggestion
from content.search.query import MAX_WORDS
from content.search.repair import MAX_TRIED, near_words
from content.search.vocabulary import Vocabulary

MAX_LETTERS = 100
NEAR_PER_WORD = 3
LEAST_TURNED = 3


def beginning_with(index: Index, words: str, limit: int) -> tuple[Suggestion, ...]:
    """Return what begins like `words`, accents forgiven, the kinds in turn.

    A title or name is also found by its second and later words.
    """
    plain = " ".join(tokens(words[:MAX_LETTERS]))
    if not plain or limit <= 0:
        return ()
    kinds = [_of_kind(index, kind, plain, limit) for kind in KINDS]
    # Works first, but not only works: each kind has its best before any has its last.
    shares = (max(1, limit // 2), *([max(1, limit // 6)] * (len(KINDS) - 1)))
    chosen = [one for kind, share in zip(kinds, shares, strict=True) for one in kind[:share]]
    rest = [one for kind, share in zip(kinds, shares, strict=True) for one in kind[share:]]
    found = list(dict.fromkeys([*chosen, *rest]))[:limit]
    return tuple(sorted(found, key=lambda one: KINDS.index(one.kind)))


def near(index: Index, vocabulary: Vocabulary, words: str, limit: int) -> tuple[Suggestion, ...]:
    """Return near spellings of each word, then subjects and works that begin like a word."""
    plain = tokens(words[:MAX_LETTERS])[:MAX_WORDS]
    found: list[Suggestion] = []
    unknown = [word for word in dict.fromkeys(plain) if not vocabulary.frequency(word)]
    for place, word in enumerate(plain):
        if word in unknown[:MAX_TRIED]:
            for other in near_words(word, vocabulary)[:NEAR_PER_WORD]:
                said = " ".join((*plain[:place], other, *plain[place + 1 :]))
                found.append(Suggestion(said, "words"))
    for kind in ("subject", "work"):
        for word in dict.fromkeys(plain):
            found += _of_kind(index, kind, word, NEAR_PER_WORD)
    return tuple(list(dict.fromkeys(found))[:limit])


def _of_kind(index: Index, kind: str, plain: str, limit: int) -> list[Suggestion]:
    heads = list(index.terms("heads", head_beginning(kind, plain), limit))
    # Of one or two letters too many words begin so.
    if len(heads) < limit and len(plain) >= LEAST_TURNED:
        heads += index.terms("heads", head_beginning(kind, plain, is_turned=True), limit)
    return [Suggestion(spelling_of(head), kind) for head, _ in heads]
