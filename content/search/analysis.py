"""Text to the terms that every engine keeps: folded syllables, pairs of neighbours, exact forms.

One Vietnamese syllable says little (6,775 folded ones make up 300,000 pages); two neighbours say a
lot. So an index knows both. Works are few, so their terms also say each marked word exactly.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from content.search.engine import PartText, WorkText
from content.vietnamese import canon, fold, normalize

# Changes when the same text makes other terms: indexes made before are then built anew.
VERSION = 1
WORD = re.compile(r"[^\W_]+")
# Longer words are no words; engines refuse terms of 64 KiB.
MAX_LETTERS = 60
MAX_KEPT = 30_000
KINDS = ("work", "person", "subject", "place", "part")
# Between the folded and the true spelling of a head.
APART = "\x1f"
MAX_HEAD = 120
# A title is found by its first words, and by those in its middle.
_TURNS = 6
_NOT_IN_MARKS = re.compile(r"[^\w.]+")


class _Forms(dict[str, str]):
    """Words with another form of each; there are few different ones, so all are kept."""

    def __init__(self, form: Callable[[str], str]) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, word: str) -> str:
        if len(self) >= MAX_KEPT:
            self.clear()
        self[word] = form = self._form(word[:MAX_LETTERS])
        return form


# What folding leaves of a sign or a foreign letter may be no word, or several. A word may come in
# capitals and with the stops around it (snippet.py looks at many texts and parts them at spaces).
_folded = _Forms(lambda word: "".join(WORD.findall(fold(word))))
_exact = _Forms(lambda word: "".join(WORD.findall(canon(normalize(word)))))


def words_of(text: str) -> list[str]:
    """Return the words of `text` in order, lower case, NFC."""
    return WORD.findall(normalize(text).lower())


def folded_word(word: str) -> str:
    """Return the folded form of one word; "" when nothing is left of it."""
    return _folded[word]


def folded_words(words: Iterable[str]) -> list[str]:
    """Return the folded form of each word, one for one."""
    return list(map(_folded.__getitem__, words))


def folded(words: Iterable[str]) -> list[str]:
    """Return the folded form of each word; those that have none are left out."""
    return list(filter(None, map(_folded.__getitem__, words)))


def exact_words(words: Iterable[str]) -> list[str]:
    """Return the exact form (`vietnamese.canon`) of each word."""
    return list(map(_exact.__getitem__, words))


def tokens(text: str) -> list[str]:
    """Return the folded words of `text` in order."""
    return folded(words_of(text))


def line(words: Iterable[str]) -> str:
    """Return words as a text in which each is found between spaces."""
    return f" {' '.join(words)} "


def pairs(words: Sequence[str]) -> list[str]:
    """Return each two neighbours as one term, `dien_bien`."""
    return [f"{first}_{second}" for first, second in pairwise(words)]


def exact_term(word: str) -> str:
    """Return the exact form of a word as a term, `=ddieen5`; "" for a word without marks."""
    return "" if word.isascii() else f"={_exact[word]}"


def mark(name: str, value: str) -> str:
    """Return what a document is marked with so that a filter finds it: `collection=dia-chi`."""
    return f"{name}={_NOT_IN_MARKS.sub('-', fold(value))}"[:MAX_HEAD]


def work_mark(work: int) -> str:
    """Return the mark that a work and its parts share."""
    return f"work={work}"


def work_fields(work: WorkText) -> dict[str, list[str]]:
    """Return the terms of a work, field by field (engine.py has the table)."""
    names = (*work.names, *work.subjects, *work.places)
    heads = [
        *_heads("work", work.title),
        *(head for one in work.names for head in _heads("person", one)),
        *(head for one in work.subjects for head in _heads("subject", one)),
        *(head for one in work.places for head in _heads("place", one)),
    ]
    title = _terms(work.title)
    of_names = [term for one in names for term in _terms(one)]
    return {
        "title": [*title, *_exact_terms(work.title)],
        "names": [*of_names, *(term for one in names for term in _exact_terms(one))],
        "about": [*title, *of_names, *_terms(work.body)],
        "heads": list(dict.fromkeys(heads)),
        "marks": [*work.marks, work_mark(work.work)],
    }


def part_fields(part: PartText) -> dict[str, list[str]]:
    """Return the terms of a part, field by field."""
    title = _terms(part.title)
    return {
        "heading": title,
        "text": [*title, *_terms(part.text)],
        "heads": _heads("part", part.title)[:1],
        "marks": [*part.marks, work_mark(part.work)],
    }


def head_beginning(kind: str, plain: str, *, is_turned: bool = False) -> str:
    """Return how the heads of a kind that begin with folded words begin.

    Args:
        is_turned: Those whose second or a later word begins so.
    """
    return f"{KINDS.index(kind)}{'+' if is_turned else ''}{plain}"


def spelling_of(head: str) -> str:
    """Return the words of a head as they are spelt."""
    return head.partition(APART)[2]


def _terms(text: str) -> list[str]:
    plain = tokens(text)
    return [*plain, *pairs(plain)]


def _exact_terms(text: str) -> list[str]:
    return [term for word in words_of(text) if (term := exact_term(word))]


def _heads(kind: str, words: str) -> list[str]:
    """Return `words` under their beginning and under that of each of their next words."""
    plain = tokens(words)
    spelt = " ".join(normalize(words).split())[:MAX_HEAD]
    return [
        head_beginning(kind, " ".join(plain[turn:])[:MAX_HEAD], is_turned=turn > 0) + APART + spelt
        for turn in range(min(len(plain), _TURNS))
    ]
