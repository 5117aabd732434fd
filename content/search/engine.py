"""What a search engine does here: a thin port, so that engines can be measured and changed.

An engine keeps terms and finds the documents that hold them; what a query means and what comes
first is decided once for all engines (searcher.py). An index is a folder that one engine owns. It
is written whole, then never modified: `extend` begins the next one from it.

A document is a work or a part of one. Its fields hold terms (analysis.py makes them):

| field | of a | holds words and pairs of |
|---|---|---|
| `title` | work | its title |
| `names` | work | people, subjects and places |
| `about` | work | the whole record |
| `heading` | part | its title |
| `text` | part | its title and text |
| `heads` | both | whole titles and names, as one term each, for suggestions |
| `marks` | both | what filters ask for, as it is: `form=ebook`, `work=12` |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import NamedTuple, Protocol

WORK_FIELDS = ("title", "names", "about")
PART_FIELDS = ("heading", "text")
RANKED_FIELDS = (*WORK_FIELDS, *PART_FIELDS)
# Every word and pair of a document stands in one of these.
WHOLE_FIELDS = ("about", "text")
# BM25 of a field counts so much; that of a text more when it is read (ranking.TOGETHER).
FIELD_WEIGHTS = {"title": 3.0, "names": 2.0, "about": 0.7, "heading": 0.15, "text": 0.3}
INDEX_FILE = "engine.json"
BUDGET_S = 2.0
# What a writer may gather in memory; a box has 1 GB for everything.
HEAP_BYTES = 64_000_000

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class WorkText:
    """What is searched of a work.

    Args:
        work: Its number in the catalogue, from 1; it stays the same in extended indexes.
        names: Creators and contributors.
        body: What else the catalogue says: description, collection, publisher.
        marks: Made by `analysis.mark`, for filters and for `Searcher`'s favour.
    """

    work: int
    title: str
    names: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    body: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartText:
    """What is searched of a chapter, page or track.

    Args:
        work: The number of its work.
        number: Its own number in the work, from 1.
        path: Its entry path in the archive.
        marks: As those of its work: filters ask a part, too.
    """

    work: int
    number: int
    title: str
    path: str
    text: str
    marks: tuple[str, ...] = ()


class Term(NamedTuple):
    """One term looked for in one field; `weight` on top of that of the field."""

    field: str
    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `Index.find` is asked; the fields of all terms belong to works, or all to parts.

    Args:
        terms: Any of them.
        at_least: So many different ones of them.
        marks: All of them.
        least_share: What scores less than this share of the best hit is left out.
        deadline: Monotonic seconds after which what was found until then is the answer.
    """

    terms: tuple[Term, ...]
    at_least: int = 1
    marks: tuple[str, ...] = ()
    limit: int = 200
    least_share: float = 0.0
    deadline: float = field(default_factory=lambda: monotonic() + BUDGET_S)


class Hit(NamedTuple):
    """A document found.

    Args:
        score: Of BM25's kind: larger is better, comparable within one `find`.
        number: Of the part; 0 for a work.
        piece: Of its text, from 0.
        address: Where the engine keeps it.
    """

    score: float
    work: int
    number: int
    piece: int
    address: object


@dataclass(frozen=True, slots=True)
class Hits:
    """Documents found, best first; equal ones by work and number.

    A long part may be found several times, by several pieces of its text.
    """

    hits: tuple[Hit, ...] = ()
    partial: bool = False


class IndexWriter(Protocol):
    """Write an index; nothing in its folder is valid before `close`."""

    def add_work(self, work: WorkText) -> None:
        """Add a work; one of the same number must have been removed before."""

    def add_part(self, part: PartText) -> None:
        """Add a part of a work."""

    def remove_work(self, work: int) -> None:
        """Take out a work and its parts; none of that number is no error."""

    def close(self) -> None:
        """Make the index whole; nothing may be changed after it."""


class Index(Protocol):
    """An index for reading; by one thread at a time."""

    def find(self, wanted: Wanted) -> Hits:
        """Return the best documents that fit."""

    def work(self, hit: Hit) -> WorkText:
        """Return a found work as it was added."""

    def part(self, hit: Hit) -> PartText:
        """Return a found part as it was added; of a long one the piece that was found."""

    def frequency(self, name: str, term: str) -> int:
        """Return in how many documents a term stands in the field `name`."""

    def terms(self, name: str, beginning: str, limit: int) -> tuple[tuple[str, int], ...]:
        """Return terms of a field that begin so, in most documents first, with how many."""

    def size(self) -> tuple[int, int]:
        """Return how many works and how many parts there are."""

    def close(self) -> None:
        """Let the files go."""


class Engine(Protocol):
    """One way to index; see docs/adr for the choice between them.

    `version` changes when indexes written before cannot be read.
    """

    name: str
    version: int

    def create(self, folder: Path) -> IndexWriter:
        """Begin a new index in `folder`, which does not exist yet."""

    def extend(self, old: Path, folder: Path) -> IndexWriter:
        """Begin an index in `folder` with all that is in `old`, of which no byte changes."""

    def open(self, folder: Path) -> Index:
        """Open a whole index.

        Raises:
            SearchError: It is missing, damaged, or of another engine or version.
        """
