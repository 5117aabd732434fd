"""What the search process does for others; every job ends in a reply."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from content.catalogue.records import FIELDS, Query
from content.errors import ContentError
from content.library.archive_search import search_inside
from content.library.library import Library
from content.library.results import page_as_json

logger = logging.getLogger(__name__)
MAX_KEPT = 500
MAX_LIMIT = 200
MAX_WORDS = 1_000
MAX_TITLE_WORDS = 100


class Jobs:
    """The jobs over one library; the last answers are kept until the library changes.

    Args:
        root: The library folder.
    """

    def __init__(self, root: Path) -> None:
        self._library = Library(root)
        self._kept: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._generation = -1
        self._doing: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "search": self._search,
            "suggest": self._suggest,
            "titles": self._titles,
            "fulltext": self._full_text,
        }

    def do(self, job: dict[str, Any]) -> dict[str, Any]:
        """Return the reply to a job; never raises."""
        try:
            generation = self._library.generation
            if generation != self._generation:
                self._generation = generation
                self._kept.clear()
            key = repr(sorted(job.items()))
            reply = self._kept.get(key)
            if reply is None:
                reply = self._doing[str(job["do"])](job)
                if not reply.get("partial"):
                    self._kept[key] = reply
                while len(self._kept) > MAX_KEPT:
                    self._kept.popitem(last=False)
        except ContentError as error:
            return {"error": str(error), "code": error.code}
        except (KeyError, TypeError, ValueError) as error:
            return {"error": f"the job cannot be read: {error}", "code": "job"}
        except Exception:  # the process must live on, whatever one query does
            logger.exception("a search failed")
            return {"error": "the search failed", "code": "search"}
        return reply

    def _search(self, job: dict[str, Any]) -> dict[str, Any]:
        asked = job.get("query", {})
        fields = {name: str(asked.get(name, "")) for name in FIELDS}
        page = self._library.search(
            str(job["words"])[:MAX_WORDS],
            query=Query(**fields, sort=str(asked.get("sort", "title"))),
            limit=min(int(job["limit"]), MAX_LIMIT),
            offset=int(job["offset"]),
        )
        return page_as_json(page)

    def _suggest(self, job: dict[str, Any]) -> dict[str, Any]:
        words = str(job["words"])[:MAX_TITLE_WORDS]
        return {"words": list(self._library.suggest(words, limit=min(int(job["limit"]), 50)))}

    def _full_text(self, job: dict[str, Any]) -> dict[str, Any]:
        """Search in the archives called `books`, in all when there is no name."""
        books = self._library.books
        found = search_inside(
            books,
            [str(one) for one in job["books"]] or [one.name for one in books.generation.archives],
            str(job["words"])[:MAX_WORDS],
            limit=min(int(job["limit"]), MAX_LIMIT),
            offset=int(job["offset"]),
        )
        places = [[one.book, one.path, one.title, one.snippet] for one in found.places]
        return {"total": found.total, "places": places, "partial": found.partial}

    def _titles(self, job: dict[str, Any]) -> dict[str, Any]:
        found = self._library.titles(
            str(job["book"]),
            str(job["words"])[:MAX_TITLE_WORDS],
            limit=min(int(job["limit"]), MAX_LIMIT),
            offset=int(job.get("offset", 0)),
        )
        has_full_text = self._library.archive(str(job["book"])).has_full_text
        return {"titles": [list(one) for one in found], "full_text": has_full_text}
