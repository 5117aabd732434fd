"""Write the catalogue of a new generation: from nothing, or from a copy of the one in use.

Record numbers belong to identifiers and stay when a catalogue is copied and changed, so that a
search index can be changed along with it. Readers never see a file that is being written: it lies
in the folder of a generation that is not in use yet.
"""

import json
import shutil
import sqlite3
import zlib
from pathlib import Path

from content import database
from content.catalogue import facets
from content.catalogue.fields import values
from content.catalogue.schema import INDEXES, SCHEMA, SCHEMA_VERSION
from content.catalogue.summary import Summary
from content.errors import CatalogueError
from content.terms import Holding, Record, to_json
from content.vietnamese import fold, sort_bytes


class CatalogueWriter:
    """A catalogue being written; `close` makes it whole.

    Args:
        path: Where it is made.
        base: The catalogue it begins as a copy of, or None.

    Raises:
        CatalogueError: `base` is missing, damaged, or of another version of this software.
    """

    def __init__(self, path: Path, base: Path | None = None) -> None:
        if base is not None:
            _copy(base, path)
        self._database = database.create(path)
        if base is None:
            self._database.executescript(SCHEMA)
            self._database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        self._database.execute("BEGIN")
        self._touched: set[tuple[str, str]] = set()

    def add(self, record: Record, *, book: str, added: str) -> int:
        """Add a record, replacing one of the same identifier; return its number.

        Args:
            book: Name of the archive that shows it, "" for one that is on paper only.
            added: UTC date it came, ISO 8601.
        """
        number = self.remove(record.identifier)
        row = (
            number,
            record.identifier,
            book,
            added,
            sort_bytes(record.title),
            sort_bytes(record.creator[0] if record.creator else "\U0010ffff"),
            json.dumps(to_json(_summary(record, book, added)), ensure_ascii=False),
            zlib.compress(json.dumps(to_json(record), ensure_ascii=False).encode()),
        )
        marks = ",".join("?" * len(row))
        cursor = self._database.execute(f"INSERT INTO record VALUES ({marks})", row)
        number = int(cursor.lastrowid or 0)
        fields = [(name, fold(value), value, number) for name, value in values(record)]
        self._touched.update((name, plain) for name, plain, _, _ in fields)
        self._database.executemany("INSERT INTO field VALUES (?, ?, ?, ?)", fields)
        return number

    def remove(self, identifier: str) -> int | None:
        """Remove a record and return the number it had; None when there was none."""
        number = self.number(identifier)
        if number is not None:
            fields = self._database.execute(
                "SELECT name, plain FROM field WHERE record = ?", (number,)
            )
            self._touched.update((str(name), str(plain)) for name, plain in fields)
            self._database.execute("DELETE FROM field WHERE record = ?", (number,))
            self._database.execute("DELETE FROM record WHERE id = ?", (number,))
        return number

    def number(self, identifier: str) -> int | None:
        """Return the number of a record, or None."""
        row = self._database.execute(
            "SELECT id FROM record WHERE identifier = ?", (identifier,)
        ).fetchone()
        return None if row is None else int(row[0])

    def shown_by(self, identifier: str) -> str | None:
        """Return the name of the archive that shows a work, "" for paper; None when unknown."""
        row = self._database.execute(
            "SELECT book FROM record WHERE identifier = ?", (identifier,)
        ).fetchone()
        return None if row is None else str(row[0])

    def shown_from(self, book: str) -> tuple[str, ...]:
        """Return the identifiers of the records that an archive shows; "" is paper alone."""
        rows = self._database.execute(
            "SELECT identifier FROM record WHERE book = ? ORDER BY id", (book,)
        )
        return tuple(str(row[0]) for row in rows)

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

    def release(self, archive: str) -> None:
        """Forget every copy in an archive; "" is all paper copies."""
        self._database.execute("DELETE FROM holding WHERE archive = ?", (archive,))

    def holders(self, identifier: str) -> frozenset[str]:
        """Return the names of the archives that hold a work."""
        rows = self._database.execute(
            "SELECT archive FROM holding WHERE identifier = ? AND archive <> ''", (identifier,)
        )
        return frozenset(str(row[0]) for row in rows)

    def close(self) -> None:
        """Make the catalogue whole; nothing may be added after it.

        Raises:
            CatalogueError: What it began from is damaged.
        """
        try:
            self._database.execute("COMMIT")
            self._database.executescript(INDEXES)
            facets.store(self._database, self._touched)
            database.finish(self._database)
        except sqlite3.DatabaseError as error:
            raise CatalogueError(f"the catalogue cannot be written: {error}") from error


def _copy(base: Path, path: Path) -> None:
    try:
        shutil.copyfile(base, path)
        connection = database.open_built(path)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.close()
    except (OSError, sqlite3.DatabaseError) as error:
        raise CatalogueError(f"{base}: the catalogue cannot be copied: {error}") from error
    if version != SCHEMA_VERSION:
        raise CatalogueError(f"{base}: the catalogue is of another version")


def _summary(record: Record, book: str, added: str) -> Summary:
    return Summary(
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
    )
