"""Which shelves the front page shows, as values: name, heading, what is on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from content.catalogue.records import Listing, Query
from content.library.library import Library
from content.library.local_history import is_local
from content.terms import Audience, Form
from content.vietnamese import fold, sort_key

SHELF_WORKS = 8
MAX_SHELVES = 12


@dataclass(frozen=True, slots=True)
class Shelf:
    """A row of covers.

    Args:
        name: `new`, `children`, `listen`, `local` or `collection`.
        collection: Name of the collection, for `collection` and `local`.
        listing: The first works on it and how many there are.
    """

    name: str
    collection: str
    query: Query
    listing: Listing


def front_shelves(library: Library) -> tuple[Shelf, ...]:
    """Return the shelves of the front page that have something on them."""
    wanted = [(name, "", shelf_query(name)) for name in ("new", "children", "listen")]
    collections = [name for name, _ in library.counts("collection")]
    local = [name for name in collections if is_local(name)]
    wanted += [("local", name, Query(collection=name)) for name in local]
    wanted += [
        ("collection", name, Query(collection=name)) for name in collections if name not in local
    ]
    shelves = []
    for name, collection, query in wanted[:MAX_SHELVES]:
        listing = library.summaries(query, limit=SHELF_WORKS)
        if listing.total:
            shelves.append(Shelf(name, collection, query, listing))
    return tuple(shelves)


def shelf_query(name: str) -> Query:
    """Return what is on a shelf that is no collection.

    Raises:
        KeyError: There is no such shelf.
    """
    return {
        "new": Query(sort="new"),
        "children": Query(audience=str(Audience.CHILDREN)),
        "listen": Query(form=str(Form.AUDIOBOOK)),
    }[name]


def by_letter(
    values: Iterable[tuple[str, int]],
) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
    """Return values with their counts under their first letters, in the Vietnamese alphabet.

    Accents are off, but Đ stands after D as in a dictionary; what begins with no letter is under #.
    """
    ordered = sorted(values, key=lambda one: sort_key(one[0]))
    return tuple((letter, tuple(group)) for letter, group in groupby(ordered, _letter))


def _letter(value: tuple[str, int]) -> str:
    first = value[0][:1].upper()
    plain = first if first == "Đ" else fold(first)[:1].upper()
    return plain if plain.isalpha() else "#"
