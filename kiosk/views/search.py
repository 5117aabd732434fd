"""Search the whole box: a page for people, JSON for programs, suggestions while typing."""

from flask import Blueprint, Response, jsonify, render_template, request

from content.library.results import hit_as_json
from kiosk.views.context import PAGE_SIZE, library, page_number, query_from_address

bp = Blueprint("search", __name__)
MAX_LIMIT = 100


@bp.get("/search")
def search() -> str:
    """Show the works in which the words are found."""
    words = request.args.get("q", "").strip()[:1000]
    page = page_number()
    query = query_from_address()
    found = library().search(words, query=query, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    filters = {name: value for name, value in request.args.items() if name not in {"q", "page"}}
    return render_template(
        "search.html",
        words=words,
        found=found,
        query=query,
        filters=filters,
        page=page,
        pages=-(-found.total // PAGE_SIZE),
    )


@bp.get("/api/search")
def api_search() -> Response:
    """Answer with `{"total", "hits", "facets"}`; hits as `diemdoc search --json` prints them."""
    found = library().search(
        request.args.get("q", "")[:1000],
        query=query_from_address(),
        limit=_bounded("limit", 20, MAX_LIMIT),
        offset=_bounded("offset", 0, 10_000),
    )
    return jsonify(
        total=found.total,
        hits=[hit_as_json(one) for one in found.hits],
        facets={name: dict(values) for name, values in found.facets.items()},
        partial=found.partial,
    )


@bp.get("/api/suggest")
def api_suggest() -> Response:
    """Answer with titles, people and subjects that begin like the words typed."""
    words = request.args.get("q", "")[:100]
    response = jsonify(library().suggest(words, limit=8))
    response.cache_control.max_age = 60
    return response


def _bounded(name: str, default: int, most: int) -> int:
    text = request.args.get(name, "")
    return min(int(text), most) if text.isdecimal() else default
