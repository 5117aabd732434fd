"""kiwix-serve's searches: `/search`, `/suggest`, `/random`, as its apps ask them.

The search process does the work; here its reply becomes RSS, JSON, or a page. What archives say is
escaped wherever it goes.
"""

import json
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from content.archive.full_text import MARK_END, MARK_START
from content.errors import EntryNotFoundError
from content.library.books import Books
from content.library.cards import Cards
from kiosk.origins import Origin
from kiosk.serving.catalog import number, wish_of
from kiosk.serving.feed import xml
from kiosk.serving.message import Later, Request, Response
from kiosk.serving.pages import document, page

# kiwix-serve's own numbers.
PAGE = 25
MAX_PAGE = 140
SUGGESTIONS = 10
MAX_SUGGESTIONS = 100
MAX_WORDS = 1_000
MAX_TITLE = 100
# What comes before in the index is read too; beyond that the search process does it.
MAX_SKIPPED = 1_000
MAX_START = 100_000
_FILTER = "books.filter."


class KiwixSearch:
    """Answers to what Kiwix's apps search."""

    def __init__(self, books: Books, cards: Cards) -> None:
        self._books = books
        self._cards = cards

    def search(self, request: Request, origin: Origin) -> Later:
        """Answer `/search?pattern=`.

        Raises:
            EntryNotFoundError: There is no such archive.
            ValueError: Nothing is searched for, or a number is none.
        """
        words = _words(request, "pattern") or _words(request, "q")
        if not words:
            raise ValueError("write in pattern= what to search for")
        names = self._chosen(request)
        start = max(1, number(request, "start", 1, least=0))
        count = min(number(request, "pageLength", PAGE, least=0) or PAGE, MAX_PAGE)
        is_xml = request.query.get("format", [""])[0] == "xml"
        if start > MAX_START:
            raise ValueError(f"start must not be above {MAX_START}")
        job = {
            "do": "fulltext",
            "books": names,
            "words": words,
            "limit": count,
            "offset": start - 1,
        }

        def finish(reply: dict[str, Any] | None) -> Response:
            if reply is None or "error" in reply:
                return page(HTTPStatus.GATEWAY_TIMEOUT, origin.app)
            shown = _Shown(
                request, reply, words=words, start=start, count=count, titles=self._titles()
            )
            return shown.rss() if is_xml else shown.html(origin.app)

        return Later(job, finish)

    def description(self, request: Request, origin: Origin) -> Response:  # noqa: ARG002
        """Answer `/search/searchdescription.xml`."""
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
            "  <ShortName>Zim fulltext search</ShortName>\n"
            "  <Description>Search in the texts of the archives.</Description>\n"
            '  <Url type="application/rss+xml" indexOffset="1" template="/search?format=xml&amp;'
            "pattern={searchTerms}&amp;start={startIndex?}&amp;pageLength={count?}&amp;"
            'books.name={k:name?}" xmlns:k="http://kiwix.org/opensearchextension/1.0"/>\n'
            "</OpenSearchDescription>\n"
        )
        return _public("application/opensearchdescription+xml", body)

    def suggest(self, request: Request, origin: Origin) -> Response | Later:
        """Answer `/suggest?content=NAME&term=`.

        With a sidecar it is one look into an index, no more than a page costs, and answered here;
        only libzim's own titles are left to the search process.

        Raises:
            EntryNotFoundError: There is no such archive.
            ValueError: No archive is named, or a number is none.
        """
        name = request.query.get("content", [""])[0]
        if not name:
            raise ValueError("name an archive in content=")
        term = _words(request, "term")
        count = min(number(request, "count", SUGGESTIONS, least=0), MAX_SUGGESTIONS)
        start = number(request, "start", 0, least=0)
        book = self._books.open(name)
        if book.packed is not None and start <= MAX_SKIPPED:
            titles = book.packed.titles(term[:MAX_TITLE], limit=count, offset=start)
            return _suggestions(term, titles, has_full_text=book.reader.has_full_text)
        job = {"do": "titles", "book": name, "words": term, "limit": count, "offset": start}

        def finish(reply: dict[str, Any] | None) -> Response:
            if reply is None or "error" in reply:
                return page(HTTPStatus.GATEWAY_TIMEOUT, origin.app)
            return _suggestions(term, reply["titles"], has_full_text=reply["full_text"])

        return Later(job, finish)

    def random(self, request: Request, origin: Origin) -> Response:  # noqa: ARG002
        """Answer `/random?content=NAME` with the way to some page of it.

        Raises:
            EntryNotFoundError: There is no such archive, or no page in it.
            ValueError: No archive is named.
        """
        name = request.query.get("content", [""])[0]
        if not name:
            raise ValueError("name an archive in content=")
        path = self._books.open(name).reader.random_path()
        if not path:
            raise EntryNotFoundError(f"{name} has no page")
        place = quote(f"/content/{name}/{path}")
        return Response(HTTPStatus.FOUND, [("Location", place), ("Cache-Control", "no-store")])

    def _chosen(self, request: Request) -> list[str]:
        """Return the archives that a search names; none stands for all."""
        names = [one for key in ("content", "books.name") for one in request.query.get(key, [])]
        names = [one for one in names if one]
        for uuid in request.query.get("books.id", []):
            card = self._cards.of_uuid(uuid)
            if card is None:
                raise EntryNotFoundError(f"the library has no archive {uuid[:80]!r}")
            names.append(card.book)
        for name in names:
            self._must_hold(name)
        if not names and any(key.startswith(_FILTER) for key in request.query):
            wish = wish_of(request, _FILTER)
            names = [card.book for card in self._cards.all() if wish.fits(card)]
            if not names:
                raise EntryNotFoundError("no archive is of that kind")
        return list(dict.fromkeys(names))

    def _must_hold(self, name: str) -> None:
        if self._books.held(name) is None:
            raise EntryNotFoundError(f"the library has no archive {name[:80]!r}")

    def _titles(self) -> dict[str, str]:
        return {one.name: one.title for one in self._books.generation.archives}


class _Shown:
    """A page of results."""

    def __init__(  # noqa: PLR0913 -- the fields of a page
        self,
        request: Request,
        reply: dict[str, Any],
        *,
        words: str,
        start: int,
        count: int,
        titles: dict[str, str],
    ) -> None:
        self._request = request
        self._words = xml(words)
        self._start = start
        self._count = count
        self._total = int(reply["total"])
        self._is_partial = bool(reply["partial"])
        self._titles = titles
        self._places: list[list[str]] = reply["places"]

    def rss(self) -> Response:
        """Return the results as kiwix-serve's RSS; it says nothing of the number of words."""
        items = "".join(
            f"    <item>\n      <title>{xml(title)}</title>\n"
            f"      <link>{_link(book, path)}</link>\n"
            f"      <description>{_bold(text)}</description>\n"
            f"      <book><title>{xml(self._titles.get(book, book))}</title></book>\n    </item>\n"
            for book, path, title, text in self._places
        )
        own = xml(self._address(self._start))
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<rss version="2.0" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
            ' xmlns:atom="http://www.w3.org/2005/Atom">\n  <channel>\n'
            f"    <title>Search: {self._words}</title>\n    <link>{own}</link>\n"
            f"    <description>Search result for {self._words}</description>\n"
            f"    <opensearch:totalResults>{self._total}</opensearch:totalResults>\n"
            f"    <opensearch:startIndex>{self._start}</opensearch:startIndex>\n"
            f"    <opensearch:itemsPerPage>{self._count}</opensearch:itemsPerPage>\n"
            '    <atom:link rel="search" type="application/opensearchdescription+xml"'
            ' href="/search/searchdescription.xml"/>\n'
            f'    <opensearch:Query role="request" searchTerms="{self._words}"'
            f' startIndex="{self._start}" count="{self._count}"/>\n{items}  </channel>\n</rss>\n'
        )
        return _public("application/rss+xml; charset=utf-8", body)

    def html(self, app: str) -> Response:
        """Return the results as a page; programs that read kiwix-serve's page can read it too."""
        rows = "".join(
            f'<li><a href="{_link(book, path)}">{xml(title)}</a><br><cite>{_bold(text)}</cite>'
            f'<div class="book-title">{xml(self._titles.get(book, book))}</div></li>\n'
            for book, path, title, text in self._places
        )
        last = self._start + len(self._places) - 1
        known = "".join(
            f'<input type="hidden" name="{xml(key)}" value="{xml(one)}">'
            for key, values in self._request.query.items()
            if key not in ("pattern", "q", "start")
            for one in values
        )
        form = (
            f'<form role="search" action="/search">{known}<input name="pattern" type="search" '
            f'aria-label="Từ cần tìm" maxlength="200" value="{self._words}">'
            "<button>Tìm</button></form>"
        )
        if not self._places:
            note = "<p>Không thấy trang nào có các từ này. Hãy thử ít từ hơn.</p>"
        else:
            note = (
                f"<p>Trang {self._start}–{last} trong {self._total}.</p>"
                f'<p lang="en">Results <b>{self._start}-{last}</b> of <b>{self._total}</b></p>'
            )
        if self._is_partial:
            note += "<p>Hết giờ tìm: có thể còn trang khác.</p>"
        inner = f'{form}{note}<div class="results"><ul>\n{rows}</ul></div>{self._turns(last)}'
        return document(HTTPStatus.OK, "Kết quả tìm trong sách", inner, app)

    def _turns(self, last: int) -> str:
        links = []
        if self._start > 1:
            before = max(1, self._start - self._count)
            links.append(f'<a class="b" rel="prev" href="{xml(self._address(before))}">Trước</a>')
        if self._places and last < self._total:
            links.append(f'<a class="b" rel="next" href="{xml(self._address(last + 1))}">Tiếp</a>')
        return f"<p>{' '.join(links)}</p>" if links else ""

    def _address(self, start: int) -> str:
        pairs = [
            (key, one)
            for key, values in self._request.query.items()
            if key not in ("start", "pageLength")
            for one in values
        ]
        return "/search?" + urlencode(
            [*pairs, ("start", str(start)), ("pageLength", str(self._count))]
        )


def _words(request: Request, name: str) -> str:
    return request.query.get(name, [""])[0].strip()[:MAX_WORDS]


def _suggestions(term: str, titles: Iterable[Sequence[str]], *, has_full_text: bool) -> Response:
    rows = [
        {"value": title, "label": xml(title), "kind": "path", "path": path}
        for title, path in titles
    ]
    if has_full_text:
        label = f"chứa “{xml(term)}”…"
        rows.append({"value": f"{term} ", "label": label, "kind": "pattern"})
    answer = _public("application/json; charset=utf-8", json.dumps(rows, ensure_ascii=False))
    answer.lasts = True  # people type the same beginnings
    return answer


def _link(book: str, path: str) -> str:
    return xml(quote(f"/content/{book}/{path}"))


def _bold(snippet: str) -> str:
    """Return a snippet as HTML, its found words in bold."""
    pieces = snippet.split(MARK_START)
    out = [xml(pieces[0])]
    for piece in pieces[1:]:
        found, _, rest = piece.partition(MARK_END)
        out.append(f"<b>{xml(found)}</b>{xml(rest)}")
    return "".join(out)


def _public(media_type: str, body: str) -> Response:
    headers = [
        ("Content-Type", media_type),
        ("Cache-Control", "no-store"),
        ("Access-Control-Allow-Origin", "*"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return Response(HTTPStatus.OK, headers, body.encode("utf-8", "replace"))
