"""Lines of a page to paragraphs: prose is joined, verse keeps its lines; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from content.vietnamese import normalize

# A line shorter than this share of the widest ends its paragraph.
_SHORT = 0.82
# Verse: so many lines begin with a capital, and so few are as wide as the page.
_CAPITALS = 0.75


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page.

    Args:
        left, right, top, bottom: In ten-thousandths of the page, y from the top.
    """

    text: str
    left: int
    right: int
    top: int
    bottom: int


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
    widest = max(line.right for line in block) - min(line.left for line in block)
    found, open_words = [], ""
    for line in block:
        text = _spaced(line.text)
        if open_words.endswith("-") and text[:1].islower():
            open_words = open_words[:-1] + text
        else:
            open_words = f"{open_words} {text}".strip()
        if line.right - min(one.left for one in block) < widest * _SHORT:
            found.append(open_words)
            open_words = ""
    return [*found, open_words] if open_words else found


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
