"""Where a count is kept: as fine as the people in it allow, and no count where they are few; pure.

Somebody who knows when a reader was here could otherwise read the works of that hour off a stolen
card, and who knows how often she came, her works off their counts. So for a work, and likewise a
form, collection, audience or language:

- a day is *shared* when SHARED phones met it that day (phones.py), else *quiet*;
- an hour of a shared day stands under its hour when K visits are in it, the rest of the day under
  the day by the same rule, and what is left, in full, under the month;
- the quiet days of a month leave one visit with it, however many they were, in which it was read
  once; all else of them goes to the others, "", so that sums stay exact.

How many came, searched, and read in all is kept as it is: who stands at the door can count that.
"""

from collections.abc import Callable, Iterable, Mapping

from content.usage.events import Family, Figures, Key, Metric, add, no_figures

K = 5
SHARED = 3
# Two already tell by whom: docs/measurements/usage.md.
QUIET_MOST = 1
OTHERS = ""
# What is told apart by value; of the rest, POINT is placed by K alone.
SPLIT = (Family.WORK, Family.FORM, Family.COLLECTION, Family.AUDIENCE, Family.LANGUAGE)
_EXACT = (Family.TRAFFIC, Family.OPEN, Family.UNMET)
DAY, MONTH = 10, 7

When = str  # 2026-11-25T14, 2026-11-25 or 2026-11
Line = str  # "" when the clock was proved, else the name of its line
Cell = tuple[When, Line, Key]
Cells = dict[Cell, Figures]
IsShared = Callable[[When, Key], bool]  # of a day and a key

# What a visit in which one part of one work was read once counts in.
_READ_ONCE = (
    Metric.VISITS,
    *list(Metric)[Metric.TOTAL_ITEM_INVESTIGATIONS : Metric.SECONDS_OPEN],
)


def place(open_cells: Mapping[Cell, Figures], is_shared: IsShared) -> Cells:
    """Return cells of hours, each as fine as it may be kept; figures sum to the same.

    Each quiet day leaves all its reads with its month: `merge` cuts them to what a month may have.
    """
    placed: Cells = {}
    days: Cells = {}

    def is_quiet(day: When, key: Key) -> bool:
        return key[0] in SPLIT and not is_shared(day, key)

    for (when, line, key), figures in open_cells.items():
        is_enough = figures[Metric.VISITS] >= K and not is_quiet(when[:DAY], key)
        if key[0] in _EXACT or is_enough:
            put(placed, (when, line, key), figures)
        else:
            put(days, (when[:DAY], line, key), figures)
    for (day, line, key), figures in days.items():
        month = (day[:MONTH], line, key)
        if is_quiet(day, key):
            _put_quiet(placed, month, figures)
        else:
            put(placed, (day, line, key) if figures[Metric.VISITS] >= K else month, figures)
    return placed


def merge(*parts: Mapping[Cell, Figures]) -> Cells:
    """Return the sum of several sets of cells, with no more quiet visits than a month may have."""
    whole: Cells = {}
    for part in parts:
        for cell, figures in part.items():
            put(whole, cell, figures)
    for cell, figures in list(whole.items()):
        surplus = figures[Metric.QUIET_VISITS] - QUIET_MOST
        if surplus > 0:
            figures[Metric.QUIET_VISITS] = QUIET_MOST
            add(figures, _reads(-surplus))
            put(whole, _others(cell), _reads(surplus))
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


def _put_quiet(cells: Cells, month: Cell, figures: Figures) -> None:
    """Put what was read on a quiet day to its month, and all else to the others."""
    reads = min(figures[metric] for metric in _READ_ONCE)
    if reads and month[2][1] != OTHERS:
        figures = figures.copy()
        add(figures, _reads(-reads))
        put(cells, month, _reads(reads))
        cells[month][Metric.QUIET_VISITS] += reads
    put(cells, _others(month), figures)


def _reads(count: int) -> Figures:
    """Return the figures of so many visits, in each of which one part of a work was read once."""
    figures = no_figures()
    for metric in _READ_ONCE:
        figures[metric] = count
    return figures


def _others(cell: Cell) -> Cell:
    when, line, (family, _, surface, machine) = cell
    return when, line, (family, OTHERS, surface, machine)
