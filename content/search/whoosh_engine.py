"""whoosh as an engine: pure Python, for machines without a tantivy wheel and small libraries.

The package is `whoosh-reloaded`, by the extra `[whoosh]`. Segment files are never modified, so the
next index takes them by hard links, as with tantivy; which documents are removed stands in the
table of contents, which is replaced.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from whoosh import fields, index, query
from whoosh.analysis import RegexTokenizer
from whoosh.collectors import FilterCollector, TimeLimit, TimeLimitCollector

from content.errors import SearchError
from content.search import folder as index_folder
from content.search.analysis import work_mark
from content.search.documents import (
    PART_MARK,
    WORK_MARK,
    Document,
    part_documents,
    place_of,
    work_document,
)
from content.search.engine import (
    FIELD_WEIGHTS,
    HEAP_BYTES,
    INDEX_FILE,
    RANKED_FIELDS,
    Hit,
    Hits,
    PartText,
    Wanted,
    WorkText,
)
from content.search.packing import unpack_part, unpack_work

NAME = "whoosh"
VERSION = 4
# Heads hold spaces, so terms are parted by a letter that no text has.
_APART = "\x1e"
# What whoosh raises for files that are not its own, beside its IndexError.
_DAMAGE = (index.IndexError, OSError, ValueError, KeyError, EOFError)


class WhooshWriter:
    """Write an index; see `engine.IndexWriter`."""

    def __init__(self, folder: Path, opened: index.FileIndex, heap_bytes: int) -> None:
        self._folder = folder
        self._writer = opened.writer(limitmb=max(16, heap_bytes // 1_000_000), procs=1)

    def add_work(self, work: WorkText) -> None:
        """Add a work."""
        self._add(work_document(work))

    def add_part(self, part: PartText) -> None:
        """Add a part of a work."""
        for document in part_documents(part):
            self._add(document)

    def remove_work(self, work: int) -> None:
        """Take out a work and its parts."""
        self._writer.delete_by_term("marks", work_mark(work))

    def close(self) -> None:
        """Make the index whole."""
        self._writer.commit()
        for path in self._folder.glob("*LOCK"):
            path.unlink()
        index_folder.finish(self._folder, NAME, VERSION)

    def _add(self, document: Document) -> None:
        terms = {name: _joined(terms) for name, terms in document.fields.items() if terms}
        self._writer.add_document(**terms, key=document.key, stored=document.stored)


class WhooshIndex:
    """Search an index; see `engine.Index`."""

    def __init__(self, folder: Path) -> None:
        index_folder.check(folder, NAME, VERSION)
        try:
            self._index = index.open_dir(str(folder), readonly=True)
            self._searcher = self._index.searcher()
        except _DAMAGE as error:
            raise SearchError(
                f"{folder}: the search index cannot be read ({error}); "
                "run 'diemdoc library rebuild'"
            ) from error

    def find(self, wanted: Wanted) -> Hits:
        """Return the best documents that fit; those found until the time is over."""
        left_s = wanted.deadline - monotonic()
        if not wanted.terms:
            return Hits()
        if left_s <= 0:
            return Hits(partial=True)
        among = self._among(wanted)
        if among is not None and not among:
            return Hits()  # whoosh takes an empty filter for none
        # Equal scores come by document, not by number: more are looked at.
        inner = self._searcher.collector(limit=2 * wanted.limit + 20)
        timed = TimeLimitCollector(inner, left_s, use_alarm=False)
        collector = FilterCollector(timed, allow=among)
        partial = False
        try:
            self._searcher.search_with_collector(_any_of(wanted), collector)
        except TimeLimit:
            partial = True
        best = sorted(
            (-hit.score, int(hit["key"]), int(hit.docnum)) for hit in collector.results()
        )[: wanted.limit]
        least = -best[0][0] * wanted.least_share if best else 0.0
        hits = (
            Hit(-score, *place_of(key), number) for score, key, number in best if -score >= least
        )
        return Hits(tuple(hits), partial)

    def work(self, hit: Hit) -> WorkText:
        """Return a found work as it was added."""
        return unpack_work(self._stored(hit))

    def part(self, hit: Hit) -> PartText:
        """Return a found part as it was added."""
        return unpack_part(self._stored(hit))

    def frequency(self, name: str, term: str) -> int:
        """Return in how many documents a term stands in a field; removed ones may be counted."""
        return int(self._searcher.doc_frequency(name, term))

    def terms(self, name: str, beginning: str, limit: int) -> tuple[tuple[str, int], ...]:
        """Return terms of a field that begin so, in most documents first."""
        reader = self._searcher.reader()
        names = _expanded(reader, name, beginning)
        counts = [(term, int(reader.doc_frequency(name, term))) for term in names]
        counts.sort(key=lambda one: (-one[1], one[0]))
        if name == "heads":
            counts = [one for one in counts[: 2 * limit] if self._count(query.Term(name, one[0]))]
        return tuple(counts[:limit])

    def size(self) -> tuple[int, int]:
        """Return how many works and how many parts there are."""
        return self._count(query.Term("marks", WORK_MARK)), self._count(
            query.Term("marks", PART_MARK)
        )

    def close(self) -> None:
        """Let the files go."""
        self._searcher.close()
        self._index.close()

    def _among(self, wanted: Wanted) -> set[int] | None:
        """Return the documents with all marks and enough of the terms; None for all there are."""
        among: set[int] | None = None
        if wanted.marks:
            marks = query.And([query.Term("marks", one) for one in wanted.marks])
            among = set(self._searcher.docs_for_query(marks))
        if wanted.at_least > 1:
            counts = Counter(
                number
                for one in wanted.terms
                for number in self._searcher.docs_for_query(query.Term(one.field, one.text))
            )
            enough = {number for number, count in counts.items() if count >= wanted.at_least}
            among = enough if among is None else among & enough
        return among

    def _count(self, asked: query.Query) -> int:
        return sum(1 for _ in self._searcher.docs_for_query(asked))

    def _stored(self, hit: Hit) -> bytes:
        return bytes(self._searcher.stored_fields(hit.address)["stored"])


@dataclass(frozen=True, slots=True)
class WhooshEngine:
    """See `engine.Engine`.

    Args:
        heap_bytes: How much memory a writer gathers before it writes a run.
    """

    heap_bytes: int = HEAP_BYTES
    name: str = NAME
    version: int = VERSION

    def create(self, folder: Path) -> WhooshWriter:
        """Begin a new index in `folder`."""
        index_folder.begin(folder)
        return WhooshWriter(folder, index.create_in(str(folder), _schema()), self.heap_bytes)

    def extend(self, old: Path, folder: Path) -> WhooshWriter:
        """Begin an index in `folder` with the segments of the one in `old`."""
        index_folder.check(old, NAME, VERSION)
        index_folder.begin(folder)
        for path in old.iterdir():
            if path.suffix == ".seg":
                _link(path, folder / path.name)
            elif path.name != INDEX_FILE:
                shutil.copyfile(path, folder / path.name)
        try:
            return WhooshWriter(folder, index.open_dir(str(folder)), self.heap_bytes)
        except _DAMAGE as error:
            raise SearchError(f"{old}: the search index cannot be read: {error}") from error

    def open(self, folder: Path) -> WhooshIndex:
        """Open a whole index."""
        return WhooshIndex(folder)


def engine(heap_bytes: int) -> WhooshEngine:
    """Return this engine."""
    return WhooshEngine(heap_bytes)


def _schema() -> fields.Schema:
    terms = RegexTokenizer(f"[^{_APART}]+")
    ranked = {
        name: fields.TEXT(analyzer=terms, phrase=False, field_boost=FIELD_WEIGHTS[name])
        for name in RANKED_FIELDS
    }
    whole = {name: fields.KEYWORD(analyzer=terms) for name in ("heads", "marks")}
    return fields.Schema(**ranked, **whole, key=fields.STORED(), stored=fields.STORED())


def _joined(terms: Iterable[str]) -> str:
    return _APART.join(terms)


def _any_of(wanted: Wanted) -> query.Query:
    return query.Or([query.Term(one.field, one.text, boost=one.weight) for one in wanted.terms])


def _expanded(reader: Any, name: str, beginning: str) -> list[str]:
    return [term.decode() for term in reader.expand_prefix(name, beginning)]


def _link(path: Path, at: Path) -> None:
    """Give a file a second name, or a copy where the file system has no second names."""
    try:
        os.link(path, at)
    except OSError:
        shutil.copyfile(path, at)
