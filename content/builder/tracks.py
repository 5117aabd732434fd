"""Names, order and borders of tracks; functions of values, no I/O."""

import re
from collections.abc import Sequence
from dataclasses import replace

from content.builder.probe import Chapter
from content.vietnamese import fold, normalize

# Chapters may leave this much between them before it counts as a gap.
_GAP_S = 1.0
_GENERIC = re.compile(r"(?:(?:chapter|track|part|audio ?track|untitled)\W*)?0*(\d{0,5})")
_NUMBERED = re.compile(r"\d{1,4}\s*[-–.:_)\]]+\s*(?=\S)|0\d{0,3}\s+(?=\w)")


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key in which `Phần 2` stands before `Phần 10`, composed or decomposed."""
    pieces = re.findall(r"\d+|\D+", fold(normalize(name)))
    return tuple(
        (0, int(one[:30]), "") if one[0].isdecimal() and one.isascii() else (1, 0, one)
        for one in pieces
    )


def tidy_title(stated: str, number: int, language: str = "") -> str:
    """Return the name a track goes by: `Phần 3` for `Chapter 3`, `track03`, `003` or nothing.

    Args:
        number: Its place, used where the name holds no number.
        language: Names in other languages than Vietnamese keep their `Chapter 3`.
    """
    title = re.sub(r"[\s_]+", " ", normalize(stated)).strip()
    word = "Phần" if not language or language.startswith("vi") else "Part"
    generic = _GENERIC.fullmatch(_plain(stated))
    if generic is None:
        return title[:300]
    if title and word != "Phần" and not title.isdecimal():
        return title
    return f"{word} {generic[1] or number}"


def is_generic(stated: str) -> bool:
    """Return whether a name says no more than a number: `Chapter 3`, `track03`, `003`, nothing."""
    return _GENERIC.fullmatch(_plain(stated)) is not None


def without_number(stem: str) -> str:
    """Return a file's name without the number that orders it: `Phần 1` of `01 - Phần 1`."""
    return _NUMBERED.sub("", normalize(stem), count=1)


def tidy_chapters(
    stated: Sequence[Chapter], duration_s: float
) -> tuple[list[Chapter], tuple[str, ...]]:
    """Return chapters that follow each other from 0 to the end, and what was changed for that.

    Empty ones and those behind the end are left out; each reaches to the start of the next, so that
    no sound lies between chapters where nobody can find it.
    """
    end_s = duration_s or max((one.end_s for one in stated), default=0.0)
    usable = [one for one in stated if one.start_s < min(one.end_s, end_s - 0.05)]
    # Two that start together: the longer one stays.
    by_start = {round(one.start_s, 1): one for one in usable}
    kept = sorted(by_start.values(), key=lambda one: one.start_s)
    notes = []
    if len(kept) < len(stated):
        notes.append(f"{len(stated) - len(kept)} chapters were empty, double, or behind the end")
    borders = [0.0, *(one.start_s for one in kept[1:]), end_s]
    chapters = [
        replace(one, start_s=start, end_s=end)
        for one, start, end in zip(kept, borders, borders[1:], strict=False)
    ]
    moved = sum(
        abs(old.start_s - new.start_s) > _GAP_S or abs(old.end_s - new.end_s) > _GAP_S
        for old, new in zip(kept, chapters, strict=True)
    )
    if moved:
        notes.append(f"{moved} chapters overlapped or left a gap; each now ends where the next is")
    return chapters, tuple(notes)


def _plain(stated: str) -> str:
    return fold(re.sub(r"[\s_]+", " ", normalize(stated)).strip(" -–."))
