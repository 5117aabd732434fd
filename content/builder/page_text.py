"""The text layer of a PDF page: words with their boxes, lines, paragraphs.

Boxes are in ten-thousandths of the page as it is shown, its rotation included.
"""

import ctypes
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from content.builder.legacy_font import read_legacy
from content.builder.paragraphs import line_of, paragraphs
from content.builder.spool import WordBox
from content.vietnamese import normalize

UNIT = 10_000
# A page of a telephone book has 20,000 letters; more is no page to read.
MAX_LETTERS = 100_000
# A text layer says nothing when so many of its signs are none: fonts without a table of letters.
_UNKNOWN_SHARE = 0.3
# What pdfium gives for a hyphen at the end of a line.
_HYPHENS = {"\ufffe", "\x02"}
_SOFT_HYPHEN = "\xad"


@dataclass(frozen=True, slots=True)
class PageText:
    """What a page says.

    Args:
        text: NFC, one paragraph a line.
        turned: Degrees clockwise by which the page must be turned to stand upright.
    """

    text: str = ""
    words: tuple[WordBox, ...] = ()
    turned: int = 0


@dataclass(frozen=True, slots=True)
class _Letter:
    letter: str
    left: int
    top: int
    right: int
    bottom: int


def read_page_text(page: pdfium.PdfPage) -> PageText:
    """Return the text layer of a page; empty when it has none worth reading."""
    layer = page.get_textpage()
    try:
        letters = _letters(page, layer)
    finally:
        layer.close()
    seen = [one.letter for one in letters if not one.letter.isspace()]
    if not any(one.isalnum() for one in seen):
        return PageText()
    if sum(one == "\ufffd" for one in seen) > len(seen) * _UNKNOWN_SHARE:
        return PageText()
    lines = _meant([_words(line) for line in _split(letters, _ends_line)])
    text = "\n".join(paragraphs([line_of(words) for words in lines if words]))
    return PageText(text, tuple(word for words in lines for word in words))


def clean(text: str) -> str:
    """Return text on one line: NFC, single spaces, no control or private signs."""
    shown = "".join(" " if _is_hidden(letter) else letter for letter in text)
    return " ".join(normalize(shown).split())


def _letters(page: pdfium.PdfPage, layer: pdfium.PdfTextPage) -> list[_Letter]:
    count = min(layer.count_chars(), MAX_LETTERS)
    shown = _projection(page)
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    found = []
    for number in range(count):
        letter = _sign(pdfium_c.FPDFText_GetUnicode(layer, number))
        pdfium_c.FPDFText_GetCharBox(layer, number, left, right, bottom, top)
        first, second = shown(left.value, top.value), shown(right.value, bottom.value)
        found.append(
            _Letter(
                letter,
                min(first[0], second[0]),
                min(first[1], second[1]),
                max(first[0], second[0]),
                max(first[1], second[1]),
            )
        )
    return found


def _sign(code: int) -> str:
    """Return the sign of a code; what cannot be shown is a space, what is unknown U+FFFD."""
    if not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
        return " "
    # A font of signs keeps its letters here, 0xF000 above (.VnTime is one at times).
    letter = chr(code - 0xF000 if 0xF020 <= code <= 0xF0FF else code)
    if letter in _HYPHENS or letter in "\r\n":
        return letter
    if 0xE000 <= ord(letter) < 0xF900:
        return "\ufffd"
    return " " if _is_hidden(letter) else letter


def _is_hidden(letter: str) -> bool:
    return letter != _SOFT_HYPHEN and unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _projection(page: pdfium.PdfPage) -> Callable[[float, float], tuple[int, int]]:
    """Return what brings a point of the page to where it is shown, in `UNIT`ths from the top left.

    The page's own rotation and crop are in it. It is linear: three points fix it, taken far apart
    because pdfium answers in whole numbers.
    """
    scale, far = 1000, 1000.0
    across, down = ctypes.c_int(), ctypes.c_int()

    def place(x: float, y: float) -> tuple[int, int]:
        size = UNIT * scale
        pdfium_c.FPDF_PageToDevice(page, 0, 0, size, size, 0, x, y, across, down)
        return across.value, down.value

    start, right, top = place(0, 0), place(far, 0), place(0, far)
    matrix = [
        ((right[axis] - start[axis]) / far, (top[axis] - start[axis]) / far, start[axis])
        for axis in (0, 1)
    ]

    def shown(x: float, y: float) -> tuple[int, int]:
        first, second = ((a * x + b * y + c) / scale for a, b, c in matrix)
        return round(max(0.0, min(UNIT, first))), round(max(0.0, min(UNIT, second)))

    return shown


def _ends_line(one: _Letter) -> bool:
    return one.letter in "\r\n"


def _ends_word(one: _Letter) -> bool:
    return one.letter.isspace()


def _split(letters: Sequence[_Letter], ends: Callable[[_Letter], bool]) -> list[list[_Letter]]:
    groups: list[list[_Letter]] = [[]]
    for one in letters:
        if ends(one):
            groups.append([])
        else:
            groups[-1].append(one)
            # The hyphen that pdfium found at the end of a line stands for the line's end too.
            if one.letter in _HYPHENS and ends is _ends_line:
                groups.append([])
    return [group for group in groups if group]


def _meant(lines: Sequence[list[WordBox]]) -> list[list[WordBox]]:
    """Return the lines with words of old fonts read as they look."""
    words = read_legacy([one.word for line in lines for one in line])
    meant = iter(words)
    return [[replace(one, word=next(meant)) for one in line] for line in lines]


def _words(line: Sequence[_Letter]) -> list[WordBox]:
    return [_box(group) for group in _split(line, _ends_word)]


def _box(letters: Sequence[_Letter]) -> WordBox:
    left, top = min(one.left for one in letters), min(one.top for one in letters)
    right, bottom = max(one.right for one in letters), max(one.bottom for one in letters)
    word = "".join("-" if one.letter in _HYPHENS else one.letter for one in letters)
    return WordBox(left, top, right - left, bottom - top, normalize(word))
