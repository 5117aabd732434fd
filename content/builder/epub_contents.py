"""The contents of an EPUB: the navigation document of EPUB 3, the NCX of EPUB 2.

Both give (entry, anchor, title, level) in the book's own order.
"""

from dataclasses import dataclass

from lxml import etree

from content.builder.encoding import decode
from content.builder.html_text import parse, words_of
from content.builder.safe_zip import SafeZip
from content.builder.xml_text import MAX_XML_BYTES, join, parse_xml
from content.vietnamese import normalize

MAX_ENTRIES = 20_000
MAX_TITLE = 200


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """One line of the contents.

    Args:
        name: The document it points to, as an entry name.
        anchor: The place in it, "" for its beginning.
        level: 1 is the top.
    """

    name: str
    anchor: str
    title: str
    level: int


def read_nav(book: SafeZip, name: str) -> list[ContentsEntry]:
    """Return the contents of a navigation document (EPUB 3.3, 7)."""
    body = parse(decode(book.read(name, MAX_XML_BYTES)).text)
    if body is None:
        return []
    navs = list(body.iter("nav"))
    toc = next((one for one in navs if "toc" in (one.get("epub:type") or "").split()), None)
    root = toc if toc is not None else (navs[0] if navs else body)
    found = []
    for link in root.iter("a"):
        level = sum(1 for one in link.iterancestors("ol", "ul"))
        found.append(_entry(book, name, link.get("href", ""), words_of(link), level))
    return [one for one in found if one is not None][:MAX_ENTRIES]


def read_ncx(book: SafeZip, name: str) -> list[ContentsEntry]:
    """Return the contents of an NCX (OPF 2.0.1, 2.4.1)."""
    root = parse_xml(book.read(name, MAX_XML_BYTES))
    if root is None:
        return []
    found = []
    for point in root.iter("{*}navPoint"):
        content = point.find("{*}content")
        label = point.find("{*}navLabel/{*}text")
        if content is not None and label is not None:
            level = 1 + sum(1 for _ in point.iterancestors("{*}navPoint"))
            found.append(_entry(book, name, content.get("src", ""), words_of(label), level))
    return [one for one in found if one is not None][:MAX_ENTRIES]


def _entry(
    book: SafeZip, base: str, reference: str, title: str, level: int
) -> ContentsEntry | None:
    name, anchor = join(base, reference)
    found = book.find(name) if reference else None
    title = normalize(title)[:MAX_TITLE]
    return ContentsEntry(found, anchor, title, max(1, level)) if found and title else None


def is_only_contents(body: etree._Element) -> bool:
    """Return whether a page holds nothing but a list of links, as a contents page does."""
    text = "".join(map(str, body.itertext()))
    linked = "".join("".join(map(str, one.itertext())) for one in body.iter("a") if one.get("href"))
    links = sum(1 for one in body.iter("a") if one.get("href"))
    return links >= 3 and len(linked.split()) >= 0.8 * len(text.split()) - 6
