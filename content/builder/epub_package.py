"""The package of an EPUB: which documents in which order, their titles, the cover, the details.

EPUB 2.0.1 and 3.3 (OPF, NCX, navigation document). Of 23 real books 19 break the rules, so every
step has a way out: a missing container, a manifest with wrong names, a spine that names nothing.
"""

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from lxml import etree

from content.builder.html_text import parse
from content.builder.safe_zip import SafeZip
from content.builder.spool import Details
from content.errors import SourceError
from content.vietnamese import normalize

DC = "{http://purl.org/dc/elements/1.1/}"
MAX_PACKAGE_BYTES = 8 * 1024 * 1024
_PAGES = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml"}
# Fonts may be scrambled by these; anything else in encryption.xml is a lock on the text.
_FONT_OBFUSCATION = (
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#RC",
)


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """One line of the contents: the document it points to, as an entry name."""

    name: str
    title: str
    level: int


@dataclass
class Package:
    """What an EPUB says it is made of; names are entry names in the container.

    Args:
        spine: Documents in reading order, present in the container.
        missing: Names the spine or manifest gives that are not there.
    """

    details: Details = field(default_factory=Details)
    spine: list[str] = field(default_factory=list)
    contents: list[ContentsEntry] = field(default_factory=list)
    cover: str = ""
    missing: list[str] = field(default_factory=list)


def read_package(book: SafeZip) -> Package:
    """Return the package of an open EPUB.

    Raises:
        SourceError: It is locked (DRM), or holds no pages at all.
    """
    _refuse_locked(book)
    name = _package_name(book)
    root = parse_xml(book.read(name, MAX_PACKAGE_BYTES)) if name else None
    package = _understand(book, name, root) if root is not None else Package()
    if not package.spine:
        package.spine = sorted(
            one for one in book.names() if one.lower().endswith((".xhtml", ".html", ".htm"))
        )
    if not package.spine:
        raise SourceError("it holds no pages", remedy="open it in a reading app; get another copy")
    return package


def parse_xml(data: bytes) -> etree._Element | None:
    """Return the root of an XML document from anywhere, or None; entities are never expanded."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        found: etree._Element | None = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError):
        return None
    return found


def join(base: str, reference: str) -> str:
    """Return the entry name that `reference` means inside the document called `base`."""
    path = unquote(reference.split("#", 1)[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path)).lstrip("/")


def _refuse_locked(book: SafeZip) -> None:
    name = book.find("META-INF/encryption.xml")
    root = parse_xml(book.read(name, MAX_PACKAGE_BYTES)) if name else None
    if root is None:
        return
    methods = [one.get("Algorithm", "") for one in root.iter("{*}EncryptionMethod")]
    if any(method not in _FONT_OBFUSCATION for method in methods):
        raise SourceError(
            "the book is locked by its shop (DRM)", remedy="ask for a copy without a lock"
        )


def _package_name(book: SafeZip) -> str:
    name = book.find("META-INF/container.xml")
    root = parse_xml(book.read(name, MAX_PACKAGE_BYTES)) if name else None
    if root is not None:
        for one in root.iter("{*}rootfile"):
            if found := book.find(one.get("full-path", "")):
                return found
    return next((one for one in book.names() if one.lower().endswith(".opf")), "")


def _understand(book: SafeZip, name: str, root: etree._Element) -> Package:
    package = Package(details=_details(root))
    manifest: dict[str, etree._Element] = {}
    for one in root.iter("{*}item"):
        manifest.setdefault(one.get("id", ""), one)

    def entry(item: etree._Element) -> str:
        return book.find(join(name, item.get("href", ""))) or ""

    nav = next((one for one in manifest.values() if "nav" in _properties(one)), None)
    for reference in root.iter("{*}itemref"):
        named = manifest.get(reference.get("idref", ""))
        found = "" if named is None else entry(named)
        if not found:
            package.missing.append(reference.get("idref", "")[:80])
        elif found not in package.spine and (
            named is None or named.get("media-type", "") in _PAGES or found.endswith("html")
        ):
            package.spine.append(found)
    if nav is not None and (found := entry(nav)):
        package.contents = _nav_contents(book, found)
        # The contents page is made anew; as a chapter it would only repeat it.
        if len(package.spine) > 1 and found in package.spine:
            package.spine.remove(found)
    if not package.contents:
        ncx = next((one for one in manifest.values() if "ncx" in one.get("media-type", "")), None)
        package.contents = _ncx_contents(book, entry(ncx)) if ncx is not None else []
    package.cover = _cover(root, manifest, entry)
    return package


def _properties(item: etree._Element) -> list[str]:
    return item.get("properties", "").split()


def _details(root: etree._Element) -> Details:
    def texts(name: str) -> tuple[str, ...]:
        found = (normalize("".join(map(str, one.itertext()))) for one in root.iter(DC + name))
        return tuple(text[:500] for one in found if (text := " ".join(one.split())))

    def first(name: str) -> str:
        return next(iter(texts(name)), "")

    accessibility = [
        " ".join((one.text or "").split())
        for one in root.iter("{*}meta")
        if one.get("property", "").startswith(("schema:accessMode", "schema:accessibilityFeature"))
    ]
    return Details(
        title=first("title"),
        creator=texts("creator"),
        contributor=texts("contributor"),
        date=first("date")[:10],
        language=first("language"),
        subject=texts("subject"),
        description=first("description"),
        publisher=first("publisher"),
        rights=first("rights"),
        identifier=first("identifier"),
        accessibility=tuple(dict.fromkeys(one for one in accessibility if one and len(one) < 80)),
    )


def _cover(
    root: etree._Element,
    manifest: dict[str, etree._Element],
    find: Callable[[etree._Element], str],
) -> str:
    for item in manifest.values():
        if "cover-image" in _properties(item):
            return find(item)
    for meta in root.iter("{*}meta"):
        if meta.get("name") == "cover" and meta.get("content", "") in manifest:
            return find(manifest[meta.get("content", "")])
    for item in manifest.values():
        names = f"{item.get('id', '')} {item.get('href', '')}".lower()
        if "cover" in names and item.get("media-type", "").startswith("image/"):
            return find(item)
    return ""


def _nav_contents(book: SafeZip, name: str) -> list[ContentsEntry]:
    body = parse(book.read(name, MAX_PACKAGE_BYTES).decode("utf-8", errors="replace"))
    if body is None:
        return []
    navs = list(body.iter("nav"))
    toc = next((one for one in navs if "toc" in (one.get("epub:type") or "")), None)
    root = toc if toc is not None else (navs[0] if navs else body)
    found = []
    for link in root.iter("a"):
        level = sum(1 for one in link.iterancestors("ol", "ul"))
        title = " ".join("".join(map(str, link.itertext())).split())
        found.append(_entry(book, name, link.get("href", ""), title, level))
    return [one for one in found if one is not None]


def _ncx_contents(book: SafeZip, name: str) -> list[ContentsEntry]:
    root = parse_xml(book.read(name, MAX_PACKAGE_BYTES)) if name else None
    if root is None:
        return []
    found = []
    for point in root.iter("{*}navPoint"):
        content = point.find("{*}content")
        label = point.find("{*}navLabel/{*}text")
        if content is not None and label is not None:
            level = 1 + sum(1 for _ in point.iterancestors("{*}navPoint"))
            title = " ".join((label.text or "").split())
            found.append(_entry(book, name, content.get("src", ""), title, level))
    return [one for one in found if one is not None]


def _entry(
    book: SafeZip, base: str, reference: str, title: str, level: int
) -> ContentsEntry | None:
    name = book.find(join(base, reference))
    return ContentsEntry(name, normalize(title)[:200], max(1, level)) if name and title else None
