"""What is counted, as values: an event in, figures in cells out; no address, no name, no text.

A *cell* is what figures are kept for: a family (work, form, collection ...), a value in it, the
surface, and whether a program asked. Metric names are those of COUNTER 5.1 (section 3.3) and, for
visits, of ISO 2789:2013 (TCVN 12843:2019).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

Key = tuple[str, str, str, bool]  # family, value, surface, whether a program asked


class Action(StrEnum):
    """What a reader did."""

    PAGE = "page"  # any page: it is a visit, no more
    VIEW = "view"  # looked at a work's page: an investigation
    READ = "read"
    LISTEN = "listen"
    DOWNLOAD = "download"
    SEARCH = "search"


REQUESTS = (Action.READ, Action.LISTEN, Action.DOWNLOAD)


class Surface(StrEnum):
    """Where it was done."""

    PHONE = "phone"
    TOUCH = "touch"
    STAFF = "staff"


class Family(StrEnum):
    """What a cell is about; the first two are exact for each hour, see cells.py."""

    TRAFFIC = "traffic"
    OPEN = "open"
    POINT = "point"
    WORK = "work"
    FORM = "form"
    COLLECTION = "collection"
    AUDIENCE = "audience"
    LANGUAGE = "language"
    UNMET = "unmet"


class Metric(IntEnum):
    """What is counted, by its place in a cell's figures."""

    VISITS = 0
    VISITORS = 1
    SEARCHES_PLATFORM = 2
    UNMET_SEARCHES = 3
    TOTAL_ITEM_INVESTIGATIONS = 4
    TOTAL_ITEM_REQUESTS = 5
    UNIQUE_ITEM_INVESTIGATIONS = 6
    UNIQUE_ITEM_REQUESTS = 7
    UNIQUE_TITLE_INVESTIGATIONS = 8
    UNIQUE_TITLE_REQUESTS = 9
    SECONDS_OPEN = 10
    DROPPED = 11
    # Ours: of the visits, how many stand for all quiet days of a month (cells.py): the cell's
    # figures are the least there were.
    QUIET_VISITS = 12

    @property
    def counter_name(self) -> str:
        """Return the name as COUNTER writes it, `Total_Item_Requests`."""
        return "_".join(word.capitalize() for word in self.name.split("_"))


Figures = list[int]
WIDTH = len(Metric)
_FIRST_WIDTH = 12


def no_figures() -> Figures:
    """Return figures that are all 0."""
    return [0] * WIDTH


def figures_of(row: Sequence[int]) -> Figures:
    """Return figures as they were stored, before some of today's metrics were known too.

    Raises:
        ValueError: There are more of them than metrics, or fewer than there ever were.
    """
    if not _FIRST_WIDTH <= len(row) <= WIDTH:
        raise ValueError("a row of another length")
    return [*row, *[0] * (WIDTH - len(row))]


def add(into: Figures, more: Figures) -> None:
    """Add figures to others."""
    for place, value in enumerate(more):
        if value:
            into[place] += value


@dataclass(frozen=True, slots=True)
class Work:
    """What is known of a work when it is read, kept with its figures.

    Args:
        date: As catalogued; its first four digits are the year of publication.
    """

    identifier: str
    title: str
    form: str = ""
    collection: str = ""
    audience: str = ""
    language: str = ""
    creator: str = ""
    date: str = ""
    publisher: str = ""

    def row(self) -> tuple[str, ...]:
        """Return its fields in order, for storing."""
        return (
            self.identifier,
            self.title,
            self.form,
            self.collection,
            self.audience,
            self.language,
            self.creator,
            self.date,
            self.publisher,
        )

    def keys(self, surface: str, machine: bool) -> tuple[Key, ...]:  # noqa: FBT001 -- a hot path
        """Return the cells that reading it counts in."""
        return (
            (Family.POINT, "", surface, machine),
            (Family.WORK, self.identifier, surface, machine),
            (Family.FORM, self.form, surface, machine),
            (Family.COLLECTION, self.collection, surface, machine),
            (Family.AUDIENCE, self.audience, surface, machine),
            (Family.LANGUAGE, self.language, surface, machine),
        )


class Event(NamedTuple):
    """Something a reader did.

    Args:
        at: Seconds on a clock that never jumps (timeline.py).
        visitor: Token of the day (visits.py).
        item: Which part of the work.
        first: For sound: first byte of this part that the phone took.
        stop: For sound: the byte after the last one it took.
        enough: For sound: bytes that make it played.
        query: For a search: the folded words.
        found: For a search: whether anything was.
    """

    at: float
    visitor: bytes
    action: Action
    work: Work | None = None
    item: str = ""
    surface: Surface = Surface.PHONE
    machine: bool = False
    first: int = 0
    stop: int = 0
    enough: int = 0
    query: str = ""
    found: bool = True
