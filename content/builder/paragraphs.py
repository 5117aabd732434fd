"""Lines of a page to paragraphs: prose is joined, verse and rows of a table keep their lines; pure.

Measures are in ten-thousandths of the page's width and height, y from the top.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from content.builder.spool import WordBox
from content.vietnamese import is_syllable, normalize

# A line shorter than this share of the widest ends its paragraph.
_SHORT = 0.82
# Verse: so many lines begin with a capital, and so few are as wide as the page.
_CAPITALS = 0.75
# A first line stands so much further in than the lines around it.
_INDENT = 180
# What begins a paragraph wherever it stands: speech, a list, an article of a law.
_OPENER = re.compile(
    r"[-–—•*+·]\s*\w|(\d{1,3}[.)]|[a-zđ]\))\s|(chương|mục|điều|bài)\s+[\divxlc]+[.:]", re.IGNORECASE
)
# Words so many line heights apart stand in two cells of a table; a page is 1.4 times as high as
# wide, so its units of height are longer.
_CELL_GAP = 2.0 * 1.4


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page.

    Args:
        row: Whether its words stand in the cells of a table.
    """

    text: str
    left: int
    right: int
    top: int
    bottom: int
    row: bool = False


def line_of(words: Sequence[WordBox]) -> Line:
    """Return the line that the words (at least one, in order) stand on."""
    top, bottom = min(one.y for one in words), max(one.y + one.height for one in words)
    gap = max((after.x - before.x - before.width for before, after in pairwise(words)), default=0)
    height = sorted(one.height for one in words)[len(words) // 2]
    return Line(
        " ".join(one.word for one in words),
        min(one.x for one in words),
        max(one.x + one.width for one in words),
        top,
        bottom,
        gap > max(1, height) * _CELL_GAP,
    )


def paragraphs(lines: Sequence[Line]) -> list[str]:
    """Return the paragraphs of a page, NFC, in the order of its lines."""
    blocks: list[list[Line]] = []
    for line in lines:
        if not line.text.strip():
            continue
        if blocks and not _begins_block(blocks[-1][-1], line):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    found = []
    for block in blocks:
        found += _verse(block) if _is_verse(block) else _prose(block)
    return [normalize(one) for one in found]


def _begins_block(before: Line, line: Line) -> bool:
    """Return whether a gap or a jump (another column) lies between two lines."""
    height = max(1, before.bottom - before.top, line.bottom - line.top)
    gap = line.top - before.bottom
    return gap > height * 1.1 or gap < -height * 3


def _is_verse(block: Sequence[Line]) -> bool:
    if len(block) < 2:
        return False
    capitals = sum(line.text.strip()[:1].isupper() for line in block)
    widest = max(line.right - line.left for line in block)
    return capitals >= len(block) * _CAPITALS and widest < 7500


def _verse(block: Sequence[Line]) -> list[str]:
    return [_spaced(line.text) for line in block]


def _prose(block: Sequence[Line]) -> list[str]:
    left = min(line.left for line in block)
    widest = max(line.right for line in block) - left
    found: list[str] = []
    ended = True
    for number, line in enumerate(block):
        text = _spaced(line.text)
        if ended or line.row or _OPENER.match(text) or _is_indented(block, number):
            found.append(text)
        else:
            found[-1] = _joined(found[-1], text)
        ended = line.row or line.right - left < widest * _SHORT
    return found


def _is_indented(block: Sequence[Line], number: int) -> bool:
    left = block[number].left
    after = block[number + 1].left if number + 1 < len(block) else block[number - 1].left
    return left - block[number - 1].left > _INDENT and left - after > _INDENT


def _joined(before: str, after: str) -> str:
    """Return two lines as one; a word torn at its hyphen is whole, `văn-hóa` keeps its own."""
    if not before.endswith("-") or not after[:1].islower():
        return f"{before} {after}"
    first, second = before[:-1].rsplit(" ", 1)[-1], re.split(r"[\s,.;:!?-]", after, maxsplit=1)[0]
    own = is_syllable(first) and is_syllable(second) and not (first + second).isascii()
    return before + after if own else before[:-1] + after


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
