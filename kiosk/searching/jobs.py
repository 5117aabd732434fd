"""What the search process does for others; every job ends in a reply."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from content.catalogue.fields import FIELDS
from content.catalogue.records import Query
from content.errors import ContentError
from content.library.library import Library
from content.library.results import page_as_json
from content.library.search import BUDGET_S, Wish
from content.library.settings import SearchSettings
from content.terms import to_json

logger = logging.getLogger(__name__)
# A page of results is about 60 kB of memory.
MAX_KEPT = 200
MAX_LIMIT = 200
MAX_OFFSET = 10_000
MAX_WORDS = 1_000
MAX_TITLE_WORDS = 100
MAX_PLACES = 1_000
_DEFAULTS = SearchSettings()
_Job = dict[str, Any]


class Jobs:
    """The jobs over one library, for several threads; answers are kept until the library changes.

    Args:
        root: The library folder.
    """

    def __init__(self, root: Path, settings: SearchSettings = _DEFAULTS) -> None:
        self._library = Library(root, settings)
        self._kept: OrderedDict[str, _Job] = OrderedDict()
        self._lock = threading.Lock()
        self._state: object = None
        self._doing: dict[str, Callable[[_Job, float], _Job]] = {
            "search": self._search,
            "inside": self._inside,
            "suggest": self._suggest,
            "titles": self._titles,
            "fulltext": self._full_text,
        }

    def do(self, job: _Job, budget_s: float = BUDGET_S) -> _Job:
        """Return the reply to a job; never raises.

        Args:
            budget_s: After so long what was found until then is the reply, and says so.
        """
        try:
            state = self._library.state
            key = repr(sorted(job.items()))
            with self._lock:
                if state != self._state:
                    self._state = state
                    self._kept.clear()
                reply = self._kept.get(key)
                if reply is not None:
                    self._kept.move_to_end(key)
                    return reply
            reply = self._doing[str(job["do"])](job, budget_s)
            if not reply.get("partial"):
                self._keep(state, key, reply)
        except ContentError as error:
            return {"error": str(error), "code": error.code}
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            return {"error": f"the job cannot be read: {error}", "code": "job"}
        except Exception:  # the process must live on, whatever one query does
            logger.exception("a search failed")
            return {"error": "the search failed", "code": "search"}
        return reply

    def _keep(self, state: object, key: str, reply: _Job) -> None:
        with self._lock:
            if state == self._state == self._library.state:
                self._kept[key] = reply
                while len(self._kept) > MAX_KEPT:
                    self._kept.popitem(last=False)

    def _search(self, job: _Job, budget_s: float) -> _Job:
        asked = dict(job.get("query", {}))
        fields = {name: str(asked.get(name, ""))[:200] for name in FIELDS}
        wish = Wish(
            str(job["words"])[:MAX_WORDS],
            Query(**fields, sort=str(asked.get("sort", ""))),
            limit=_bounded(job["limit"], MAX_LIMIT),
            offset=_bounded(job["offset"], MAX_OFFSET),
            language=str(job.get("language", "vi"))[:20],
            explain=bool(job.get("explain")),
            budget_s=budget_s,
        )
        return page_as_json(self._library.search(wish))

    def _inside(self, job: _Job, _: float) -> _Job:
        words = str(job["words"])[:MAX_WORDS]
        found = self._library.places(str(job["work"]), words, limit=MAX_PLACES)
        return {"places": [to_json(one) for one in found]}

    def _suggest(self, job: _Job, _: float) -> _Job:
        words = str(job["words"])[:MAX_TITLE_WORDS]
        found = self._library.suggest(words, limit=_bounded(job["limit"], 50))
        return {"words": [[one.words, one.kind] for one in found]}

    def _full_text(self, job: _Job, budget_s: float) -> _Job:
        """Search in the archives called `books`, in all when there is no name."""
        books = self._library.books
        found = self._library.inside.page(
            [str(one) for one in job["books"]] or [one.name for one in books.generation.archives],
            str(job["words"])[:MAX_WORDS],
            limit=_bounded(job["limit"], MAX_LIMIT),
            offset=_bounded(job["offset"], 100_000),
            budget_s=budget_s,
        )
        places = [[one.book, one.path, one.title, one.snippet] for one in found.places]
        return {"total": found.total, "places": places, "partial": found.partial}

    def _titles(self, job: _Job, _: float) -> _Job:
        found = self._library.titles(
            str(job["book"]),
            str(job["words"])[:MAX_TITLE_WORDS],
            limit=_bounded(job["limit"], MAX_LIMIT),
            offset=_bounded(job.get("offset", 0), 100_000),
        )
        has_full_text = self._library.archive(str(job["book"])).has_full_text
        return {"titles": [list(one) for one in found], "full_text": has_full_text}


def _bounded(value: Any, most: int) -> int:
    return max(0, min(int(value), most))
