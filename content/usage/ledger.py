"""`usage.db`: the figures of days that are over. What is still under way is in live.py's file.

Cells come in batches with a number of their own, each once. What was deleted is overwritten; rows
are kept in the order of their names, so that nothing tells in which order they came.
"""

import sqlite3
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from content.database import open_kept
from content.usage.cells import DAY, MONTH, QUIET_MOST, Cells, merge, put
from content.usage.events import Metric, Work

# The same month of last year beside this one, by the hour; then by the day; then by the month.
HOURS_KEPT = timedelta(days=400)
DAYS_KEPT = timedelta(days=3 * 366)
LEDGER_FILE = "usage.db"

_COLUMNS = tuple(metric.name.lower() for metric in Metric)
_FIRST_COLUMNS = _COLUMNS[: Metric.QUIET_VISITS]
_FACTS = Work.__slots__


def _first(connection: sqlite3.Connection) -> None:
    figures = ", ".join(f"{name} INTEGER NOT NULL DEFAULT 0" for name in _FIRST_COLUMNS)
    facts = ", ".join(f"{name} TEXT NOT NULL" for name in _FACTS[1:])
    connection.execute(
        'CREATE TABLE cell ("when" TEXT, line TEXT, family TEXT, value TEXT, surface TEXT, '
        f'machine INTEGER, {figures}, PRIMARY KEY ("when", line, family, value, surface, machine)) '
        "WITHOUT ROWID"
    )
    connection.execute(f"CREATE TABLE work (identifier TEXT PRIMARY KEY, {facts}) WITHOUT ROWID")
    connection.execute("CREATE TABLE batch (number TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.execute("CREATE TABLE handed (period TEXT, digest TEXT, PRIMARY KEY (period))")


def _quiet_visits(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE cell ADD COLUMN quiet_visits INTEGER NOT NULL DEFAULT 0")


MIGRATIONS = (_first, _quiet_visits)


class Ledger:
    """The figures of days that are over.

    Args:
        path: `usage.db`; made when it is absent.

    Raises:
        StoreError: It is damaged, or newer than this software.
    """

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._database = open_kept(path, MIGRATIONS)

    def has(self, batch: str) -> bool:
        """Return whether a batch is in."""
        found = self._database.execute("SELECT 1 FROM batch WHERE number = ?", (batch,))
        return found.fetchone() is not None

    def add(self, batch: str, cells: Cells, works: Iterable[Work], today: date) -> None:
        """Add a batch of cells, once, and make old ones coarser.

        After a power cut all of it is in, or nothing.
        """
        with self._transaction():
            if self.has(batch):
                return
            self._database.execute("INSERT INTO batch VALUES (?)", (batch,))
            self._put(cells)
            self._cut_quiet_visits()
            marks = ", ".join("?" * len(_FACTS))
            for work in sorted(works, key=lambda one: one.identifier):
                self._database.execute(f"INSERT OR REPLACE INTO work VALUES ({marks})", work.row())
            self._fold(DAY, (today - HOURS_KEPT).isoformat())
            self._fold(MONTH, (today - DAYS_KEPT).isoformat())

    def cells(self, first: str, last: str) -> Cells:
        """Return the cells from a day to a day, hours and months in it included.

        Args:
            first: `2026-11-01`; cells of a month count when the month begins in the time asked for.
        """
        rows = self._database.execute(
            'SELECT * FROM cell WHERE ("when" >= ? AND "when" < ?) OR '
            '(length("when") = 7 AND "when" >= ? AND "when" <= ?)',
            (first, last + "~", first[:MONTH], last[:MONTH]),
        )
        return _cells(rows)

    def works(self) -> dict[str, Work]:
        """Return what is known of every work that has figures."""
        rows = self._database.execute("SELECT * FROM work")
        return {row[0]: Work(*row) for row in rows}

    def newest(self) -> str:
        """Return the newest hour, day or month with figures; "" for none."""
        (found,) = self._database.execute('SELECT max("when") FROM cell').fetchone()
        return found or ""

    def handed(self, period: str) -> str:
        """Return the digest of the report handed over for a month, or ""."""
        row = self._database.execute(
            "SELECT digest FROM handed WHERE period = ?", (period,)
        ).fetchone()
        return "" if row is None else str(row[0])

    def note_handed(self, period: str, digest: str) -> None:
        """Remember that a month's report was handed over."""
        self._database.execute("INSERT OR REPLACE INTO handed VALUES (?, ?)", (period, digest))

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def _put(self, cells: Cells) -> None:
        marks = ", ".join("?" * (6 + len(_COLUMNS)))
        sums = ", ".join(f"{name} = {name} + excluded.{name}" for name in _COLUMNS)
        self._database.executemany(
            f"INSERT INTO cell VALUES ({marks}) ON CONFLICT DO UPDATE SET {sums}",
            [
                (when, line, *key[:3], int(key[3]), *figures)
                for (when, line, key), figures in sorted(cells.items())
            ],
        )

    def _cut_quiet_visits(self) -> None:
        """Leave a month no more quiet visits than it may have, when more came late."""
        where = "quiet_visits > ?"
        rows = self._database.execute(f"SELECT * FROM cell WHERE {where}", (QUIET_MOST,))
        found = _cells(rows)
        self._database.execute(f"DELETE FROM cell WHERE {where}", (QUIET_MOST,))
        self._put(merge(found))

    def _fold(self, length: int, before: str) -> None:
        """Make cells finer than `length` letters of their time that coarse, when they are old."""
        limit = before[:length]
        where = 'length("when") > ? AND "when" < ?'
        sums = ", ".join(f"sum({name})" for name in _COLUMNS)
        rows = self._database.execute(
            f'SELECT substr("when", 1, {length}), line, family, value, surface, machine, {sums} '
            f"FROM cell WHERE {where} GROUP BY 1, 2, 3, 4, 5, 6",
            (length, limit),
        ).fetchall()
        self._database.execute(f"DELETE FROM cell WHERE {where}", (length, limit))
        self._put(_cells(rows))

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._database)


def _cells(rows: Iterable[tuple[Any, ...]]) -> Cells:
    found: Cells = {}
    for when, line, family, value, surface, machine, *figures in rows:
        put(found, (when, line, (family, value, surface, bool(machine))), figures)
    return found


class _Transaction:
    """All of a block, or nothing of it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._database.execute("ROLLBACK" if kind else "COMMIT")
