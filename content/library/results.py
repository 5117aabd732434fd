"""What the library answers to a search: hits grouped by work, a page of them, archives held."""

from dataclasses import dataclass, field
from typing import Any

from content.catalogue.summary import Summary, summary_from_json
from content.errors import SearchError
from content.search.found import Place, Suggestion
from content.terms import to_json


@dataclass(frozen=True, slots=True)
class Hit:
    """One work found, with the places inside it; or one page of an archive of others.

    Args:
        summary: The work; for a page of an archive of others the record of that archive.
        snippet: Plain text with the found words between `chr(2)` and `chr(3)`.
        places: The best places inside.
        place_count: How many there are.
        entry_title: Title of the page of an archive of others; "" for a work.
        entry_path: Its entry path there.
        why: What made the score, when it was asked for.
    """

    summary: Summary
    score: float
    snippet: str = ""
    places: tuple[Place, ...] = ()
    place_count: int = 0
    entry_title: str = ""
    entry_path: str = ""
    why: tuple[str, ...] = ()

    @property
    def is_entry(self) -> bool:
        """Whether it is a page of an archive of others."""
        return bool(self.entry_path)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of search results.

    Args:
        total: How many hits there are, on all pages.
        facets: Field name to (value, hits), most first.
        partial: Whether time ran out before all was looked at.
        understood: What was looked for instead of what was typed, or "".
        did_you_mean: The words as the library spells them, or "".
        near: When nothing was found: other words to try.
    """

    total: int = 0
    hits: tuple[Hit, ...] = ()
    facets: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    partial: bool = False
    understood: str = ""
    did_you_mean: str = ""
    near: tuple[Suggestion, ...] = ()


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
    """Return a hit as `/api/search` and `diemdoc search --json` give it.

    A page of an archive of others has the `id` of that archive's record and a `path` of its own;
    `kind` tells the two apart.
    """
    work = hit.summary
    places = [{**to_json(one), "snippet": unmarked(one.snippet)} for one in hit.places]
    data: dict[str, Any] = {
        "kind": "entry" if hit.is_entry else "work",
        "id": work.identifier,
        "title": hit.entry_title or work.title,
        "creator": list(work.creator),
        "form": str(work.form),
        "archive": work.book,
        "path": hit.entry_path or (hit.places[0].path if hit.places else work.path),
        "score": round(hit.score, 4),
        "snippet": unmarked(hit.snippet),
        "places": places,
        "place_count": hit.place_count,
    }
    return {**data, "why": list(hit.why)} if hit.why else data


def page_as_json(page: SearchPage) -> dict[str, Any]:
    """Return a page of results as the search process sends it; `page_from_json` is its inverse."""
    return {
        "total": page.total,
        "facets": {name: [list(one) for one in values] for name, values in page.facets.items()},
        "partial": page.partial,
        "understood": page.understood,
        "did_you_mean": page.did_you_mean,
        "near": [[one.words, one.kind] for one in page.near],
        "hits": [
            {
                "summary": to_json(one.summary),
                "score": one.score,
                "snippet": one.snippet,
                "places": [to_json(place) for place in one.places],
                "place_count": one.place_count,
                "entry": [one.entry_title, one.entry_path],
                "why": list(one.why),
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
        facets = {
            name: tuple((str(value), int(works)) for value, works in values)
            for name, values in raw["facets"].items()
        }
        return SearchPage(
            total=int(raw["total"]),
            hits=tuple(_hit(one) for one in raw["hits"]),
            facets=facets,
            partial=bool(raw["partial"]),
            understood=str(raw["understood"]),
            did_you_mean=str(raw["did_you_mean"]),
            near=tuple(Suggestion(str(words), str(kind)) for words, kind in raw["near"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SearchError(f"the search answered something else: {error}") from error


def _hit(raw: dict[str, Any]) -> Hit:
    title, path = raw["entry"]
    return Hit(
        summary=summary_from_json(raw["summary"]),
        score=float(raw["score"]),
        snippet=str(raw["snippet"]),
        places=tuple(Place(**place) for place in raw["places"]),
        place_count=int(raw["place_count"]),
        entry_title=str(title),
        entry_path=str(path),
        why=tuple(str(one) for one in raw["why"]),
    )


def unmarked(snippet: str) -> str:
    """Return a snippet without its marks."""
    return snippet.replace("\x02", "").replace("\x03", "")
