"""Search inside one work: which parts hold the words, and where they stand on a page.

Accents and case are forgiven. Parts that hold the words side by side are found; only where none
does, those that hold all of them somewhere. Functions of texts, no I/O.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from content.vietnamese import fold

_WORD = re.compile(r"[^\W_]+")
# The marks of kiosk.ui.snippets.
_START, _END = "\x02", "\x03"
MAX_WORDS = 12
MAX_BOXES = 500
AROUND = 70  # letters of a text shown before and after what was found
WHOLE = 10_000  # word boxes are in ten-thousandths (docs/reference/archive-format.md)


@dataclass(frozen=True, slots=True)
class Found:
    """A part that holds the words.

    Args:
        number: Number of the part, from 1.
        snippet: Text around the first place, found words between `chr(2)` and `chr(3)`.
        count: How often the words stand side by side there; 0 when they stand apart.
    """

    number: int
    snippet: str
    count: int


@dataclass(frozen=True, slots=True)
class Box:
    """Where a word stands on a page, in ten-thousandths of its width and height, y from the top."""

    x: int
    y: int
    width: int
    height: int


def wanted_words(query: str) -> tuple[str, ...]:
    """Return the folded words of a query, at most `MAX_WORDS`."""
    return tuple(_WORD.findall(fold(query)))[:MAX_WORDS]


def find_inside(texts: Iterable[tuple[int, str]], query: str) -> tuple[Found, ...]:
    """Return the parts in which a query is found, in reading order.

    Args:
        texts: Number and plain text of each part; read one at a time.
    """
    wanted = wanted_words(query)
    if not wanted:
        return ()
    together = re.compile(r"\b" + r"[\W_]+".join(map(re.escape, wanted)) + r"\b")
    side_by_side, apart = [], []
    for number, text in texts:
        plain = fold(text)
        count = sum(1 for _ in together.finditer(plain))
        if count:
            side_by_side.append(Found(number, _snippet(text, wanted, together=True), count))
        elif not side_by_side and len(wanted) > 1 and set(wanted) <= set(_WORD.findall(plain)):
            apart.append(Found(number, _snippet(text, wanted, together=False), 0))
    return tuple(side_by_side or apart)


def boxes(words_json: bytes, query: str) -> tuple[Box, ...]:
    """Return where the words of a query stand on a page, at most `MAX_BOXES`; none for bad data.

    Args:
        words_json: The word boxes of a page as its archive holds them.
    """
    wanted = wanted_words(query)
    words = _boxed_words(words_json)
    if not wanted or not words:
        return ()
    # A box may hold "bản," or "văn-hóa": each of its words keeps the box.
    flat = [(plain, box) for word, box in words for plain in _WORD.findall(fold(word))]
    kept = _places([plain for plain, _ in flat], wanted)
    return tuple(dict.fromkeys(flat[place][1] for place in kept))[:MAX_BOXES]


def _places(plain: Sequence[str], wanted: tuple[str, ...]) -> list[int]:
    """Return the places of `wanted` side by side, or of each of its words when nowhere so."""
    length = len(wanted)
    starts = [at for at in range(len(plain)) if tuple(plain[at : at + length]) == wanted]
    if starts:
        return [at + step for at in starts for step in range(length)]
    return [at for at, word in enumerate(plain) if word in wanted]


def _snippet(text: str, wanted: tuple[str, ...], *, together: bool) -> str:
    spans = [(one.start(), one.end()) for one in _WORD.finditer(text)]
    plain = [fold(text[start:end]) for start, end in spans]
    hits = _places(plain, wanted)
    if not hits:  # a word whose folded form is several
        return text[: 2 * AROUND].strip()
    shown = hits[: len(wanted)] if together else hits[:1]
    first, last = spans[shown[0]][0], spans[shown[-1]][1]
    start = _word_border(max(0, first - AROUND), spans)
    end = min(len(text), last + AROUND)
    parts, at = [], start
    for hit in hits:
        begin, stop = spans[hit]
        if begin >= at and stop <= end:
            parts += [text[at:begin], _START, text[begin:stop], _END]
            at = stop
    parts.append(text[at:end])
    words = " ".join("".join(parts).split())
    return ("… " if start else "") + words + (" …" if end < len(text) else "")


def _word_border(place: int, spans: list[tuple[int, int]]) -> int:
    """Return the start of the first word at or after `place`; 0 at the start of the text."""
    if place == 0:
        return 0
    return next((start for start, _ in spans if start >= place), place)


def _boxed_words(words_json: bytes) -> list[tuple[str, Box]]:
    """Return words with their boxes; an archive is not trusted, what is no box is left out."""
    try:
        data = json.loads(words_json)
    except (ValueError, RecursionError):
        return []
    words = data.get("words") if isinstance(data, dict) else None
    if not isinstance(words, list):
        return []
    return [(one[4], Box(*one[:4])) for one in words if _is_box(one)]


def _is_box(one: Any) -> bool:
    return (
        isinstance(one, list)
        and len(one) == 5
        and isinstance(one[4], str)
        and all(type(number) is int and 0 <= number <= WHOLE for number in one[:4])
    )
