"""tantivy as an engine: quick on hundreds of thousands of pages; an extended index shares files.

Its segment files are never modified once written, so the next index takes them by hard links and
adds its own; what is removed is a small file of marks beside them. Only `meta.json` and the list of
managed files are replaced, so these are copied.
"""

import os
import shutil
import tempfile
import weakref
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TypeVar, cast

import tantivy
from tantivy import Occur, Query

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
    Term,
    Wanted,
    WorkText,
)
from content.search.packing import unpack_part, unpack_work

NAME = "tantivy"
VERSION = 4
_TOKENIZER = "spaces"
_COPIED = ("meta.json", ".managed.json")
_Answer = TypeVar("_Answer")


class TantivyWriter:
    """Write an index; see `engine.IndexWriter`."""

    def __init__(self, folder: Path, index: tantivy.Index, heap_bytes: int) -> None:
        self._folder = folder
        index.register_tokenizer(_TOKENIZER, _spaces())
        # One thread: the same additions make the same segments.
        self._writer = _tried(folder, lambda: index.writer(heap_bytes, 1))

    def add_work(self, work: WorkText) -> None:
        """Add a work."""
        self._add(work_document(work))

    def add_part(self, part: PartText) -> None:
        """Add a part of a work."""
        for document in part_documents(part):
            self._add(document)

    def remove_work(self, work: int) -> None:
        """Take out a work and its parts."""
        self._writer.delete_documents_by_term("marks", work_mark(work))

    def close(self) -> None:
        """Make the index whole."""
        _tried(self._folder, self._writer.commit)
        _tried(self._folder, self._writer.wait_merging_threads)
        for path in self._folder.glob(".*.lock"):
            path.unlink()
        for name in _COPIED:  # tantivy writes these for their owner only
            (self._folder / name).chmod(0o644)
        index_folder.finish(self._folder, NAME, VERSION)

    def _add(self, document: Document) -> None:
        added = tantivy.Document()
        for name, terms in document.fields.items():
            if name in RANKED_FIELDS:
                added.add_text(name, " ".join(terms))
            else:
                for term in terms:
                    added.add_text(name, term)
        added.add_bytes("stored", document.stored)
        added.add_integer("key", document.key)
        _tried(self._folder, lambda: self._writer.add_document(added))


class TantivyIndex:
    """Search an index; see `engine.Index`."""

    def __init__(self, folder: Path) -> None:
        index_folder.check(folder, NAME, VERSION)
        self._folder = folder
        # tantivy 0.27 writes a lock file also to read; whoever reads may not write there, and an
        # index in use never changes. So it is given a folder of links to the files.
        view = tempfile.mkdtemp(prefix="diemdoc-search-")
        self._let_go = weakref.finalize(self, shutil.rmtree, view, ignore_errors=True)
        for path in folder.iterdir():
            (Path(view) / path.name).symlink_to(path.resolve())
        index = _tried(folder, lambda: tantivy.Index.open(view))
        index.config_reader("manual")
        self._schema = index.schema
        self._searcher = _tried(folder, index.searcher)

    def find(self, wanted: Wanted) -> Hits:
        """Return the best documents that fit; none when the time is over before it begins.

        A query cannot be stopped, but takes milliseconds.
        """
        if not wanted.terms:
            return Hits()
        if monotonic() > wanted.deadline:
            return Hits(partial=True)
        # Equal scores of several segments come in any order: with more of them, the number decides.
        most = wanted.limit + wanted.limit // 4
        found = self._searcher.search(self._query(wanted), most, count=False).hits
        least = found[0][0] * wanted.least_share if found else 0.0
        found = found[: bisect_right(found, -least, key=lambda hit: -hit[0])]
        addresses = [address for _, address in found]
        # Every document has a key.
        keys = cast("list[int]", self._searcher.fast_field_values("key", addresses))
        best = sorted(zip([-score for score, _ in found], keys, range(len(found)), strict=True))
        hits = [
            Hit(-score, *place_of(key), addresses[place])
            for score, key, place in best[: wanted.limit]
        ]
        return Hits(tuple(hits))

    def work(self, hit: Hit) -> WorkText:
        """Return a found work as it was added."""
        return unpack_work(self._stored(hit))

    def part(self, hit: Hit) -> PartText:
        """Return a found part as it was added."""
        return unpack_part(self._stored(hit))

    def frequency(self, name: str, term: str) -> int:
        """Return in how many documents a term stands in a field; removed ones may be counted."""
        return int(self._searcher.doc_freq(name, term)) if term else 0

    def terms(self, name: str, beginning: str, limit: int) -> tuple[tuple[str, int], ...]:
        """Return terms of a field that begin so, in most documents first."""
        # Terms of removed documents stay until segments are merged; heads are shown, so looked at.
        found = self._searcher.terms_with_prefix(name, beginning, limit=2 * limit)
        kept = [one for one in found if name != "heads" or self._stands(one[0])]
        return tuple(kept[:limit])

    def size(self) -> tuple[int, int]:
        """Return how many works and how many parts there are."""
        works, parts = (self._count(self._mark(kind)) for kind in (WORK_MARK, PART_MARK))
        return works, parts

    def close(self) -> None:
        """Let the files go."""
        del self._searcher
        self._let_go()

    def _stands(self, head: str) -> bool:
        query = Query.term_query(self._schema, "heads", head, "basic")
        return bool(self._searcher.search(query, 1, count=False).hits)

    def _count(self, query: Query) -> int:
        return int(self._searcher.search(query, 1, count=True).count)  # type: ignore[attr-defined]

    def _query(self, wanted: Wanted) -> Query:
        terms = Query.boolean_query(
            [(Occur.Should, self._term(one)) for one in wanted.terms],
            minimum_number_should_match=max(1, wanted.at_least),
        )
        if not wanted.marks:
            return terms
        # A mark restricts and does not score.
        marks = [(Occur.Must, Query.const_score_query(self._mark(m), 0.0)) for m in wanted.marks]
        return Query.boolean_query([(Occur.Must, terms), *marks])

    def _term(self, term: Term) -> Query:
        query = Query.term_query(self._schema, term.field, term.text, "basic")
        return Query.boost_query(query, FIELD_WEIGHTS[term.field] * term.weight)

    def _mark(self, mark: str) -> Query:
        return Query.term_query(self._schema, "marks", mark, "basic")

    def _stored(self, hit: Hit) -> bytes:
        if not isinstance(hit.address, tantivy.DocAddress):
            raise TypeError("the hit is of another engine")
        address = hit.address
        document = _tried(self._folder, lambda: self._searcher.doc(address))
        return bytes(document["stored"][0])


@dataclass(frozen=True, slots=True)
class TantivyEngine:
    """See `engine.Engine`.

    Args:
        heap_bytes: How much memory a writer gathers before it writes a segment.
    """

    heap_bytes: int = HEAP_BYTES
    name: str = NAME
    version: int = VERSION

    def create(self, folder: Path) -> TantivyWriter:
        """Begin a new index in `folder`."""
        index_folder.begin(folder)
        # In order of the keys, so that of equal scores those with the least keys are found.
        index = _tried(
            folder,
            lambda: tantivy.Index(_schema(), str(folder), reuse=False, sort_by_field="key"),
        )
        return TantivyWriter(folder, index, self.heap_bytes)

    def extend(self, old: Path, folder: Path) -> TantivyWriter:
        """Begin an index in `folder` with the segments of the one in `old`."""
        index_folder.check(old, NAME, VERSION)
        index_folder.begin(folder)
        for path in old.iterdir():
            if path.name in _COPIED:
                shutil.copyfile(path, folder / path.name)
            elif path.suffix != ".lock" and path.name != INDEX_FILE:
                _link(path, folder / path.name)
        index = _tried(folder, lambda: tantivy.Index.open(str(folder)))
        return TantivyWriter(folder, index, self.heap_bytes)

    def open(self, folder: Path) -> TantivyIndex:
        """Open a whole index."""
        return TantivyIndex(folder)


def engine(heap_bytes: int) -> TantivyEngine:
    """Return this engine."""
    return TantivyEngine(heap_bytes)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    # Whether a page holds what was asked says more than how often it repeats a part of it
    # (docs/adr/0028).
    for name in RANKED_FIELDS:
        builder.add_text_field(name, tokenizer_name=_TOKENIZER, index_option="basic")
    for name in ("heads", "marks"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("stored", stored=True)
    builder.add_integer_field("key", fast=True)
    return builder.build()


def _spaces() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()


def _link(path: Path, at: Path) -> None:
    """Give a file a second name, or a copy where the file system has no second names."""
    try:
        os.link(path, at)
    except OSError:
        shutil.copyfile(path, at)


def _tried(folder: Path, do: Callable[[], _Answer]) -> _Answer:
    """Return what `do` returns; its errors, which tantivy gives as ValueError, become ours."""
    try:
        return do()
    except (ValueError, OSError) as error:
        raise SearchError(
            f"{folder}: the search index failed ({error}); run 'diemdoc library rebuild'"
        ) from error
