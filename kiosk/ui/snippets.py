"""Found words become `<mark>`, in snippets, in pages, and as boxes over pictures of pages; pure.

Everything else is escaped, or was made safe before. What counts as found is decided in one place,
content/search/snippet.py, so that a page shows the words that its snippet showed.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from content.search.analysis import WORD, folded_word
from content.search.query import words_in
from content.search.snippet import MARK_END, MARK_START, found_places

MAX_BOXES = 20_000
# Word boxes are in ten-thousandths of the page (docs/reference/archive-format.md).
PAGE_SIDE = 10_000
FOUND_ID = "found"
_MARKED = re.compile(f"{MARK_START}([^{MARK_END}]*){MARK_END}")
# A line may be a paragraph of its own, so a mark does not go on after it.
_SPACES = " \u00a0"
# A tag, whose attributes may hold ">", or a character reference: no words of the text.
_NO_WORDS = re.compile(r'<(?:[^>"]|"[^"]*")*>|&[#\w]+;')


@dataclass(frozen=True, slots=True)
class Box:
    """Where a found word stands on the picture of a page, in ten-thousandths of its sides."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    plain: str


def mark(snippet: str) -> Markup:
    """Return a snippet as HTML; its marks are `chr(2)` and `chr(3)`."""
    safe = str(escape(snippet))
    return Markup(safe.replace(MARK_START, "<mark>").replace(MARK_END, "</mark>"))  # noqa: S704


def words_to_mark(asked: str, snippet: str) -> str:
    """Return the words that a page is to mark: those asked for, or what its snippet marks.

    A snippet marks other words when a page says the same otherwise (a synonym, a number in words).
    """
    shown = " ".join(_MARKED.findall(snippet))
    known = set(words_in(asked).plain)
    return asked if set(words_in(shown).plain) <= known else shown


def mark_text(text: str, words: str) -> Markup:
    """Return plain text as HTML with the found words marked; the first mark is `#found`."""
    return mark_html(str(escape(text)), words)


def mark_html(html: str, words: str) -> Markup:
    """Return safe HTML with the found words marked; the first mark has the id `found`.

    Args:
        html: Markup that nh3 has written, or escaped text: attributes stand in double quotes.
    """
    found = list(_words_of(html))
    hits = found_places([one.plain for one in found], (words_in(words),))
    out = []
    at = 0
    for number, (start, end) in enumerate(_runs(html, found, sorted(hits))):
        opening = f'<mark id="{FOUND_ID}">' if number == 0 else "<mark>"
        out += [html[at:start], opening, html[start:end], "</mark>"]
        at = end
    out.append(html[at:])
    return Markup("".join(out))  # noqa: S704 -- only marks were added


def boxes(data: bytes, words: str) -> tuple[Box, ...]:
    """Return where found words stand on a page; nothing for word boxes that cannot be read.

    Args:
        data: Word boxes as archives hold them; an archive may be hostile.
    """
    try:
        rows = json.loads(data)["words"][:MAX_BOXES]
        read = [(_box(row[:4]), str(row[4])) for row in rows]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return ()
    plain = [folded_word("".join(WORD.findall(word.lower()))) for _, word in read]
    hits = found_places(plain, (words_in(words),))
    return tuple(read[place][0] for place in sorted(hits))


def _box(numbers: Sequence[object]) -> Box:
    x, y, width, height = (min(max(int(str(one)), 0), PAGE_SIDE) for one in numbers)
    return Box(x, y, width, height)


def _words_of(html: str) -> Iterator[_Word]:
    at = 0
    for gap in (*_NO_WORDS.finditer(html), None):
        end = len(html) if gap is None else gap.start()
        for word in WORD.finditer(html, at, end):
            yield _Word(word.start(), word.end(), folded_word(word[0].lower()))
        at = end if gap is None else gap.end()


def _runs(html: str, found: Sequence[_Word], hits: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield start and end of found words, those as one that only spaces keep apart."""
    start = end = -1
    for place in hits:
        word = found[place]
        if end >= 0 and html[end : word.start].strip(_SPACES) == "":
            end = word.end
            continue
        if end >= 0:
            yield start, end
        start, end = word.start, word.end
    if end >= 0:
        yield start, end
