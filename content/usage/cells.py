"""Where a count is kept: by the hour when enough people are in it, else coarser; pure.

Somebody who knows when a reader was here could otherwise read the works of that hour off a stolen
card. So a cell of a work (or form, collection ...) stands under its hour only when at least K
visits are in it; the rest of a day under the day by the same rule; what is left under the month.
How many came and searched is kept by the hour as it is: whoever stands at the door can count that.
"""

from collections.abc import Iterable, Mapping

from content.usage.events import Family, Figures, Key, Metric, add

K = 5
_EXACT = (Family.TRAFFIC, Family.OPEN, Family.UNMET)
DAY, MONTH = 10, 7

When = str  # 2026-11-25T14, 2026-11-25 or 2026-11
Line = str  # "" when the clock was proved, else the name of its line
Cell = tuple[When, Line, Key]
Cells = dict[Cell, Figures]


def place(open_cells: Mapping[Cell, Figures]) -> Cells:
    """Return cells of hours, each as fine as it may be kept; figures sum to the same."""
    placed: Cells = {}
    days: Cells = {}
    for (when, line, key), figures in open_cells.items():
        if key[0] in _EXACT or figures[Metric.VISITS] >= K:
            put(placed, (when, line, key), figures)
        else:
            put(days, (when[:DAY], line, key), figures)
    for (when, line, key), figures in days.items():
        enough = figures[Metric.VISITS] >= K
        put(placed, (when if enough else when[:MONTH], line, key), figures)
    return placed


def merge(*parts: Mapping[Cell, Figures]) -> Cells:
    """Return the sum of several sets of cells."""
    whole: Cells = {}
    for part in parts:
        for cell, figures in part.items():
            put(whole, cell, figures)
    return whole


def put(cells: Cells, cell: Cell, figures: Figures) -> None:
    """Add figures to a cell."""
    found = cells.get(cell)
    if found is None:
        cells[cell] = figures.copy()
    else:
        add(found, figures)


def latest(cells: Iterable[Cell]) -> When:
    """Return the newest hour, day or month of cells; "" for none."""
    return max((when for when, _, _ in cells), default="")
