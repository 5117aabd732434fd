"""The archives as an OPDS catalogue, as kiwix-serve gives it: for Kiwix apps and reading apps.

Catalog 2 (`/catalog/v2/...`) and the older one (`/catalog/root.xml`, `/catalog/search`). What it
says changes only with the library, so each answer is made once and has a stable tag.
"""

import re
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote, urlencode

from content.errors import EntryNotFoundError
from content.library.books import Books
from content.library.cards import ArchiveCard, Cards, Wish, languages_of
from kiosk.origins import Origin
from kiosk.serving.feed import KeptAnswers, entry, instant, partial_entry, xml
from kiosk.serving.message import Request, Response

# kiwix-serve's own number for a page of the catalogue.
PAGE = 10
ATOM = "application/atom+xml;profile=opds-catalog"
NAVIGATION = f"{ATOM};kind=navigation"
ACQUISITION = f"{ATOM};kind=acquisition"
ENTRY = "application/atom+xml;type=entry;profile=opds-catalog"
DESCRIPTION = "application/opensearchdescription+xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACES = (
    'xmlns="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/terms/" '
    'xmlns:opds="https://specs.opds.io/opds-1.2" '
    'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" '
    'xmlns:thr="http://purl.org/syndication/thread/1.0"'
)
_SIZE = re.compile(r"(\d{1,4})(?:x\1)?(?:@1)?")
_NUMBER = re.compile(r"-?\d{1,12}")
_LANGUAGES = {
    "vie": "Tiếng Việt",
    "eng": "English",
    "fra": "Français",
    "zho": "中文",
    "lao": "ລາວ",
    "khm": "ខ្មែរ",
    "tha": "ไทย",
    "hmv": "Hmôngz",
    "blt": "Tai Dam",
}
Made = tuple[str, str]


class Catalog:
    """Answers under `/catalog/`."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.cards = Cards(books)
        self._kept = KeptAnswers()
        self._makers: dict[str, Callable[[Request, datetime], Made]] = {
            "v2/root.xml": self._root,
            "v2/entries": self._entries,
            "v2/partial_entries": self._entries,
            "v2/categories": self._categories,
            "v2/languages": self._languages,
            "v2/searchdescription.xml": self._description,
            "searchdescription.xml": self._description,
            "root.xml": self._entries,
            "search": self._entries,
        }

    def answer(self, request: Request, origin: Origin) -> Response:  # noqa: ARG002
        """Answer a path of the catalogue.

        Raises:
            EntryNotFoundError: There is no such path, archive or picture.
            ValueError: A parameter cannot be read.
        """
        below = request.path.removeprefix("/catalog/").rstrip("/")
        if below.startswith("v2/illustration/"):
            return self._illustration(request, below.removeprefix("v2/illustration/"))
        maker = self._makers.get(below)
        if below.startswith("v2/entry/"):
            maker = self._entry
        if maker is None:
            raise EntryNotFoundError(f"nothing is at {request.path[:200]}")
        changed = self._books.changed
        return self._kept.answer(
            request, self.cards.all(), changed, lambda: maker(request, changed)
        )

    def _root(self, request: Request, changed: datetime) -> Made:
        rows = (
            ("All entries", "entries", ACQUISITION, "All entries from this catalog."),
            (
                "All entries (partial)",
                "partial_entries",
                ACQUISITION,
                "All entries from this catalog in partial format.",
            ),
            ("List of categories", "categories", NAVIGATION, "List of all categories."),
            ("List of languages", "languages", NAVIGATION, "List of all languages."),
        )
        body = "".join(
            _section(title, f"/catalog/v2/{where}", kind, changed, words=words)
            for title, where, kind, words in rows
        )
        search = (
            f'  <link rel="search" href="/catalog/v2/searchdescription.xml" type="{DESCRIPTION}"/>'
        )
        return NAVIGATION, _feed(
            request, NAVIGATION, "OPDS Catalog Root", changed, f"{search}\n{body}"
        )

    def _entries(self, request: Request, changed: datetime) -> Made:
        """Return the archives that fit, a page of them; the older catalogue's likewise."""
        found = [card for card in self.cards.all() if wish_of(request).fits(card)]
        is_root = request.path.startswith("/catalog/root.xml")
        start = number(request, "start", 0, least=0)
        count = number(request, "count", 0 if is_root else PAGE)
        shown = found[start : start + count] if count > 0 else found[start:]
        one = partial_entry if "/partial_entries" in request.path else entry
        asked = _query(request)
        title = f"Filtered Entries ({asked})" if asked else "All Entries"
        up = f'  <link rel="up" href="/catalog/v2/root.xml" type="{NAVIGATION}"/>\n'
        search = (
            f'  <link rel="search" href="/catalog/searchdescription.xml" type="{DESCRIPTION}"/>\n'
        )
        body = (
            (up if "/v2/" in request.path else search)
            + _numbers(len(found), start, len(shown))
            + _next_page(request, start, len(shown), len(found))
            + "".join(one(card, changed) for card in shown)
        )
        return ACQUISITION, _feed(request, ACQUISITION, title, changed, body)

    def _entry(self, request: Request, changed: datetime) -> Made:
        card = self._card(request.path.rstrip("/").rpartition("/")[2])
        text = entry(card, changed).lstrip()
        return ENTRY, _HEAD + text.replace("<entry>", f"<entry {_SPACES}>", 1)

    def _categories(self, request: Request, changed: datetime) -> Made:
        names = sorted({card.category for card in self.cards.all() if card.category})
        body = "".join(
            _section(
                name,
                f"/catalog/v2/entries?category={quote(name, safe='')}",
                ACQUISITION,
                changed,
                words=f"All entries with category of '{name}'.",
            )
            for name in names
        )
        return NAVIGATION, _feed(request, NAVIGATION, "List of categories", changed, body)

    def _languages(self, request: Request, changed: datetime) -> Made:
        counts = Counter(code for card in self.cards.all() for code in languages_of(card))
        body = "".join(
            _section(
                _LANGUAGES.get(code, code),
                f"/catalog/v2/entries?lang={quote(code, safe='')}",
                ACQUISITION,
                changed,
                more=f"    <dc:language>{xml(code)}</dc:language>\n"
                f"    <thr:count>{count}</thr:count>\n",
            )
            for code, count in sorted(counts.items())
        )
        return NAVIGATION, _feed(request, NAVIGATION, "List of languages", changed, body)

    def _description(self, request: Request, changed: datetime) -> Made:  # noqa: ARG002
        where = "/catalog/v2/entries" if "/v2/" in request.path else "/catalog/search"
        fields = "&amp;".join(
            ["q={searchTerms?}", "lang={language?}"]
            + [f"{one}={{k:{one}?}}" for one in ("name", "tag", "notag", "maxsize")]
            + ["count={count?}", "start={startIndex?}"]
        )
        return DESCRIPTION, (
            f'{_HEAD}<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
            "  <ShortName>Zim catalog search</ShortName>\n"
            "  <Description>Search zim files in the catalog.</Description>\n"
            f'  <Url type="{ACQUISITION}" xmlns:atom="http://www.w3.org/2005/Atom"'
            ' xmlns:k="http://kiwix.org/opensearchextension/1.0" indexOffset="0"'
            f' template="{where}?{fields}"/>\n</OpenSearchDescription>\n'
        )

    def _illustration(self, request: Request, uuid_text: str) -> Response:
        card = self._card(uuid_text)
        size = _SIZE.fullmatch(request.query.get("size", ["48"])[0])
        if size is None:
            raise ValueError("size must be a number of pixels, such as 48")
        picture = self._books.open(card.book).reader.illustration(int(size[1]))
        if picture is None:
            raise EntryNotFoundError(f"{card.book} has no picture of {size[1]} pixels")
        tag = f'"{card.uuid}/{size[1]}"'
        headers = [
            ("Content-Type", "image/png"),
            ("ETag", tag),
            ("Cache-Control", "public, max-age=86400"),
            ("Access-Control-Allow-Origin", "*"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if request.headers.get("if-none-match") == tag:
            return Response(HTTPStatus.NOT_MODIFIED, headers[1:])
        return Response(HTTPStatus.OK, headers, picture)

    def _card(self, uuid_text: str) -> ArchiveCard:
        card = self.cards.of_uuid(uuid_text.removeprefix("urn:uuid:"))
        if card is None:
            raise EntryNotFoundError(f"the library has no archive {uuid_text[:80]!r}")
        return card


def wish_of(request: Request, prefix: str = "") -> Wish:
    """Return which archives the parameters of a request name.

    Raises:
        ValueError: A number is none.
    """

    def value(name: str) -> str:
        return request.query.get(prefix + name, [""])[0].strip()

    return Wish(
        words=value("q"),
        languages=tuple(one for one in value("lang").split(",") if one),
        category=value("category"),
        name=value("name"),
        creator=value("creator"),
        publisher=value("publisher"),
        tags=tuple(one for one in value("tag").split(";") if one),
        without_tags=tuple(one for one in value("notag").split(";") if one),
        largest_bytes=number(request, prefix + "maxsize", 0, least=0),
    )


def number(request: Request, name: str, default: int, *, least: int = -1) -> int:
    """Return a parameter as a number.

    Raises:
        ValueError: It is none, or too small.
    """
    text = request.query.get(name, [""])[0].strip()
    if not text:
        return default
    if not _NUMBER.fullmatch(text) or int(text) < least:
        raise ValueError(f"{name} must be a number from {least}, not {text[:20]!r}")
    return int(text)


def _query(request: Request) -> str:
    pairs = [(name, one) for name, values in sorted(request.query.items()) for one in values]
    return urlencode(pairs)


def _identifier(text: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"diemdoc:{text}").urn


def _feed(request: Request, kind: str, title: str, changed: datetime, body: str) -> str:
    asked = _query(request)
    own = request.path + (f"?{asked}" if asked else "")
    return (
        f"{_HEAD}<feed {_SPACES}>\n  <id>{_identifier(own)}</id>\n"
        f'  <link rel="self" href="{xml(own)}" type="{kind}"/>\n'
        f'  <link rel="start" href="/catalog/v2/root.xml" type="{NAVIGATION}"/>\n'
        f"  <title>{xml(title)}</title>\n  <updated>{instant(changed)}</updated>\n"
        f"  <author><name>Điểm Đọc</name></author>\n{body}</feed>\n"
    )


def _section(  # noqa: PLR0913 -- the fields of an entry
    title: str, where: str, kind: str, changed: datetime, *, words: str = "", more: str = ""
) -> str:
    content = f'    <content type="text">{xml(words)}</content>\n' if words else ""
    return (
        f"  <entry>\n    <title>{xml(title)}</title>\n{more}"
        f'    <link rel="subsection" href="{xml(where)}" type="{kind}"/>\n'
        f"    <updated>{instant(changed)}</updated>\n    <id>{_identifier(where)}</id>\n"
        f"{content}  </entry>\n"
    )


def _numbers(total: int, start: int, shown: int) -> str:
    """Return the numbers of a page: Kiwix's apps read them bare, others as OpenSearch has them."""
    pairs = (("totalResults", total), ("startIndex", start), ("itemsPerPage", shown))
    return "".join(
        f"  <{prefix}{name}>{value}</{prefix}{name}>\n"
        for prefix in ("", "opensearch:")
        for name, value in pairs
    )


def _next_page(request: Request, start: int, shown: int, total: int) -> str:
    """Return the link by which reading apps turn the page (OPDS 1.2, section 2.3)."""
    if start + shown >= total or not shown:
        return ""
    pairs = [(k, one) for k, values in sorted(request.query.items()) for one in values]
    pairs = [(k, one) for k, one in pairs if k != "start"] + [("start", str(start + shown))]
    where = f"{request.path}?{urlencode(pairs)}"
    return f'  <link rel="next" href="{xml(where)}" type="{ACQUISITION}"/>\n'
