"""Every path the archive server answers besides the entries themselves."""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from content.errors import EntryNotFoundError
from content.library.books import Books
from kiosk.origins import Names, Origin
from kiosk.serving.busyness import Busyness
from kiosk.serving.catalog import Catalog
from kiosk.serving.entries import entry_headers
from kiosk.serving.kiwix_search import KiwixSearch
from kiosk.serving.message import Request, Response
from kiosk.serving.shared import Shared
from kiosk.serving.site import READY_BYTES, Site

JSON = "application/json; charset=utf-8"


def make_site(
    books: Books, names: Names, *, shared: Shared | None = None, ready_bytes: int = READY_BYTES
) -> Site:
    """Return the site of a library with all its routes.

    Args:
        shared: What other points may take from here; None gives nothing away.
    """
    busyness = Busyness()
    routes, catalog = Routes(books, busyness), Catalog(books)
    search = KiwixSearch(books, catalog.cards)
    return Site(
        books,
        names,
        routes={
            "/healthz": routes.healthz,
            "/raw/": routes.metadata,
            "/catalog/": catalog.answer,
            "/search": search.search,
            "/search/searchdescription.xml": search.description,
            "/suggest": search.suggest,
            "/random": search.random,
            **({"/repository/": shared.answer} if shared else {}),
        },
        ready_bytes=ready_bytes,
        busyness=busyness,
    )


class Routes:
    """Answers over the archives of a library."""

    def __init__(self, books: Books, busyness: Busyness) -> None:
        self._books = books
        self._busyness = busyness

    def healthz(self, request: Request, origin: Origin) -> Response:  # noqa: ARG002
        """Say that this process answers, and how busy readers keep it, for programs."""
        generation = self._books.generation
        return answer_json(
            {
                "status": "ok",
                "generation": generation.number,
                "archives": len(generation.archives),
                "requests_per_s": round(self._busyness.requests_per_s, 1),
            }
        )

    def metadata(self, request: Request, origin: Origin) -> Response:
        """Answer `/raw/NAME/meta/KEY`.

        Raises:
            EntryNotFoundError: There is no such archive or value.
        """
        _, _, name, kind, *rest = [*request.path.split("/"), "", ""]
        key = unquote("/".join(rest).rstrip("/"))
        book = self._books.open(name)
        value = book.reader.metadata().get(key) if kind == "meta" else None
        if value is None:
            raise EntryNotFoundError(f"{name} has no metadata {key[:80]!r}")
        media_type = "image/png" if key.startswith("Illustration") else "text/plain"
        headers = entry_headers(book, f"/raw/{name}/", media_type, origin, packed=False)
        return Response(HTTPStatus.OK, headers, value)


def answer_json(value: Any, *, seconds: int = 0) -> Response:
    """Return a JSON answer, to be kept for so many seconds."""
    kept = f"max-age={seconds}" if seconds else "no-store"
    headers = [
        ("Content-Type", JSON),
        ("Cache-Control", kept),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return Response(HTTPStatus.OK, headers, json.dumps(value, ensure_ascii=False).encode())
