"""The text layer of a PDF page: words with their boxes, lines, paragraphs.

Boxes are in ten-thousandths of the page as it is shown, its rotation included.
"""

import ctypes
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from content.builder.paragraphs import Line, paragraphs
from content.builder.spool import WordBox
from content.vietnamese import normalize

UNIT = 10_000
# A page of a telephone book has 20,000 letters; more is no page to read.
MAX_LETTERS = 100_000


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


def read_page_text(page: pdfium.PdfPage) -> PageText:
    """Return the text layer of a page; empty when it has none worth reading."""
    layer = page.get_textpage()
    try:
        count = min(layer.count_chars(), MAX_LETTERS)
        boxes = [_letter(page, layer, number) for number in range(count)]
    finally:
        layer.close()
    words = _words(boxes)
    if not any(any(letter.isalnum() for letter in one.word) for one in words):
        return PageText()
    return PageText("\n".join(paragraphs(_lines(boxes))), tuple(words))


@dataclass(frozen=True, slots=True)
class _Letter:
    letter: str
    left: int
    top: int
    right: int
    bottom: int


def _letter(page: pdfium.PdfPage, layer: pdfium.PdfTextPage, number: int) -> _Letter:
    code = pdfium_c.FPDFText_GetUnicode(layer, number)
    letter = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
    left, bottom, right, top = layer.get_charbox(number, loose=False)
    first, second = _shown(page, left, top), _shown(page, right, bottom)
    return _Letter(
        letter,
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[0], second[0]),
        max(first[1], second[1]),
    )


def _shown(page: pdfium.PdfPage, x: float, y: float) -> tuple[int, int]:
    """Return a point of the page as it is shown, in `UNIT`ths, y from the top."""
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page, 0, 0, UNIT, UNIT, 0, x, y, across, down)
    return max(0, min(UNIT, across.value)), max(0, min(UNIT, down.value))


def _words(letters: list[_Letter]) -> list[WordBox]:
    found: list[WordBox] = []
    group: list[_Letter] = []
    for one in [*letters, _Letter(" ", 0, 0, 0, 0)]:
        if not one.letter.isspace() and one.letter != "\ufffe":
            group.append(one)
        elif group:
            found.append(_box(group))
            group = []
    return found


def _box(letters: list[_Letter]) -> WordBox:
    left, top = min(one.left for one in letters), min(one.top for one in letters)
    right, bottom = max(one.right for one in letters), max(one.bottom for one in letters)
    word = normalize("".join(one.letter for one in letters))
    return WordBox(left, top, right - left, bottom - top, word)


def _lines(letters: list[_Letter]) -> list[Line]:
    lines: list[Line] = []
    group: list[_Letter] = []
    for one in [*letters, _Letter("\n", 0, 0, 0, 0)]:
        if one.letter not in "\r\n":
            group.append(one)
        elif seen := [each for each in group if not each.letter.isspace()]:
            text = "".join("-" if each.letter == "\ufffe" else each.letter for each in group)
            left, right = min(each.left for each in seen), max(each.right for each in seen)
            top, bottom = min(each.top for each in seen), max(each.bottom for each in seen)
            lines.append(Line(text, left, right, top, bottom))
            group = []
        else:
            group = []
    return lines
