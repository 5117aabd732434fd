"""What tesseract writes as TSV (tesseract(1), `tsv`), to words, boxes and paragraphs; pure.

Columns: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
Level 1 is the page, level 5 a word; measures are pixels, confidence is 0 to 100.
"""

from dataclasses import dataclass

from content.builder.page_text import UNIT, clean
from content.builder.paragraphs import line_of, paragraphs
from content.builder.spool import WordBox

_COLUMNS = 12
# A word of so many letters is wider than high, unless it runs down the page.
_LONG_WORD = 3
# A word below this says nothing about which side of the page is up.
_SURE = 60.0


@dataclass(frozen=True, slots=True)
class Table:
    """A recognised page.

    Args:
        text: NFC, one paragraph a line.
        words: In reading order.
        sure: Letters of sure words, each weighted by its confidence.
        confidence: Mean over the words, 0 to 100; 0 when the lines run up or down the page, which
            tesseract reads as well as others.
    """

    text: str
    words: tuple[WordBox, ...]
    sure: float
    confidence: float


def read_table(content: str) -> Table:
    """Return what the table says; a line that is not as it should be is passed over."""
    width = height = 1
    lines: dict[tuple[str, ...], list[WordBox]] = {}
    sure, total, count, level = 0.0, 0.0, 0, 0
    for row in content.split("\n"):
        cells = row.rstrip("\r").split("\t", _COLUMNS - 1)
        if len(cells) < _COLUMNS or not cells[0].isdigit():
            continue
        left, top, across, down = (int(cell) for cell in cells[6:10])
        if cells[0] == "1":
            width, height = max(1, across), max(1, down)
        word = clean(cells[11]).replace(" ", "")
        if cells[0] != "5" or not _is_word(word):
            continue
        confidence = float(cells[10])
        total, count = total + confidence, count + 1
        sure += confidence * len(word) if confidence > _SURE else 0
        if len(word) >= _LONG_WORD:
            level += 1 if across > down else -1
        box = WordBox(
            left * UNIT // width,
            top * UNIT // height,
            across * UNIT // width,
            down * UNIT // height,
            word,
        )
        lines.setdefault(tuple(cells[1:5]), []).append(box)
    text = "\n".join(paragraphs([line_of(boxes) for boxes in lines.values()]))
    words = tuple(box for boxes in lines.values() for box in boxes)
    if level < 0 or not count:
        return Table(text, words, 0.0, 0.0)
    return Table(text, words, sure, total / count)


def _is_word(word: str) -> bool:
    """Return whether it is more than the ruling of a table that was read as a sign."""
    return bool(word.strip("|¦_—"))
