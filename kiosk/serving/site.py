"""What an archive server answers: one function of a request, over the archives of a library.

The loop sends it to phones; the app hands it the same routes under its own name.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from content.errors import ContentError, EntryNotFoundError
from content.library.books import Book, Books
from kiosk.origins import Names, Origin, label_of
from kiosk.serving import entries
from kiosk.serving.busyness import Busyness
from kiosk.serving.message import (
    Ask,
    FilePiece,
    Later,
    Request,
    Response,
    decode_path,
    decode_query,
    split_target,
)
from kiosk.serving.pages import page
from kiosk.serving.ranges import matches, parse_ranges, range_applies
from kiosk.serving.ready import Ready, ReadyAnswers

logger = logging.getLogger(__name__)
READY_BYTES = 24_000_000
Answer = Response | Later
Route = Callable[[Request, Origin], Answer]


class Site:
    """The archives of a library as HTTP.

    Args:
        routes: Other paths, each with what answers it; a path that ends in "/" stands for all
            below it.
        names: Names of this reading point.
        busyness: Where requests are counted.
    """

    def __init__(
        self,
        books: Books,
        names: Names,
        *,
        routes: dict[str, Route] | None = None,
        ready_bytes: int = READY_BYTES,
        busyness: Busyness | None = None,
    ) -> None:
        self._books = books
        self._busyness = busyness or Busyness()
        self._routes = routes or {}
        self._names = names
        self._ready = ReadyAnswers(ready_bytes)
        self._origins: dict[bytes, Origin] = {}

    def answer(self, ask: Ask) -> Answer:
        """Return the answer to a request; never raises."""
        self._busyness.count += 1
        headers = ask.headers
        packs = b"gzip" in headers.get(b"accept-encoding", b"") and b"range" not in headers
        host = headers.get(b"host", b"")
        key = (ask.target, host, b"z" if packs else b"")
        if headers.get(b"service-worker") == b"script":
            # It could answer for us, with pages that have no policy.
            return page(HTTPStatus.NOT_FOUND, "", detail="no service workers")
        ready = self._ready.get(key)
        if ready is not None and ask.method in (b"GET", b"HEAD"):
            return _conditional(ready, ask)
        visit = _Visit(ask, self._origin(host), key, packs)
        app = visit.origin.app
        try:
            return self._found(visit)
        except EntryNotFoundError as error:
            return page(HTTPStatus.NOT_FOUND, app, detail=str(error))
        except ValueError as error:
            return page(HTTPStatus.BAD_REQUEST, app, detail=str(error))
        except (ContentError, OSError) as error:
            logger.warning("%s: %s", ask.target[:200], error)
            return page(HTTPStatus.SERVICE_UNAVAILABLE, app, detail=str(error))

    def look(self) -> None:
        """Notice a new library, or a disk that has gone; called about once a second."""
        self._busyness.look()
        try:
            same = self._books.look()
        except ContentError as error:
            logger.warning("%s", error)
            same = False
        if not same:
            self._ready.clear()

    def _origin(self, host: bytes) -> Origin:
        found = self._origins.get(host)
        if found is None:
            if len(self._origins) > 1_000:
                self._origins.clear()
            found = self._origins[host] = self._names.origin(host)
        return found

    def _found(self, visit: "_Visit") -> Answer:
        ask, origin = visit.ask, visit.origin
        raw_path, query = split_target(ask.target)
        path = decode_path(raw_path)
        if ask.method not in (b"GET", b"HEAD"):
            return page(HTTPStatus.METHOD_NOT_ALLOWED, origin.app)
        root, _, rest = path[1:].partition("/")
        if root in ("content", "raw"):
            name = rest.partition("/")[0].partition("@")[0]
            if origin.label not in ("", label_of(name)):
                # One archive's origin shows no other archive.
                other = origin.host.replace(origin.label, label_of(name), 1)
                return _go(f"http://{other}{quote(path)}")
        elif origin.label:
            raise EntryNotFoundError(f"nothing is at {path[:200]} of one archive")
        if root == "content":
            return self._content(visit, rest, query)
        if root == "raw" and rest.partition("/")[2].startswith("content/"):
            name, _, below = rest.partition("/")
            book = self._books.open(name)
            prefix, inner = f"/raw/{name}/content/", below.removeprefix("content/")
            return self._entry(visit, book, (prefix, inner), query)
        return self._routed(visit, path, query)

    def _routed(self, visit: "_Visit", path: str, query: bytes) -> Answer:
        """Answer a path that is no entry's."""
        ask, origin = visit.ask, visit.origin
        root = path[1:].partition("/")[0]
        route = self._routes.get(path) or self._routes.get(f"/{root}/")
        if route is None:
            if self._books.held(root) is not None:
                # Clients of kiwix-serve before 3.5 name the archive at once.
                return _go(quote(f"/content{path}"))
            raise EntryNotFoundError(f"nothing is at {path[:200]}")
        request = Request(
            method=ask.method.decode(),
            path=path,
            query=decode_query(query),
            headers={
                name.decode("latin-1"): value.decode("latin-1")
                for name, value in ask.headers.items()
            },
            base=f"http://{origin.host}" if origin.host else "",
        )
        answer = route(request, origin)
        if isinstance(answer, Later):
            return self._keeping(visit.key, answer)
        if answer.lasts:
            self._ready.keep(visit.key, Ready(answer, answer, b""))
        return answer

    def _keeping(self, key: tuple[bytes, ...], later: Later) -> Later:
        """Keep what the search process answers whole: people ask the same again."""
        generation = self._books.generation.number

        def finish(reply: dict[str, Any] | None) -> Response:
            response = later.finish(reply)
            is_whole = reply is not None and not reply.get("partial")
            is_today = generation == self._books.generation.number
            if response.status == HTTPStatus.OK and is_whole and is_today:
                self._ready.keep(key, Ready(response, response, b""))
            return response

        return Later(later.job, finish)

    def _content(self, visit: "_Visit", rest: str, query: bytes) -> Response:
        """Answer `/content/NAME[@VERSION]/PATH`."""
        given, _, path = rest.partition("/")
        name, _, version = given.partition("@")
        book = self._books.open(name)
        if not path:
            path = book.reader.main_path()
            if not path:
                raise EntryNotFoundError(f"{name} has no main page")
            return _go(entries.place_of(f"/content/{name}/", path))
        if version and version != book.held.version:
            return _go(entries.place_of(f"/content/{name}/", path))
        return self._entry(visit, book, (f"/content/{given}/", path), query)

    def _entry(self, visit: "_Visit", book: Book, where: tuple[str, str], query: bytes) -> Response:
        prefix, path = where
        full = entries.whole(book, path, prefix, visit.origin, packs=visit.packs)
        if prefix.startswith("/raw/") and full.status == HTTPStatus.FOUND:
            path = book.entry(path).redirect_to
            full = entries.whole(book, path, prefix, visit.origin, packs=visit.packs)
        if full.status != HTTPStatus.OK:
            return full
        if b"download=" in query:
            wanted = decode_query(query).get("download", [""])[0]
            full.headers.append(entries.disposition(wanted, path))
        etag = entries.etag_of(book, packed=("Content-Encoding", "gzip") in full.headers)
        ready = Ready(full, entries.not_modified(full), etag.encode())
        if _holds_no_memory(full):
            self._ready.keep(visit.key, ready)
        return _conditional(ready, visit.ask)


@dataclass(frozen=True, slots=True)
class _Visit:
    """A request with what was found out about it.

    Args:
        key: What its answer depends on.
        packs: Whether gzip may be sent.
    """

    ask: Ask
    origin: Origin
    key: tuple[bytes, ...]
    packs: bool


def _go(place: str) -> Response:
    return Response(HTTPStatus.FOUND, [("Location", place), ("Cache-Control", "no-cache")])


def _holds_no_memory(full: Response) -> bool:
    """Return whether an answer can be kept: a view of libzim's memory would keep a whole block."""
    return all(isinstance(one, FilePiece) for one in full.pieces)


def _conditional(ready: Ready, ask: Ask) -> Response:
    """Return the whole answer, or the short one, or a part (RFC 9110, section 13.2.2)."""
    headers, etag = ask.headers, ready.etag
    if not etag:
        return ready.full
    known = headers.get(b"if-none-match")
    if known is not None and (
        known == etag or matches(known.decode("latin-1"), etag.decode("latin-1"))
    ):
        return ready.short
    asked = headers.get(b"range")
    if asked is None or ask.method != b"GET":
        return ready.full
    condition = headers.get(b"if-range")
    if condition is not None and not range_applies(condition.decode("latin-1"), etag.decode()):
        return ready.full
    try:
        ranges = parse_ranges(asked.decode("latin-1"), ready.full.length)
    except ValueError:
        return entries.out_of_range(ready.full)
    return ready.full if ranges is None else entries.part_of(ready.full, ranges)
