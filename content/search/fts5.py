"""SQLite's FTS5 as an engine: nothing to install; an extended index is a copy.

Terms come ready, so FTS5's tokenizer only parts them at spaces. Its BM25 weighs columns, not
terms: `Term.weight` is left out. Texts lie beside the index, packed.
"""

import shutil
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from content import database
from content.errors import SearchError
from content.search import folder as index_folder
from content.search.analysis import part_fields, work_fields
from content.search.documents import (
    Document,
    key_of,
    part_documents,
    place_of,
    work_document,
)
from content.search.engine import (
    FIELD_WEIGHTS,
    HEAP_BYTES,
    PART_FIELDS,
    WORK_FIELDS,
    Fields,
    Hit,
    Hits,
    PartText,
    Wanted,
    WorkText,
)
from content.search.packing import unpack_part, unpack_work

NAME = "fts5"
VERSION = 5
FILE = "search.sqlite"
_STEPS_BETWEEN_LOOKS = 20_000
_TOKENIZE = """tokenize="unicode61 remove_diacritics 0 tokenchars '_=-.'" """
_TABLES = f"""
CREATE TABLE work (id INTEGER PRIMARY KEY, marks TEXT NOT NULL, stored BLOB NOT NULL);
CREATE TABLE part (id INTEGER PRIMARY KEY, marks TEXT NOT NULL, stored BLOB NOT NULL);
CREATE TABLE head (term TEXT PRIMARY KEY, documents INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE work_index
  USING fts5({", ".join(WORK_FIELDS)}, marks, content='', {_TOKENIZE});
CREATE VIRTUAL TABLE part_index
  USING fts5({", ".join(PART_FIELDS)}, marks, content='', {_TOKENIZE});
CREATE VIRTUAL TABLE work_terms USING fts5vocab(work_index, col);
CREATE VIRTUAL TABLE part_terms USING fts5vocab(part_index, col);
"""
_COLUMNS = {"work": (*WORK_FIELDS, "marks"), "part": (*PART_FIELDS, "marks")}


class Fts5Writer:
    """Write an index; see `engine.IndexWriter`."""

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self._folder = folder
        self._database = connection
        self._database.execute("BEGIN")

    def add_work(self, work: WorkText) -> None:
        """Add a work."""
        self._add("work", work_document(work))

    def add_part(self, part: PartText) -> None:
        """Add a part of a work."""
        for document in part_documents(part):
            self._add("part", document)

    def remove_work(self, work: int) -> None:
        """Take out a work and its parts."""
        inside = (key_of(work), key_of(work + 1))
        for kind in ("work", "part"):
            rows = self._database.execute(
                f"SELECT id, marks, stored FROM {kind} WHERE id >= ? AND id < ?", inside
            ).fetchall()
            for row, marks, stored in rows:
                fields = (
                    work_fields(unpack_work(stored))
                    if kind == "work"
                    else part_fields(unpack_part(stored))
                )
                self._remove(kind, row, {**fields, "marks": marks.split()})

    def close(self) -> None:
        """Make the index whole."""
        self._database.execute("DELETE FROM head WHERE documents <= 0")
        self._database.execute("COMMIT")
        database.finish(self._database)
        index_folder.finish(self._folder, NAME, VERSION)

    def _add(self, kind: str, document: Document) -> None:
        fields = document.fields
        marks = " ".join(fields["marks"])
        self._database.execute(
            f"INSERT INTO {kind} VALUES (?, ?, ?)", (document.key, marks, document.stored)
        )
        columns = _COLUMNS[kind]
        self._database.execute(
            f"INSERT INTO {kind}_index (rowid, {', '.join(columns)}) "
            f"VALUES (?{', ?' * len(columns)})",
            (document.key, *(" ".join(fields[name]) for name in columns)),
        )
        self._count_heads(fields["heads"], 1)

    def _remove(self, kind: str, row: int, fields: Fields) -> None:
        # Without the old values a contentless table cannot be told what goes (until SQLite 3.43).
        columns = _COLUMNS[kind]
        self._database.execute(
            f"INSERT INTO {kind}_index ({kind}_index, rowid, {', '.join(columns)}) "
            f"VALUES ('delete', ?{', ?' * len(columns)})",
            (row, *(" ".join(fields[name]) for name in columns)),
        )
        self._database.execute(f"DELETE FROM {kind} WHERE id = ?", (row,))
        self._count_heads(fields["heads"], -1)

    def _count_heads(self, heads: Iterable[str], step: int) -> None:
        self._database.executemany(
            "INSERT INTO head VALUES (?, ?) "
            "ON CONFLICT (term) DO UPDATE SET documents = documents + excluded.documents",
            ((head, step) for head in heads),
        )


class Fts5Index:
    """Search an index; see `engine.Index`."""

    def __init__(self, folder: Path) -> None:
        index_folder.check(folder, NAME, VERSION)
        try:
            self._database = database.open_built(folder / FILE)
            self._database.execute("SELECT id FROM work LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise SearchError(
                f"{folder}: the search index cannot be read ({error}); "
                "run 'diemdoc library rebuild'"
            ) from error

    def find(self, wanted: Wanted) -> Hits:
        """Return the best documents that fit; none when the time is over."""
        if not wanted.terms:
            return Hits()
        kind = _kind(wanted)
        weights = ", ".join(str(FIELD_WEIGHTS.get(name, 0.0)) for name in _COLUMNS[kind])
        try:
            with self._until(wanted.deadline):
                among = self._rows_with(kind, wanted) if _is_some(wanted) else None
                rows = self._database.execute(
                    f"SELECT rowid, -bm25({kind}_index, {weights}) AS score "
                    f"FROM {kind}_index WHERE {kind}_index MATCH ? "
                    "ORDER BY score DESC, rowid LIMIT ?",
                    (_expression(wanted), wanted.limit if among is None else -1),
                )
                found = [one for one in rows if among is None or one[0] in among]
        except TimeoutError:
            return Hits(partial=True)
        least = found[0][1] * wanted.least_share if found else 0.0
        hits = (
            Hit(score, *place_of(row), row)
            for row, score in found[: wanted.limit]
            if score >= least
        )
        return Hits(tuple(hits))

    def work(self, hit: Hit) -> WorkText:
        """Return a found work as it was added."""
        return unpack_work(self._stored("work", hit))

    def part(self, hit: Hit) -> PartText:
        """Return a found part as it was added."""
        return unpack_part(self._stored("part", hit))

    def frequency(self, name: str, term: str) -> int:
        """Return in how many documents a term stands in a field."""
        row = self._database.execute(
            f"SELECT doc FROM {_vocabulary(name)} WHERE term = ? AND col = ?", (term, name)
        ).fetchone()
        return int(row[0]) if row else 0

    def terms(self, name: str, beginning: str, limit: int) -> tuple[tuple[str, int], ...]:
        """Return terms of a field that begin so, in most documents first."""
        source = (
            "SELECT term, documents AS doc, 'heads' AS col FROM head"
            if name == "heads"
            else f"SELECT term, doc, col FROM {_vocabulary(name)}"
        )
        rows = self._database.execute(
            f"SELECT term, doc FROM ({source}) WHERE term >= ? AND term < ? AND col = ? "
            "ORDER BY doc DESC, term LIMIT ?",
            (beginning, beginning + "\U0010ffff", name, limit),
        )
        return tuple((str(term), int(documents)) for term, documents in rows)

    def size(self) -> tuple[int, int]:
        """Return how many works and how many parts there are."""
        works, parts = self._database.execute(
            "SELECT (SELECT count(*) FROM work), (SELECT count(DISTINCT id >> 12) FROM part)"
        ).fetchone()
        return int(works), int(parts)

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def _stored(self, kind: str, hit: Hit) -> bytes:
        row = self._database.execute(
            f"SELECT stored FROM {kind} WHERE id = ?", (hit.address,)
        ).fetchone()
        return bytes(row[0])

    def _rows_with(self, kind: str, wanted: Wanted) -> set[int]:
        """Return the rows with at least so many of the terms."""
        counts: Counter[int] = Counter()
        for term in wanted.terms:
            one = Wanted((term,), marks=wanted.marks)
            rows = self._database.execute(
                f"SELECT rowid FROM {kind}_index WHERE {kind}_index MATCH ?", (_expression(one),)
            )
            counts.update(int(row) for (row,) in rows)
        return {row for row, count in counts.items() if count >= wanted.at_least}

    @contextmanager
    def _until(self, deadline: float) -> Iterator[None]:
        """Raise TimeoutError when a query within takes too long."""
        if time.monotonic() > deadline:
            raise TimeoutError
        self._database.set_progress_handler(
            lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS
        )
        try:
            yield
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                raise TimeoutError from error
            raise SearchError(f"the search failed: {error}") from error
        finally:
            self._database.set_progress_handler(None, 0)


@dataclass(frozen=True, slots=True)
class Fts5Engine:
    """See `engine.Engine`.

    Args:
        heap_bytes: How much memory a writer's page cache may take.
    """

    heap_bytes: int = HEAP_BYTES
    name: str = NAME
    version: int = VERSION

    def create(self, folder: Path) -> Fts5Writer:
        """Begin a new index in `folder`."""
        index_folder.begin(folder)
        connection = database.create(folder / FILE)
        connection.executescript(_TABLES)
        return self._writer(folder, connection)

    def extend(self, old: Path, folder: Path) -> Fts5Writer:
        """Begin an index in `folder` with a copy of the one in `old`."""
        index_folder.check(old, NAME, VERSION)
        index_folder.begin(folder)
        shutil.copyfile(old / FILE, folder / FILE)
        return self._writer(folder, database.create(folder / FILE))

    def open(self, folder: Path) -> Fts5Index:
        """Open a whole index."""
        return Fts5Index(folder)

    def _writer(self, folder: Path, connection: sqlite3.Connection) -> Fts5Writer:
        connection.execute(f"PRAGMA cache_size = -{self.heap_bytes // 1024}")
        return Fts5Writer(folder, connection)


def engine(heap_bytes: int) -> Fts5Engine:
    """Return this engine."""
    return Fts5Engine(heap_bytes)


def _kind(wanted: Wanted) -> str:
    return "part" if wanted.terms[0].field in PART_FIELDS else "work"


def _vocabulary(name: str) -> str:
    return "part_terms" if name in PART_FIELDS else "work_terms"


def _is_some(wanted: Wanted) -> bool:
    """Return whether more than one of the terms is asked for, but not all."""
    return 1 < wanted.at_least < len(wanted.terms)


def _expression(wanted: Wanted) -> str:
    """Return the FTS5 expression; terms hold letters, digits and `_=-.` only."""
    fields: dict[str, list[str]] = defaultdict(list)
    for term in wanted.terms:
        fields[term.text].append(term.field)
    every = wanted.at_least >= len(wanted.terms)
    terms = (" AND " if every else " OR ").join(_quoted(*one) for one in fields.items())
    marks = (_quoted(one, ["marks"]) for one in wanted.marks)
    return " AND ".join((f"({terms})", *marks))


def _quoted(term: str, fields: Iterable[str]) -> str:
    text = term.replace('"', "").replace("\0", "")
    return f'{{{" ".join(fields)}}} : "{text}"'
