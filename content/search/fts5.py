"""Search with SQLite's FTS5: works and places inside them, over folded words and pairs.

The columns hold folded text and pairs, so FTS5's own tokenizer has nothing to decide. Texts for
snippets lie beside, packed. Ranking is BM25 over words and pairs; the best hits are then ranked
anew by how exactly they say what was typed: accents, order, the whole title.
"""

import sqlite3
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from content import database
from content.errors import SearchError
from content.search.analysis import Words, pairs, tokens, understand
from content.search.engine import Found, FoundWork, Place
from content.search.snippet import snippet
from content.vietnamese import normalize

VERSION = 1
# Enough for the first pages of results; what ranks lower nobody reads.
MAX_WORKS = 200
MAX_PLACES = 400
PLACES_SHOWN = 3
RERANKED = 60
BUDGET_S = 2.0
_STEPS_BETWEEN_LOOKS = 20_000

_TABLES = """
CREATE TABLE work (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE part (
  id INTEGER PRIMARY KEY, work INTEGER NOT NULL, number INTEGER NOT NULL,
  title TEXT NOT NULL, path TEXT NOT NULL, text BLOB NOT NULL
);
CREATE TABLE suggestion (plain TEXT NOT NULL, words TEXT NOT NULL, rank INTEGER NOT NULL);
CREATE VIRTUAL TABLE work_index USING fts5(
  title, names, body, near, content='', tokenize="unicode61 tokenchars '_'"
);
CREATE VIRTUAL TABLE part_index USING fts5(
  title, body, near, content='', tokenize="unicode61 tokenchars '_'"
);
"""
_WORK_WEIGHTS = "10.0, 6.0, 1.0, 6.0"
_PART_WEIGHTS = "4.0, 1.0, 3.0"


class Fts5Writer:
    """Build an index file; see `engine.IndexWriter`."""

    def __init__(self, path: Path) -> None:
        self._database = database.create(path)
        self._database.executescript(_TABLES)
        self._database.execute(f"PRAGMA user_version = {VERSION}")
        self._database.execute("BEGIN")
        self._suggestions: dict[str, tuple[str, int]] = {}

    def add_work(self, work: int, title: str, names: Iterable[str], body: str) -> None:
        """Add what the catalogue says of a work."""
        names = list(names)
        self._database.execute(
            "INSERT OR REPLACE INTO work VALUES (?, ?, ?)", (work, title, _pack(body))
        )
        of_title, of_names, of_body = tokens(title), tokens(" . ".join(names)), tokens(body)
        near = [*pairs(of_title), *(pair for name in names for pair in pairs(tokens(name)))]
        row = (work, *(" ".join(one) for one in (of_title, of_names, of_body, near)))
        self._database.execute(
            "INSERT INTO work_index (rowid, title, names, body, near) VALUES (?, ?, ?, ?, ?)", row
        )
        for rank, words in enumerate((title, *names)):
            plain = " ".join(tokens(words))
            if plain and plain not in self._suggestions:
                self._suggestions[plain] = (words, min(rank, 1))

    def add_part(self, work: int, number: int, title: str, path: str, text: str) -> None:
        """Add a chapter, page or track of a work."""
        cursor = self._database.execute(
            "INSERT INTO part (work, number, title, path, text) VALUES (?, ?, ?, ?, ?)",
            (work, number, title, path, _pack(text)),
        )
        of_title, of_text = tokens(title), tokens(text)
        near = [*pairs(of_title), *pairs(of_text)]
        row = (cursor.lastrowid, *(" ".join(one) for one in (of_title, of_text, near)))
        self._database.execute(
            "INSERT INTO part_index (rowid, title, body, near) VALUES (?, ?, ?, ?)", row
        )

    def close(self) -> None:
        """Make the index whole."""
        rows = ((plain, words, rank) for plain, (words, rank) in self._suggestions.items())
        self._database.executemany("INSERT INTO suggestion VALUES (?, ?, ?)", rows)
        self._database.execute("CREATE INDEX part_work ON part (work, number)")
        self._database.execute("CREATE INDEX suggestion_plain ON suggestion (plain)")
        for name in ("work_index", "part_index"):
            self._database.execute(f"INSERT INTO {name} ({name}) VALUES ('optimize')")
        self._database.execute("COMMIT")
        database.finish(self._database)


class Fts5Index:
    """Search an index file; see `engine.Index`."""

    def __init__(self, path: Path) -> None:
        try:
            self._database = database.open_built(path)
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
        except sqlite3.Error as error:
            raise SearchError(f"{path}: the search index cannot be read: {error}") from error
        if version != VERSION:
            raise SearchError(f"{path}: the index is old; run 'diemdoc library rebuild'")

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def search(self, query: str, *, among: set[int] | None, detailed: range) -> Found:
        """Return what fits `query`; after `BUDGET_S` what was found until then."""
        words = understand(query)
        if not words.plain:
            return Found()
        deadline = time.monotonic() + BUDGET_S
        self._database.set_progress_handler(
            lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS
        )
        scores: dict[int, float] = defaultdict(float)
        places: dict[int, list[tuple[float, int]]] = defaultdict(list)
        partial = False
        try:
            scores.update(self._works(words))
            for part, work, score in self._parts(words):
                places[work].append((score, part))
        except sqlite3.OperationalError as error:
            if "interrupted" not in str(error):
                raise SearchError(f"the search failed: {error}") from error
            partial = True
        finally:
            self._database.set_progress_handler(None, 0)
        for work, hits in places.items():
            # Many places say more than one, but a thick book must not win by thickness.
            scores[work] += hits[0][0] + sum(score for score, _ in hits[1:4]) * 0.1
        works = [work for work in scores if among is None or work in among]
        works.sort(key=lambda work: (-scores[work], work))
        ranked = self._rerank(works[:RERANKED], scores, words) + works[RERANKED:]
        found = [
            self._detail(work, scores[work], places[work], words)
            if position in detailed
            else FoundWork(work, scores[work], place_count=len(places[work]))
            for position, work in enumerate(ranked)
        ]
        return Found(tuple(found), partial)

    def suggest(self, words: str, limit: int) -> tuple[str, ...]:
        """Return titles and names that begin like `words`, then those with a word that does."""
        plain = " ".join(tokens(words[:100]))
        if not plain:
            return ()
        rows = self._database.execute(
            "SELECT words FROM suggestion WHERE plain >= ? AND plain < ? "
            "ORDER BY rank, length(plain), plain LIMIT ?",
            (plain, plain + "\U0010ffff", limit),
        ).fetchall()
        if len(rows) < limit:
            rows += self._database.execute(
                "SELECT words FROM suggestion WHERE instr(plain, ?) > 0 "
                "ORDER BY rank, length(plain), plain LIMIT ?",
                (" " + plain, limit),
            ).fetchall()
        return tuple(dict.fromkeys(str(row[0]) for row in rows))[:limit]

    def _works(self, words: Words) -> Iterable[tuple[int, float]]:
        terms = [f'"{term}"' for term in (*words.plain, *words.pairs)]
        terms.append(f'"{words.plain[-1]}"*')
        rows = self._database.execute(
            f"SELECT rowid, -bm25(work_index, {_WORK_WEIGHTS}) AS score "
            "FROM work_index WHERE work_index MATCH ? ORDER BY score DESC LIMIT ?",
            (" OR ".join(terms), MAX_WORKS),
        )
        return ((int(work), float(score)) for work, score in rows)

    def _parts(self, words: Words) -> Iterable[tuple[int, int, float]]:
        terms = words.pairs or words.plain
        rows = self._database.execute(
            "SELECT p.id, p.work, f.score FROM ("
            f"SELECT rowid, -bm25(part_index, {_PART_WEIGHTS}) AS score "
            "FROM part_index WHERE part_index MATCH ? ORDER BY score DESC LIMIT ?"
            ") f JOIN part p ON p.id = f.rowid ORDER BY f.score DESC",
            (" OR ".join(f'"{term}"' for term in terms), MAX_PLACES),
        )
        return ((int(part), int(work), float(score)) for part, work, score in rows)

    def _rerank(self, works: list[int], scores: dict[int, float], words: Words) -> list[int]:
        """Put those first that say exactly what was typed; changes `scores`."""
        titles = self._titles(works)
        whole, exact = " ".join(words.plain), " ".join(words.exact)
        for work in works:
            title = titles.get(work, "")
            of_title = tokens(title)
            plain = " ".join(of_title)
            share = len(set(words.plain) & set(of_title)) / len(set(words.plain))
            boost = 1.0 + share * share
            boost += 3.0 * (plain == whole) + 1.0 * plain.startswith(whole) + 0.5 * (whole in plain)
            # Accents that were typed are meant; accents that were not are forgiven.
            boost += 2.5 * (exact != whole and exact in normalize(title).lower())
            scores[work] = scores[work] * boost + 0.01 * boost
        return sorted(works, key=lambda work: (-scores[work], work))

    def _titles(self, works: list[int]) -> dict[int, str]:
        marks = ",".join("?" * len(works))
        rows = self._database.execute(
            f"SELECT id, title FROM work WHERE id IN ({marks})",
            works,
        )
        return {int(work): str(title) for work, title in rows}

    def _detail(
        self, work: int, score: float, hits: list[tuple[float, int]], words: Words
    ) -> FoundWork:
        row = self._database.execute("SELECT body FROM work WHERE id = ?", (work,)).fetchone()
        shown = [self._place(part, words) for _, part in hits[:PLACES_SHOWN]]
        body = snippet(_unpack(row[0]), words) if row else ""
        best = shown[0].snippet if shown else body
        found = FoundWork(work, score, best, tuple(shown), len(hits))
        return replace(found, snippet=found.snippet or body)

    def _place(self, part: int, words: Words) -> Place:
        number, title, path, text = self._database.execute(
            "SELECT number, title, path, text FROM part WHERE id = ?", (part,)
        ).fetchone()
        return Place(number, title, path, snippet(_unpack(text), words))


class Fts5Engine:
    """The engine of this release; see `engine.Engine`."""

    def create(self, path: Path) -> Fts5Writer:
        """Begin a new index at `path`."""
        return Fts5Writer(path)

    def open(self, path: Path) -> Fts5Index:
        """Open a whole index."""
        return Fts5Index(path)


def _pack(text: str) -> bytes:
    return zlib.compress(text.encode(), 6)


def _unpack(data: bytes) -> str:
    return zlib.decompress(data).decode()
