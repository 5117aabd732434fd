"""Records and holdings of one generation: write them once, then list, count and fetch them."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content import database
from content.catalogue.schema import INDEXES, SCHEMA, SCHEMA_VERSION
from content.errors import CatalogueError
from content.terms import (
    Audience,
    Form,
    Holding,
    Picture,
    Record,
    record_from_json,
    to_json,
)
from content.vietnamese import fold, sort_bytes

# What a record can be browsed and filtered by.
FIELDS = ("form", "collection", "audience", "language", "subject", "place", "creator")
_ORDERS = {
    "title": "r.title_key, r.id",
    "new": "r.added DESC, r.id",
    "creator": "r.creator_key, r.title_key, r.id",
}


@dataclass(frozen=True, slots=True)
class Query:
    """Which records to list; an empty field does not restrict.

    Args:
        sort: `title`, `new` or `creator`.
    """

    form: str = ""
    collection: str = ""
    audience: str = ""
    language: str = ""
    subject: str = ""
    place: str = ""
    creator: str = ""
    sort: str = "title"


@dataclass(frozen=True, slots=True)
class Summary:
    """What a shelf shows of a work.

    Args:
        book: Name of the archive that holds it, "" for paper only.
        path: Entry path of its first page there.
        added: UTC date it came to this point.
        has_paper: Whether a paper copy stands on a shelf here.
    """

    identifier: str
    title: str
    form: Form
    creator: tuple[str, ...] = ()
    collection: str = ""
    audience: Audience = Audience.GENERAL
    book: str = ""
    path: str = ""
    covers: tuple[Picture, ...] = ()
    date: str = ""
    words: int = 0
    duration_s: float = 0.0
    parts: int = 0
    description: str = ""
    added: str = ""
    has_paper: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Some of the records that fit, and how many fit."""

    items: tuple[Summary, ...]
    total: int


class CatalogueWriter:
    """Write the catalogue of a new generation; `close` makes it whole."""

    def __init__(self, path: Path) -> None:
        self._database = database.create(path)
        self._database.executescript(SCHEMA)
        self._database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        self._database.execute("BEGIN")

    def add(self, record: Record, *, book: str, added: str, has_paper: bool = False) -> int:
        """Add a record, replacing one of the same identifier; return its number."""
        number = self._remove(record.identifier)
        summary = Summary(
            identifier=record.identifier,
            title=record.title,
            form=record.form,
            creator=record.creator,
            collection=record.collection,
            audience=record.audience,
            book=book,
            path=record.path,
            covers=record.covers,
            date=record.date,
            words=record.words,
            duration_s=record.duration_s,
            parts=len(record.parts),
            description=record.description[:500],
            added=added,
            has_paper=has_paper,
        )
        row = (
            number,
            record.identifier,
            book,
            str(record.form),
            record.collection,
            str(record.audience),
            added,
            sort_bytes(record.title),
            sort_bytes(record.creator[0] if record.creator else "\U0010ffff"),
            json.dumps(to_json(summary), ensure_ascii=False),
            json.dumps(to_json(record), ensure_ascii=False),
        )
        marks = ",".join("?" * len(row))
        cursor = self._database.execute(f"INSERT INTO record VALUES ({marks})", row)
        number = int(cursor.lastrowid or 0)
        self._database.executemany(
            "INSERT INTO field VALUES (?, ?, ?, ?)",
            [(name, fold(value), value, number) for name, value in _values(record)],
        )
        return number

    def hold(self, holding: Holding) -> None:
        """Add where a copy is."""
        row = (
            holding.identifier,
            holding.archive,
            holding.place,
            holding.shelf_mark,
            holding.copies,
        )
        self._database.execute("INSERT INTO holding VALUES (?, ?, ?, ?, ?)", row)

    def close(self) -> None:
        """Make the catalogue whole; nothing may be added after it."""
        self._database.execute("COMMIT")
        self._database.executescript(INDEXES)
        database.finish(self._database)

    def _remove(self, identifier: str) -> int | None:
        row = self._database.execute(
            "SELECT id FROM record WHERE identifier = ?", (identifier,)
        ).fetchone()
        if row is None:
            return None
        self._database.execute("DELETE FROM field WHERE record = ?", row)
        self._database.execute("DELETE FROM record WHERE id = ?", row)
        return int(row[0])


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
        return None if row is None else (record_from_json(json.loads(row[0])), str(row[1]))

    def records_of(self, book: str) -> Iterator[Record]:
        """Yield the records that an archive holds."""
        rows = self._database.execute("SELECT record FROM record WHERE book = ?", (book,))
        for (text,) in rows:
            yield record_from_json(json.loads(text))

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
            f"SELECT r.summary FROM record r WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
            (*values, max(0, limit), max(0, offset)),
        )
        return Listing(tuple(_summary(row[0]) for row in rows), int(total))

    def summaries_of(self, numbers: Iterable[int]) -> dict[int, Summary]:
        """Return the summaries of records by number."""
        wanted = list(numbers)
        marks = ",".join("?" * len(wanted))
        rows = self._database.execute(
            f"SELECT id, summary FROM record WHERE id IN ({marks})",
            wanted,
        )
        return {int(number): _summary(text) for number, text in rows}

    def numbers(self, query: Query) -> set[int] | None:
        """Return the numbers of the records that fit; None when all do."""
        where, values = _where(query)
        if not values:
            return None
        rows = self._database.execute(f"SELECT r.id FROM record r WHERE {where}", values)
        return {int(row[0]) for row in rows}

    def counts(
        self, name: str, query: Query | None = None, among: Iterable[int] | None = None
    ) -> tuple[tuple[str, int], ...]:
        """Return each value of a field with the number of works, most first.

        Args:
            among: Count only these record numbers.
        """
        where, values = _where(query or Query())
        if among is not None:
            numbers = ",".join(str(int(one)) for one in among)
            where = f"{where} AND r.id IN ({numbers})"
        rows = self._database.execute(
            "SELECT min(f.value), count(DISTINCT f.record) FROM field f "
            f"JOIN record r ON r.id = f.record WHERE f.name = ? AND {where} "
            "GROUP BY f.plain ORDER BY 2 DESC, f.plain",
            (name, *values),
        )
        return tuple((str(value), int(works)) for value, works in rows)


def _values(record: Record) -> Iterable[tuple[str, str]]:
    yield "form", str(record.form)
    yield "audience", str(record.audience)
    if record.collection:
        yield "collection", record.collection
    for name in ("language", "subject", "place", "creator"):
        for value in dict.fromkeys(getattr(record, name)):
            if value.strip():
                yield name, value.strip()


def _where(query: Query) -> tuple[str, list[str]]:
    """Return a condition on `record r` and its values."""
    clauses, values = [], []
    for name in FIELDS:
        if value := getattr(query, name):
            clauses.append(
                f"r.id IN (SELECT record FROM field WHERE name = '{name}' AND plain = ?)"
            )
            values.append(fold(value))
    return " AND ".join(clauses) or "1", values


def _summary(text: str) -> Summary:
    return summary_from_json(json.loads(text))


def summary_from_json(raw: dict[str, Any]) -> Summary:
    """Return the summary that `to_json` was given."""
    raw = dict(raw)
    raw["identifier"] = raw.pop("id")
    raw["form"] = Form(raw["form"])
    raw["audience"] = Audience(raw.get("audience", Audience.GENERAL))
    raw["creator"] = tuple(raw.get("creator", ()))
    raw["covers"] = tuple(Picture(**one) for one in raw.get("covers", ()))
    return Summary(**raw)
