"""A feed of works as values, before it is written as OPDS 1.2 (`atom.py`) or 2.0 (`opds2.py`).

A page of a feed leads on (navigation) or lists works (publications), never both: apps that speak
1.2 must be told which (https://specs.opds.io/opds-1.2, 2).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from content.readium import AUDIOBOOK_TYPE, WEBPUB_TYPE
from content.terms import Form, Picture, Record

OPEN_ACCESS = "http://opds-spec.org/acquisition/open-access"
BORROW = "http://opds-spec.org/acquisition/borrow"
# Readers draw these; a drawn cover (SVG) they do not.
RASTER = ("image/jpeg", "image/png", "image/gif", "image/webp")


@dataclass(frozen=True, slots=True)
class Way:
    """A link to another feed.

    Args:
        href: Its address.
        title: What to call it.
        count: How many works are behind it; None is unknown.
        lists: Whether it lists works; else it leads on.
        rel: Relation, such as `http://opds-spec.org/sort/new`.
        active: Whether this is what is shown (of facets).
    """

    href: str
    title: str
    count: int | None = None
    lists: bool = True
    rel: str = ""
    active: bool = False


@dataclass(frozen=True, slots=True)
class Facets:
    """Ways to narrow or order a list, one of which may be active."""

    title: str
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Acquisition:
    """A way to get a work.

    Args:
        href: Whole address.
        rel: `OPEN_ACCESS`, or `BORROW` for a paper book.
        size_bytes: 0 is unknown.
        title: The file's name when a work has several.
    """

    href: str
    media_type: str
    rel: str = OPEN_ACCESS
    size_bytes: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """A work in a feed.

    Args:
        page: Address of its page for people.
        own: Address of its own entry.
        acquisitions: Ways to get it, best first; at least one.
        images: Pictures of its cover with their addresses, narrowest first.
        added: UTC date it came to this point, ISO 8601.
    """

    record: Record
    page: str
    own: str
    acquisitions: tuple[Acquisition, ...]
    images: tuple[tuple[Picture, str], ...] = ()
    added: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """One page of a feed.

    Args:
        own: Address of this page.
        start: Address of the root feed.
        search: Address of the search: a template for 2.0, a description for 1.2.
        page: Number of this page, from 1, of `pages`.
        turn: Gives the address of another page.
    """

    title: str
    own: str
    start: str
    search: str
    updated: datetime
    navigation: tuple[Way, ...] = ()
    publications: tuple[Publication, ...] = ()
    facets: tuple[Facets, ...] = ()
    is_list: bool = False
    total: int = 0
    page: int = 1
    per_page: int = 24
    turn: Callable[[int], str] = field(default=lambda _: "", repr=False)

    @property
    def pages(self) -> int:
        """Number of pages."""
        return max(1, -(-self.total // self.per_page))

    def turns(self) -> dict[str, str]:
        """Return the addresses of the first, previous, next and last page, those that there are."""
        if not self.is_list or self.pages == 1:
            return {}
        found = {"first": 1, "last": self.pages}
        if self.page > 1:
            found["previous"] = min(self.page - 1, self.pages)
        if self.page < self.pages:
            found["next"] = self.page + 1
        return {rel: self.turn(number) for rel, number in found.items()}


def publication(
    record: Record,
    *,
    origin: str,
    version: str,
    content: Callable[[str], str] | None,
    added: str = "",
) -> Publication:
    """Return a work as feeds show it.

    Args:
        origin: The app's origin.
        version: Path of the root feed, `/opds` or `/opds/v2`.
        content: Gives the whole address of an entry of the work's archive; None for a paper book.
    """
    ways = [
        Acquisition(
            f"{origin}/download/{record.identifier}/{number}",
            one.media_type,
            size_bytes=one.size_bytes,
            title=one.filename if len(record.downloads) > 1 else "",
        )
        for number, one in enumerate(record.downloads, start=1)
    ]
    page = f"{origin}/record/{record.identifier}"
    if content and record.parts:
        manifest = f"{origin}/opds/v2/manifest/{record.identifier}"
        is_heard = record.form == Form.AUDIOBOOK
        ways.append(Acquisition(manifest, AUDIOBOOK_TYPE if is_heard else WEBPUB_TYPE))
    if content and record.path and not record.downloads:
        ways.append(Acquisition(content(record.path), "text/html"))
    if not ways:
        ways.append(Acquisition(page, "text/html", rel=BORROW))
    covers = [one for one in record.covers if one.media_type in RASTER]
    images = tuple((one, content(one.path)) for one in covers) if content else ()
    own = f"{origin}{version}/entry/{record.identifier}"
    return Publication(record, page, own, tuple(ways), images, added)
