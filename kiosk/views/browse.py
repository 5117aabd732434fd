"""Browse without typing: by subject, person, place, collection, language; and whole shelves."""

from dataclasses import replace

from flask import Blueprint, abort, render_template, request

from content.catalogue.records import Query
from content.library.local_history import is_local
from kiosk.ui.shelves import by_letter, shelf_query
from kiosk.views.context import PAGE_SIZE, library, page_number

bp = Blueprint("browse", __name__)
FIELDS = ("collection", "subject", "creator", "place", "form", "language")
SORTS = ("title", "new", "creator")
# So many of each stand on the first page; the others are one tap away.
FIRST_VALUES = 12


@bp.get("/browse/")
def index() -> str:
    """Show every value works can be browsed by."""
    held = library()
    groups = [(name, held.counts(name)) for name in FIELDS]
    return render_template(
        "browse.html", groups=[group for group in groups if group[1]], first=FIRST_VALUES
    )


@bp.get("/browse/<name>/")
def values(name: str) -> str:
    """Show every value of one field by its letter."""
    if name not in FIELDS:
        abort(404)
    return render_template("values.html", name=name, letters=by_letter(library().counts(name)))


@bp.get("/browse/<name>/<path:value>")
def listing(name: str, value: str) -> str:
    """Show the works with one value."""
    if name not in FIELDS:
        abort(404)
    return _listing(Query(**{name: value}), name, value)


@bp.get("/shelf/<name>")
def shelf(name: str) -> str:
    """Show everything on a shelf."""
    if name == "local":
        local = [value for value, _ in library().counts("collection") if is_local(value)]
        if not local:
            abort(404)
        return _listing(Query(collection=local[0]), "collection", local[0])
    try:
        query = shelf_query(name)
    except KeyError:
        abort(404)
    return _listing(query, "shelf", name)


def _listing(query: Query, name: str, value: str) -> str:
    page = page_number()
    sort = request.args.get("sort", query.sort)
    query = replace(query, sort=sort if sort in SORTS else query.sort)
    found = library().summaries(query, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "listing.html",
        found=found,
        name=name,
        value=value,
        sort=query.sort or SORTS[0],
        page=page,
        pages=-(-found.total // PAGE_SIZE),
    )
