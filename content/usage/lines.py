"""Cells of one run of the machine: moved when its clock becomes right, and left when it is over."""

from content.usage.cells import MONTH, Cells, merge, put
from content.usage.events import Family
from content.usage.timeline import PROVED, shifted

# The line of all runs that never knew the time.
UNPROVED = "?"


def moved(cells: Cells, line: str, seconds: float, to: str) -> Cells:
    """Return cells, those of a line moved in time and onto another line.

    What stands under a month goes where the first visit of that month on this line goes.
    """
    first: dict[str, str] = {}
    for when, on, key in cells:
        if on == line and key[0] == Family.TRAFFIC:
            month = when[:MONTH]
            first[month] = min(when, first.get(month, when))
    there: Cells = {}
    for (when, on, key), figures in cells.items():
        if on == line:
            goes = shifted(first.get(when, when), seconds)[: len(when)]
            put(there, (goes, to, key), figures)
        else:
            put(there, (when, on, key), figures)
    return merge(there)


def left(cells: Cells, line: str) -> Cells:
    """Return cells, those of all runs but the one of a line taken together: they never move again.

    Else they would tell what was read between two starts.
    """
    there: Cells = {}
    for (when, on, key), figures in cells.items():
        put(there, (when, on if on in {PROVED, line} else UNPROVED, key), figures)
    return merge(there)
