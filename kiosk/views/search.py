"""Search the whole box: a page for people, JSON for programs, suggestions while typing."""

from dataclasses import asdict

from flask import Blueprint, Response, jsonify, render_template, request

from content.catalogue.records import Query
from content.library.results import SearchPage, hit_as_json, page_from_json
from kiosk.views.content import answer_as_kiwix
from kiosk.views.context import PAGE_SIZE, ask_search, page_number, query_from_address
from kiosk.views.counting import found_something

bp = Blueprint("search", __name__)
MAX_LIMIT = 100


@bp.get("/search")
def search() -> str | Response:
    """Show the works in which the words are found; answer kiwix-serve's clients as they expect."""
    if "q" not in request.args and "pattern" in request.args:
        return answer_as_kiwix()
    words = request.args.get("q", "").strip()[:1000]
    page = page_number()
    query = query_from_address()
    found = _found(words, query, PAGE_SIZE, (page - 1) * PAGE_SIZE)
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
    found = _found(
        request.args.get("q", "")[:1000],
        query_from_address(),
        _bounded("limit", 20, MAX_LIMIT),
        _bounded("offset", 0, 10_000),
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
    response = jsonify(ask_search({"do": "suggest", "words": words, "limit": 8})["words"])
    response.cache_control.max_age = 60
    return response


def _found(words: str, query: Query, limit: int, offset: int) -> SearchPage:
    job = {"do": "search", "words": words, "limit": limit, "offset": offset}
    found = page_from_json(ask_search({**job, "query": asdict(query)}))
    found_something(found=found.total > 0)
    return found


def _bounded(name: str, default: int, most: int) -> int:
    text = request.args.get(name, "")
    return min(int(text), most) if text.isdecimal() else default
