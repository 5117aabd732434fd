"""The plan's figures by commune and month; a month that a point has not told is a gap, never 0."""

import calendar
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, select

from content.vietnamese import sort_key
from province.config import Commune
from province.tables import month, point

_SUMMED = ("visits", "visitors", "searches", "unmet", "investigations", "requests", "titles")


@dataclass(frozen=True, slots=True)
class Told:
    """What the points of a commune told of a month.

    Args:
        points: How many should tell, because they were known before its end.
        told: How many did.
        figures: Sums of those that did, by the names of the table's columns.
    """

    points: int
    told: int
    figures: Mapping[str, int]

    @property
    def is_whole(self) -> bool:
        """Whether nobody is missing."""
        return self.told >= self.points

    def value(self, name: str) -> int | None:
        """Return a figure; None when nobody told any."""
        return self.figures[name] if self.told else None


@dataclass(frozen=True, slots=True)
class YearReport:
    """A year of the province.

    Args:
        months: `2026-01` on, to the last month that is over, or the last of the year.
        communes: Those with points, in Vietnamese order.
        told: (commune, month) -> what was told.
    """

    year: int
    months: tuple[str, ...]
    communes: tuple[Commune, ...]
    told: Mapping[tuple[str, str], Told]

    def total(self, name: str, *, commune: str = "", in_month: str = "") -> int | None:
        """Return a figure over communes and months; None when nobody told any."""
        values = [
            one.value(name)
            for (code, when), one in self.told.items()
            if commune in {"", code} and in_month in {"", when}
        ]
        known = [one for one in values if one is not None]
        return sum(known) if known else None

    def months_told(self, commune: str) -> int:
        """Return of how many months something is known of a commune."""
        return sum(one.told > 0 for (code, _), one in self.told.items() if code == commune)

    @property
    def gaps(self) -> int:
        """How many reports are missing."""
        return sum(one.points - one.told for one in self.told.values())


def year_report(
    database: Engine, year: int, known: Mapping[str, Commune], today: date
) -> YearReport:
    """Return the report of a year."""
    months = tuple(
        name for number in range(1, 13) if (name := f"{year}-{number:02d}") < f"{today:%Y-%m}"
    )
    with database.connect() as connection:
        points = connection.execute(select(point.c.point, point.c.commune, point.c.enrolled)).all()
        rows = connection.execute(
            select(month).where(month.c.month >= f"{year}-01", month.c.month <= f"{year}-12")
        ).all()
    commune_of = {one.point: one.commune for one in points}
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(_SUMMED, 0))
    told: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        place = (commune_of[row.point], row.month)
        told[place] += 1
        for name in _SUMMED:
            sums[place][name] += getattr(row, name)
    months = tuple(sorted({*months, *(row.month for row in rows)}))
    should = _should_tell([(one.commune, one.enrolled) for one in points], months)
    places = {place: max(count, told[place]) for place, count in should.items()}
    for place in list(told):
        places.setdefault(place, told[place])
    codes = sorted({code for code, _ in places})
    communes = [known.get(code) or Commune(code, code or "–") for code in codes]
    communes.sort(key=lambda one: sort_key(one.name))
    return YearReport(
        year,
        months,
        tuple(communes),
        {place: Told(count, told[place], sums[place]) for place, count in places.items()},
    )


def per_person(report: YearReport, commune: Commune) -> float | None:
    """Return publications read per person and year at the pace of the months that are known."""
    titles, months = report.total("titles", commune=commune.code), report.months_told(commune.code)
    if titles is None or not commune.population or not months:
        return None
    return titles / commune.population * 12 / months


def _should_tell(
    points: Sequence[tuple[str, str]], months: Sequence[str]
) -> dict[tuple[str, str], int]:
    """Return for each commune and month how many points were known before its end."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for code, enrolled in points:
        for name in months:
            year, number = int(name[:4]), int(name[5:])
            last = f"{name}-{calendar.monthrange(year, number)[1]:02d}T23:59:59Z"
            if enrolled <= last:
                found[code, name] += 1
    return dict(found)
