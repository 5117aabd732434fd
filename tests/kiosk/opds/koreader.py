"""A client that behaves as KOReader's OPDS browser does (plugins/opds.koplugin, November 2026).

KOReader's reader of XML knows no namespaces and no XML but the plainest: elements have the names
that are written, only `entry`, `link` and `Url` may come more than once, the first of anything else
counts, and an element with text is that text. Pages that begin with `{` are OPDS 2.0. It asks by
HEAD first, takes no compressed answer, and follows the relations below only.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urljoin
from xml.parsers import expat

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ACQUIRE = "http://opds-spec.org/acquisition"
CATALOGUE = {
    "subsection",
    "http://opds-spec.org/subsection",
    "http://opds-spec.org/crawlable",
    "http://opds-spec.org/sort/popular",
    "http://opds-spec.org/sort/new",
}
IMAGE = {"http://opds-spec.org/image", "http://opds-spec.org/cover"}
THUMBNAIL = {"http://opds-spec.org/image/thumbnail", "http://opds-spec.org/thumbnail"}
# What it opens, by the type of the link; the rest has no button.
OPENED = {"application/epub+zip", "application/pdf", "text/html", "text/plain", "image/png",
          "image/jpeg", "image/gif", "image/webp"}  # fmt: skip
_MANY = {"entry", "link", "Url"}


@dataclass
class Item:
    """A line of its list: another list, or a book."""

    text: str
    url: str = ""
    acquisitions: list[dict[str, str]] = field(default_factory=list)
    thumbnail: str = ""
    image: str = ""
    content: str = ""


@dataclass
class Shown:
    """What it shows of a page."""

    items: list[Item] = field(default_factory=list)
    hrefs: dict[str, str] = field(default_factory=dict)
    facets: dict[str, list[tuple[str, str, bool]]] = field(default_factory=dict)
    search: str = ""


class KOReader:
    """The browser, before one point."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def fetch(self, address: str) -> TestResponse:
        """Ask as it does, by HEAD and then by GET; redirects are followed."""
        for _ in range(5):
            headers = {
                "Accept-Encoding": "identity",
                "Accept": "application/opds+json, application/atom+xml;profile=opds-catalog, */*",
            }
            path = re.sub("^http://[^/]+", "", address)
            asked = self._client.head(path, headers=headers)
            answer = self._client.get(path, headers=headers)
            assert asked.status_code == answer.status_code
            assert "Content-Encoding" not in answer.headers
            if answer.status_code not in {301, 302}:
                return answer
            address = urljoin(address, answer.headers["Location"])
        raise AssertionError("too many redirects")

    def show(self, address: str) -> Shown:
        """Open a page."""
        answer = self.fetch(address)
        assert answer.status_code == 200, address
        if answer.text.lstrip().startswith("{"):
            return _shown_2(json.loads(answer.text), address)
        parsed = parse(answer.text)
        return self._shown_1(parsed.get("feed", parsed), address)

    def find(self, shown: Shown, words: str) -> Shown:
        """Search from a page."""
        return self.show(shown.search.replace("%s", quote(words)))

    def file_name(self, address: str) -> str:
        """Return the name under which it keeps a file, as the server says."""
        answer = self.fetch(address)
        said = re.search('filename="([^"]+)"', answer.headers.get("Content-Disposition", ""))
        return said[1] if said else unquote(address.rpartition("/")[2].partition("?")[0])

    def _shown_1(self, feed: dict[str, Any], address: str) -> Shown:
        shown = Shown()
        for link in feed.get("link", ()):
            kind, rel, href = (link.get(one, "") for one in ("type", "rel", "href"))
            if "application/atom+xml" in kind and rel:
                shown.hrefs[rel] = urljoin(address, href)
            if "application/opensearchdescription+xml" in kind:
                shown.search = self._template(urljoin(address, href))
            if rel == "http://opds-spec.org/facet":
                way = (link["title"], urljoin(address, href), "opds:activeFacet" in link)
                shown.facets.setdefault(link["opds:facetGroup"], []).append(way)
        shown.items = [_item_1(entry, address) for entry in feed.get("entry", ())]
        return shown

    def _template(self, address: str) -> str:
        for one in parse(self.fetch(address).text)["OpenSearchDescription"]["Url"]:
            if "application/atom+xml" in one["type"]:
                return str(one["template"].replace("{searchTerms}", "%s"))
        raise AssertionError("no search that it can use")


def parse(text: str) -> dict[str, Any]:
    """Return XML as its flat tables."""
    root: dict[str, Any] = {}
    stack: list[Any] = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        stack.append(dict(attributes))

    def end(name: str) -> None:
        made, parent = stack.pop(), stack[-1]
        if not isinstance(parent, dict):
            return
        if name in _MANY:
            parent.setdefault(name, []).append(made)
        else:
            parent.setdefault(name, made)

    def words(said: str) -> None:
        if said.strip() and len(stack) > 1:
            stack[-1] = (stack[-1] if isinstance(stack[-1], str) else "") + said

    reader = expat.ParserCreate()
    reader.StartElementHandler, reader.EndElementHandler = start, end
    reader.CharacterDataHandler = words
    reader.Parse(text, True)
    return root


def _item_1(entry: dict[str, Any], address: str) -> Item:
    author = entry.get("author", {}).get("name", "")
    item = Item(" - ".join(one for one in (entry["title"], author) if one))
    said = entry.get("content") or entry.get("summary") or ""
    item.content = said if isinstance(said, str) else ""
    for link in entry.get("link", ()):
        kind, rel = link.get("type", ""), link.get("rel", "")
        href = urljoin(address, link["href"])
        if "application/atom+xml" in kind and (not rel or rel in CATALOGUE):
            item.url = href
        if rel.startswith(ACQUIRE):
            item.acquisitions.append({"type": kind, "href": href, "title": link.get("title", "")})
        elif rel in THUMBNAIL:
            item.thumbnail = href
        elif rel in IMAGE:
            item.image = href
        elif rel != "alternate" and kind in OPENED:
            item.acquisitions.append({"type": kind, "href": href, "title": link.get("title", "")})
    return item


def _shown_2(feed: dict[str, Any], address: str) -> Shown:
    shown = Shown()
    for link in feed.get("links", ()):
        if link["rel"] == "search":
            plain = re.sub("{.*}", "", link["href"])
            filled = "%s" if "query" in plain else "?query=%s"
            shown.search = urljoin(address, re.sub("{.*}", filled, link["href"]))
        else:
            shown.hrefs[link["rel"]] = urljoin(address, link["href"])
    for group in feed.get("facets", ()):
        shown.facets[group["metadata"]["title"]] = [
            (one["title"], urljoin(address, one["href"]), one.get("rel") == "self")
            for one in group["links"]
        ]
    for way in feed.get("navigation", ()):
        shown.items.append(Item(way["title"], urljoin(address, way["href"])))
    shown.items += [_item_2(one, address) for one in feed.get("publications", ())]
    return shown


def _item_2(work: dict[str, Any], address: str) -> Item:
    said = work["metadata"]
    item = Item(" - ".join([said["title"], ", ".join(said.get("author", ()))]).removesuffix(" - "))
    item.content = said.get("description", "")
    for image in work.get("images", ()):
        item.thumbnail = item.thumbnail or urljoin(address, image["href"])
    item.image = item.thumbnail
    for link in work["links"]:
        if link["rel"].startswith(ACQUIRE):
            href = urljoin(address, link["href"])
            item.acquisitions.append(
                {"type": link["type"], "href": href, "title": link.get("title", "")}
            )
    return item
