"""Days, months, quarters and years as librarians name them, and the time before each; pure."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from content.errors import UsageError

_NAME = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-(\d{2}))?))?")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included.

    Args:
        name: `2026`, `2026-Q4`, `2026-11`, `2026-11-25`, or `2026-11-03..2026-11-09`.
    """

    name: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        """Yield its days."""
        for number in range(self.days):
            yield self.first + timedelta(days=number)

    def months(self) -> list[str]:
        """Return the months it touches, `2026-11`."""
        return sorted({day.isoformat()[:7] for day in self})

    def holds_month(self, month: str) -> bool:
        """Return whether all of a month is in it."""
        whole = period(month)
        return self.first <= whole.first and whole.last <= self.last


def period(name: str) -> Period:
    """Return the period of a name.

    Raises:
        UsageError: It is none.
    """
    match = _NAME.fullmatch(name)
    try:
        found = None if match is None else _of_parts(name, *map(int, match.groups("0")))
    except ValueError:
        found = None
    if found is None:
        raise UsageError(
            f"{name!r} is no time; give a day 2026-11-25, a month 2026-11, a quarter 2026-Q4 or a "
            "year 2026"
        )
    return found


def _of_parts(name: str, year: int, quarter: int, month: int, day: int) -> Period:
    if day:
        return Period(name, date(year, month, day), date(year, month, day))
    first, last = month or 1, month or 12
    if quarter:
        first, last = 3 * quarter - 2, 3 * quarter
    end = calendar.monthrange(year, last)[1]
    return Period(name, date(year, first, 1), date(year, last, end))


def between(first: date, last: date) -> Period:
    """Return the days from one to another.

    Raises:
        UsageError: The last is before the first.
    """
    if last < first:
        raise UsageError(f"{last} is before {first}; give the earlier day first")
    return Period(f"{first}..{last}", first, last)


def before(this: Period) -> Period:
    """Return the period of the same kind before this one."""
    eve = this.first - timedelta(days=1)
    if ".." in this.name:
        return between(eve - timedelta(days=this.days - 1), eve)
    kind = {4: f"{eve:%Y}", 7: f"{eve:%Y-%m}", 10: f"{eve:%Y-%m-%d}"}
    if "Q" in this.name:
        return period(f"{eve:%Y}-Q{(eve.month + 2) // 3}")
    return period(kind[len(this.name)])
