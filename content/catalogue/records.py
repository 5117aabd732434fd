"""Records and holdings of one generation: list, count and fetch them."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from content import database
from content.catalogue.facets import Counts, Facets
from content.catalogue.fields import FIELDS
from content.catalogue.schema import SCHEMA_VERSION
from content.catalogue.summary import Summary, summary_from_json
from content.errors import CatalogueError
from content.terms import Holding, Record, record_from_json
from content.vietnamese import fold

_ORDERS = {
    "title": "r.title_key, r.id",
    "new": "r.added DESC, r.id",
    "creator": "r.creator_key, r.title_key, r.id",
}
_SUMMARY = (
    "r.id, r.summary, EXISTS (SELECT 1 FROM holding h "
    "WHERE h.identifier = r.identifier AND h.archive = '')"
)


@dataclass(frozen=True, slots=True)
class Query:
    """Which records to list; an empty field does not restrict.

    Args:
        period: A decade or century, as `fields.period_of` gives it.
        sort: `title`, `new` or `creator`; "" is the order of whoever asks.
    """

    form: str = ""
    collection: str = ""
    audience: str = ""
    language: str = ""
    period: str = ""
    subject: str = ""
    place: str = ""
    creator: str = ""
    sort: str = ""

    @property
    def filters(self) -> dict[str, str]:
        """The fields that restrict, with their values."""
        return {name: value for name in FIELDS if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True)
class Listing:
    """Some of the records that fit, and how many fit."""

    items: tuple[Summary, ...]
    total: int


class Catalogue:
    """The catalogue of one generation, for reading; usable by one thread at a time.

    Raises:
        CatalogueError: The file is missing, or of another version of this software.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._database = database.open_built(path)
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
        except sqlite3.Error as error:
            raise CatalogueError(f"{path}: the catalogue cannot be read: {error}") from error
        if version != SCHEMA_VERSION:
            raise CatalogueError(
                f"{path}: the catalogue is of another version; run 'diemdoc library rebuild'"
            )

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def record(self, identifier: str) -> tuple[Record, str] | None:
        """Return a record and the name of the archive that holds it, or None."""
        row = self._database.execute(
            "SELECT record, book FROM record WHERE identifier = ?", (identifier,)
        ).fetchone()
        if row is None:
            return None
        return record_from_json(json.loads(zlib.decompress(row[0]))), str(row[1])

    def number(self, identifier: str) -> int | None:
        """Return the number of a record, or None."""
        row = self._database.execute(
            "SELECT id FROM record WHERE identifier = ?", (identifier,)
        ).fetchone()
        return None if row is None else int(row[0])

    def records_of(self, book: str) -> Iterator[Record]:
        """Yield the records that an archive holds."""
        rows = self._database.execute("SELECT record FROM record WHERE book = ?", (book,))
        for (packed,) in rows:
            yield record_from_json(json.loads(zlib.decompress(packed)))

    def holdings(self, identifier: str) -> tuple[Holding, ...]:
        """Return every copy of a work, digital ones first."""
        rows = self._database.execute(
            "SELECT identifier, archive, place, shelf_mark, copies FROM holding "
            "WHERE identifier = ? ORDER BY archive = '', place, shelf_mark",
            (identifier,),
        )
        return tuple(Holding(*row) for row in rows)

    def summaries(self, query: Query, *, limit: int = 24, offset: int = 0) -> Listing:
        """Return the records that fit, in the order asked for."""
        where, values = _where(query)
        order = _ORDERS.get(query.sort, _ORDERS["title"])
        (total,) = self._database.execute(
            f"SELECT count(*) FROM record r WHERE {where}",
            values,
        ).fetchone()
        rows = self._database.execute(
            f"SELECT {_SUMMARY} FROM record r WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
            (*values, max(0, limit), max(0, offset)),
        )
        return Listing(tuple(_summary(text, paper) for _, text, paper in rows), int(total))

    def summaries_of(self, numbers: Iterable[int]) -> dict[int, Summary]:
        """Return the summaries of records by number."""
        rows = self._database.execute(f"SELECT {_SUMMARY} FROM record r WHERE {_among(numbers)}")
        return {int(number): _summary(text, paper) for number, text, paper in rows}

    def numbered(self, query: Query) -> tuple[tuple[int, Summary], ...]:
        """Return every record that fits with its number; for few records."""
        where, values = _where(query)
        rows = self._database.execute(f"SELECT {_SUMMARY} FROM record r WHERE {where}", values)
        return tuple((int(number), _summary(text, paper)) for number, text, paper in rows)

    def in_order(self, numbers: Iterable[int], sort: str) -> tuple[int, ...]:
        """Return record numbers in the order of a list, see `Query.sort`."""
        rows = self._database.execute(
            f"SELECT r.id FROM record r WHERE {_among(numbers)} ORDER BY {_ORDERS[sort]}"
        )
        return tuple(int(row[0]) for row in rows)

    def facets(self, numbers: Iterable[int], more: Mapping[int, int]) -> Counts:
        """Return how many of these records have each of the commonest values of each facet.

        Args:
            more: Numbers of records that count more often than once, and how often.
        """
        return self._facets.counts(numbers, more)

    def counts(self, name: str, query: Query | None = None) -> tuple[tuple[str, int], ...]:
        """Return each value of a field with the number of works, most first."""
        where, values = _where(query or Query())
        rows = self._database.execute(
            "SELECT min(f.value), count(DISTINCT f.record) FROM field f "
            f"JOIN record r ON r.id = f.record WHERE f.name = ? AND {where} "
            "GROUP BY f.plain ORDER BY 2 DESC, f.plain",
            (name, *values),
        )
        return tuple((str(value), int(works)) for value, works in rows)

    @cached_property
    def _facets(self) -> Facets:
        return Facets(self._database)


def _where(query: Query) -> tuple[str, list[str]]:
    """Return a condition on `record r` and its values."""
    clauses, values = [], []
    for name, value in query.filters.items():
        clauses.append(f"r.id IN (SELECT record FROM field WHERE name = '{name}' AND plain = ?)")
        values.append(fold(value))
    return " AND ".join(clauses) or "1", values


def _among(numbers: Iterable[int]) -> str:
    return f"r.id IN ({','.join(str(int(one)) for one in numbers)})"


def _summary(text: str, has_paper: int) -> Summary:
    return replace(summary_from_json(json.loads(text)), has_paper=bool(has_paper))
