"""What the library answers to the web: hits grouped by work, a page of them, archives held."""

from dataclasses import dataclass, field
from typing import Any

from content.catalogue.records import Summary, summary_from_json
from content.errors import SearchError
from content.search.found import Place
from content.terms import to_json


@dataclass(frozen=True, slots=True)
class Hit:
    """One work found, with the places inside it.

    Args:
        snippet: Plain text with the found words between `chr(2)` and `chr(3)`.
        places: The best places inside.
        place_count: How many there are.
    """

    summary: Summary
    score: float
    snippet: str
    places: tuple[Place, ...]
    place_count: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of search results.

    Args:
        total: How many works were found.
        facets: Field name to (value, works), most first.
        partial: Whether time ran out before all was looked at.
        suggestion: Other words to try, or "".
    """

    total: int = 0
    hits: tuple[Hit, ...] = ()
    facets: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    partial: bool = False
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveInfo:
    """One archive of the library.

    Args:
        added: UTC date it came, ISO 8601.
        origin: `local` when it was added by hand.
        packed_bytes: Size of its sidecar of packed texts; 0 while there is none.
    """

    name: str
    title: str
    file: str
    size_bytes: int
    uuid: str
    works: int
    added: str
    origin: str
    packed_bytes: int = 0


def hit_as_json(hit: Hit) -> dict[str, Any]:
    """Return a hit as `/api/search` and `diemdoc search --json` give it."""
    work = hit.summary
    places = [{**to_json(one), "snippet": _unmarked(one.snippet)} for one in hit.places]
    return {
        "id": work.identifier,
        "title": work.title,
        "creator": list(work.creator),
        "form": str(work.form),
        "archive": work.book,
        "path": hit.places[0].path if hit.places else work.path,
        "score": round(hit.score, 4),
        "snippet": _unmarked(hit.snippet),
        "places": places,
    }


def page_as_json(page: SearchPage) -> dict[str, Any]:
    """Return a page of results as the search process sends it; `page_from_json` is its inverse."""
    return {
        "total": page.total,
        "facets": {name: [list(one) for one in values] for name, values in page.facets.items()},
        "partial": page.partial,
        "suggestion": page.suggestion,
        "hits": [
            {
                "summary": to_json(one.summary),
                "score": one.score,
                "snippet": one.snippet,
                "places": [to_json(place) for place in one.places],
                "place_count": one.place_count,
            }
            for one in page.hits
        ],
    }


def page_from_json(raw: dict[str, Any]) -> SearchPage:
    """Return the page that `page_as_json` was given.

    Raises:
        SearchError: It is none.
    """
    try:
        hits = tuple(
            Hit(
                summary=summary_from_json(one["summary"]),
                score=float(one["score"]),
                snippet=str(one["snippet"]),
                places=tuple(Place(**place) for place in one["places"]),
                place_count=int(one["place_count"]),
            )
            for one in raw["hits"]
        )
        facets = {
            name: tuple((str(value), int(works)) for value, works in values)
            for name, values in raw["facets"].items()
        }
        return SearchPage(
            int(raw["total"]), hits, facets, bool(raw["partial"]), str(raw["suggestion"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SearchError(f"the search answered something else: {error}") from error


def _unmarked(snippet: str) -> str:
    return snippet.replace("\x02", "").replace("\x03", "")
