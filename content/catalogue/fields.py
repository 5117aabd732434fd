"""What records can be browsed, filtered and counted by: fields and a record's values; pure."""

import re
from collections.abc import Iterable

from content.terms import Record

FIELDS = (
    "form",
    "collection",
    "audience",
    "language",
    "period",
    "subject",
    "place",
    "creator",
)
_YEAR = re.compile(r"(?<!\d)([12]\d{3})(?!\d)")
# Before it, a work's decade is rarely known and never asked for.
_FIRST_DECADE = 1900


def values(record: Record) -> Iterable[tuple[str, str]]:
    """Yield each field of a record with each value it has there, once."""
    yield "form", str(record.form)
    yield "audience", str(record.audience)
    if record.collection:
        yield "collection", record.collection
    if period := period_of(record.date):
        yield "period", period
    for name in ("language", "subject", "place", "creator"):
        for value in dict.fromkeys(getattr(record, name)):
            if value.strip():
                yield name, value.strip()


def period_of(date: str) -> str:
    """Return the decade of a work's date as `1930-1939`, its century before 1900; "" if unknown.

    Args:
        date: As catalogued: a year, an ISO 8601 date, or words around a year; the first one counts.
    """
    found = _YEAR.search(date)
    if found is None:
        return ""
    year = int(found[1])
    length = 10 if year >= _FIRST_DECADE else 100
    first = year - year % length
    return f"{first}-{first + length - 1}"
