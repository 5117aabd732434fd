"""Search the whole box: a page for people, JSON for programs, suggestions while typing."""

from dataclasses import asdict

from flask import Blueprint, Response, abort, g, jsonify, render_template, request, url_for

from content.catalogue.records import Query
from content.library.results import Hit, SearchPage, hit_as_json, page_from_json
from content.library.search import SORTS
from content.search.found import Place
from content.terms import PartKind
from kiosk.ui.snippets import words_to_mark
from kiosk.views.content import answer_as_kiwix
from kiosk.views.context import (
    PAGE_SIZE,
    ask_search,
    library,
    page_number,
    query_from_address,
    record_or_404,
)
from kiosk.views.counting import found_something

bp = Blueprint("search", __name__)
MAX_LIMIT = 100
MAX_SHORTER = 3


@bp.get("/search")
def search() -> str | Response:
    """Show the works in which the words are found; answer kiwix-serve's clients as they expect."""
    if "q" not in request.args and "pattern" in request.args:
        return answer_as_kiwix()
    words = request.args.get("q", "").strip()[:1000]
    page = page_number()
    query = query_from_address()
    found = _found(words, query, PAGE_SIZE, (page - 1) * PAGE_SIZE) if words else SearchPage()
    kept = {**query.filters, **({"sort": query.sort} if query.sort else {})}
    return render_template(
        "search.html",
        words=words,
        found=found,
        asked=(found.did_you_mean or found.understood) if found.understood else words,
        sorts=("", *SORTS),
        filters=query.filters,
        sort=query.sort,
        kept=kept,
        shorter=_shorter(words) if not found.total else (),
        address_of=_address_of,
        page=page,
        pages=-(-found.total // PAGE_SIZE),
    )


@bp.get("/search/in/<identifier>")
def inside(identifier: str) -> str:
    """Show every place inside one work in which the words are found, in the order of the work."""
    record = record_or_404(identifier)
    words = request.args.get("q", "").strip()[:1000]
    if not words:
        abort(404)
    job = {"do": "inside", "work": identifier, "words": words}
    places = [Place(**one) for one in ask_search(job)["places"]]
    is_sound = bool(record.parts) and record.parts[0].kind == PartKind.TRACK
    return render_template(
        "inside.html",
        record=record,
        book=library().book(identifier),
        words=words,
        places=[(one, _place_address(identifier, one, words, is_sound=is_sound)) for one in places],
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
        understood=found.understood,
        did_you_mean=found.did_you_mean,
        near=[asdict(one) for one in found.near],
    )


@bp.get("/api/suggest")
def api_suggest() -> Response:
    """Answer with works, people, places and subjects that begin like the words typed.

    A list of words; with `kinds=1` a list of `{"words", "kind"}`.
    """
    words = request.args.get("q", "")[:100]
    found = ask_search({"do": "suggest", "words": words, "limit": 8})["words"]
    if request.args.get("kinds"):
        response = jsonify([{"words": said, "kind": kind} for said, kind in found])
    else:
        response = jsonify([said for said, _ in found])
    response.cache_control.max_age = 60
    return response


def _found(words: str, query: Query, limit: int, offset: int) -> SearchPage:
    job = {"do": "search", "words": words, "limit": limit, "offset": offset}
    found = page_from_json(ask_search({**job, "query": asdict(query), "language": g.locale}))
    found_something(found=found.total > 0)
    return found


def _address_of(hit: Hit, place: Place | None, words: str) -> str:
    """Return our page that opens a hit, or one of its places, where the words stand."""
    work = hit.summary
    if hit.is_entry:
        return url_for("viewer.view", identifier=work.identifier, path=hit.entry_path)
    if place is None:
        return url_for("record.record", identifier=work.identifier)
    return _place_address(work.identifier, place, words, is_sound=work.form == "audiobook")


def _place_address(identifier: str, place: Place, words: str, *, is_sound: bool) -> str:
    if is_sound:
        return url_for("listen.listen", identifier=identifier, number=place.number)
    marked = words_to_mark(words, place.snippet)
    return url_for(
        "reader.read", identifier=identifier, number=place.number, q=marked, _anchor="found"
    )


def _shorter(words: str) -> tuple[str, ...]:
    """Return the words with one left out, to be tried when nothing was found."""
    parts = words.split()
    if not 2 <= len(parts) <= 8:
        return ()
    places = range(len(parts) - 1, -1, -1)
    return tuple(" ".join(parts[:one] + parts[one + 1 :]) for one in places)[:MAX_SHORTER]


def _bounded(name: str, default: int, most: int) -> int:
    text = request.args.get(name, "")
    return min(int(text), most) if text.isdecimal() else default
