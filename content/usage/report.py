"""Figures of a point in a period, ready to be shown; pure. Terms are those of TCVN 12843:2019."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from content.usage.cells import DAY, MONTH, Cells, K
from content.usage.events import Family, Figures, Metric, Work, add, no_figures
from content.usage.periods import Period

SPLIT_BY = (Family.FORM, Family.COLLECTION, Family.AUDIENCE, Family.LANGUAGE)
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Report:
    """What happened in a period.

    Args:
        traffic: Visits, visitors of each day, searches; exact.
        point: Requests and investigations of all works.
        split: Family -> value -> figures, told apart by the rule of works; "" is all others.
        works: Each of K visits or more, most requested first, then the others as one work "": who
            asked every minute would see who reads what. Figures may be the least (`is_least`).
        hours: Visits that began in each hour of the day.
        days: Visits, searches and seconds open of each day; a day the box was off is absent.
        surfaces: Visits by phone, touch screen, staff.
        unmet: Folded words that nothing was found for, with the visits that asked.
        only_by_month: Requests in these months of which only the month is known; they are not in
            `point` when the period holds no whole month.
        unproved: Visits counted while nobody vouched for the clock.
    """

    period: Period
    traffic: Figures
    point: Figures
    split: Mapping[str, Mapping[str, Figures]]
    works: tuple[tuple[Work, Figures], ...]
    hours: tuple[int, ...]
    days: Mapping[date, Figures]
    surfaces: Mapping[str, int]
    unmet: tuple[tuple[str, int], ...]
    only_by_month: int = 0
    unproved: int = 0

    @property
    def seconds_open(self) -> int:
        """How long the point was open to readers."""
        return sum(one[Metric.SECONDS_OPEN] for one in self.days.values())

    @property
    def dropped(self) -> int:
        """Requests that could not be counted."""
        return sum(one[Metric.DROPPED] for one in self.days.values())


def report(cells: Cells, works: Mapping[str, Work], asked: Period) -> Report:
    """Return the report of a period.

    Args:
        cells: At least those that touch it.
    """
    sums: dict[tuple[str, str], Figures] = defaultdict(no_figures)
    days: dict[date, Figures] = defaultdict(no_figures)
    surfaces: dict[str, int] = defaultdict(int)
    hours = [0] * 24
    only_by_month = unproved = 0
    for (when, line, key), figures in cells.items():
        family, value, surface, _ = key
        if not _is_in(when, asked):
            if len(when) == MONTH and family == Family.POINT and when in asked.months():
                only_by_month += figures[Metric.TOTAL_ITEM_REQUESTS]
            continue
        add(sums[family, value], figures)
        if family in {Family.TRAFFIC, Family.OPEN} and len(when) >= DAY:
            add(days[date.fromisoformat(when[:DAY])], figures)
        if family == Family.TRAFFIC:
            surfaces[surface] += figures[Metric.VISITS]
            unproved += figures[Metric.VISITS] if line else 0
            if len(when) > DAY:
                hours[int(when[DAY + 1 :])] += figures[Metric.VISITS]
    return Report(
        asked,
        sums[Family.TRAFFIC, ""],
        sums[Family.POINT, ""],
        {one: _told(_values(sums, one)) for one in SPLIT_BY},
        tuple(
            (works.get(name) or Work(name, name), one)
            for name, one in _told(_values(sums, Family.WORK)).items()
        ),
        tuple(hours),
        dict(sorted(days.items())),
        dict(sorted(surfaces.items())),
        tuple(
            sorted(
                ((words, one[0]) for words, one in _values(sums, Family.UNMET).items()),
                key=lambda one: (-one[1], one[0]),
            )
        ),
        only_by_month,
        unproved,
    )


def is_least(figures: Figures) -> bool:
    """Return whether there may have been more: quiet days are in it, once a month (cells.py)."""
    return figures[Metric.QUIET_VISITS] > 0


def per_year(count: int, asked: Period) -> float:
    """Return what a count of a period would be in a whole year."""
    return count * YEAR_DAYS / asked.days


def _is_in(when: str, asked: Period) -> bool:
    if len(when) == MONTH:
        return asked.holds_month(when)
    return asked.first.isoformat() <= when[:DAY] <= asked.last.isoformat()


def _values(sums: Mapping[tuple[str, str], Figures], family: str) -> dict[str, Figures]:
    found = [(value, one) for (kind, value), one in sums.items() if kind == family]
    found.sort(
        key=lambda one: (
            -one[1][Metric.TOTAL_ITEM_REQUESTS],
            -one[1][Metric.TOTAL_ITEM_INVESTIGATIONS],
            one[0],
        )
    )
    return dict(found)


def _told(figures: Mapping[str, Figures]) -> dict[str, Figures]:
    """Return values with K visits or more, then all others together under ""."""
    told = {name: one for name, one in figures.items() if name and one[Metric.VISITS] >= K}
    others = no_figures()
    for name, one in figures.items():
        if name not in told:
            add(others, one)
    others[Metric.QUIET_VISITS] = 0
    return {**told, **({"": others} if any(others) else {})}
