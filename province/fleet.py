"""The points of the province: when each was last heard, what it holds, how it stands."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func, select

from province.tables import month, point

# A point without a network is heard by a stick every month or two.
QUIET = timedelta(days=45)
LOW_SPACE = 0.05


@dataclass(frozen=True, slots=True)
class Seen:
    """A point as the province knows it.

    Args:
        heard: ISO 8601, UTC.
        carrier: `wire` or `stick`.
        trust: How far its clock was trusted.
        generation: Number of its library's last change; 0 while it has not said.
        archives: Archives of the province in use; None likewise.
        free_share: Free part of its disk, 0 to 1; None likewise.
        last_month: Newest month it reported, or "".
    """

    point: str
    name: str
    commune: str
    heard: str
    carrier: str
    trust: str
    software: str
    generation: int
    archives: int | None
    free_bytes: int | None
    free_share: float | None
    last_month: str

    def is_quiet(self, now: datetime) -> bool:
        """Return whether it has not been heard for long."""
        return now - datetime.fromisoformat(self.heard) > QUIET

    @property
    def is_short_of_space(self) -> bool:
        """Whether its disk is nearly full."""
        return self.free_share is not None and self.free_share < LOW_SPACE


def points(database: Engine) -> list[Seen]:
    """Return every point, by commune and name."""
    newest = (
        select(month.c.point, func.max(month.c.month).label("last"))
        .group_by(month.c.point)
        .subquery()
    )
    asked = (
        select(point, newest.c.last)
        .outerjoin(newest, newest.c.point == point.c.point)
        .order_by(point.c.commune, point.c.name, point.c.point)
    )
    with database.connect() as connection:
        return [_seen(row) for row in connection.execute(asked)]


def _seen(row: Any) -> Seen:
    said = json.loads(row.standing)
    said = said if isinstance(said, dict) else {}
    disk, free = _number(said.get("disk_bytes")), _number(said.get("free_bytes"))
    archives = said.get("archives")
    return Seen(
        point=row.point,
        name=row.name,
        commune=row.commune,
        heard=row.heard,
        carrier=row.carrier,
        trust=row.trust,
        software=str(said.get("software", ""))[:40],
        generation=_number(said.get("generation")) or 0,
        archives=len(archives) if isinstance(archives, dict) else None,
        free_bytes=free,
        free_share=min(1.0, free / disk) if free is not None and disk else None,
        last_month=row.last or "",
    )


def _number(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
