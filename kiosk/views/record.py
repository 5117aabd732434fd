"""One work: its cover, what it is, and one big button per way to read or hear it."""

from flask import Blueprint, Response, render_template

from content.catalogue.records import Query
from content.catalogue.summary import Summary
from content.covers import cover_svg
from content.terms import Record
from kiosk.views.context import library, public_address, record_or_404

bp = Blueprint("record", __name__)
RELATED = 8


@bp.get("/record/<identifier>")
def record(identifier: str) -> str:
    """Show a work."""
    found = record_or_404(identifier)
    held = library()
    return render_template(
        "record.html",
        record=found,
        book=held.book(identifier),
        paper=[one for one in held.holdings(identifier) if not one.archive],
        numbered=list(enumerate(found.parts, start=1)),
        related=_related(found),
        link=public_address(f"/record/{identifier}"),
    )


@bp.get("/cover/<identifier>.svg")
def cover(identifier: str) -> Response:
    """Draw a cover for a work that has none."""
    found = record_or_404(identifier)
    svg = cover_svg(found.title, ", ".join(found.creator), found.form, found.collection)
    response = Response(svg, mimetype="image/svg+xml")
    response.cache_control.max_age = 3600
    return response


def _related(found: Record) -> list[Summary]:
    """Return other works by the same person, then of the same collection."""
    held = library()
    queries = [Query(creator=name) for name in found.creator[:2]]
    if found.collection:
        queries.append(Query(collection=found.collection))
    works: dict[str, Summary] = {}
    for query in queries:
        for one in held.summaries(query, limit=RELATED).items:
            if one.identifier != found.identifier:
                works.setdefault(one.identifier, one)
    return list(works.values())[:RELATED]
