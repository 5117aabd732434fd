"""The package of an EPUB: which documents in which order, their titles, the cover, the details.

EPUB 2.0.1 and 3.3. Of 23 real books 19 break the rules, so every step has a way out: a missing
container, a manifest with wrong names, a spine that names nothing, contents that are not there.
"""

import re
from dataclasses import dataclass, field

from lxml import etree

from content.builder.epub_contents import ContentsEntry, read_nav, read_ncx
from content.builder.epub_details import read_details
from content.builder.safe_zip import DamagedEntryError, SafeZip
from content.builder.spool import Details
from content.builder.xml_text import MAX_XML_BYTES, join, parse_xml
from content.errors import SourceError

_PAGES = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document"}
_PAGE_ENDINGS = (".xhtml", ".html", ".htm", ".xht")
PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff")
# Fonts may be scrambled by these; anything else in encryption.xml is a lock on the text.
_FONT_OBFUSCATION = {
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#RC",
}
_LOCKS = ("META-INF/rights.xml", "META-INF/sinf.xml", "META-INF/license.lcpl")


@dataclass
class Package:
    """What an EPUB says it is made of; names are entry names in the container.

    Args:
        spine: Documents in reading order, present in the container; what the book calls apart
            from its order (`linear="no"`: notes, answers) comes last.
        nav: Its navigation document, or "".
        cover: Its cover picture, or "".
        cover_page: The document that shows the cover, or "".
        is_fixed: Whether its pages are laid out as pictures are.
        missing: Names the spine gives that are not there.
    """

    details: Details = field(default_factory=Details)
    spine: list[str] = field(default_factory=list)
    contents: list[ContentsEntry] = field(default_factory=list)
    nav: str = ""
    cover: str = ""
    cover_page: str = ""
    is_fixed: bool = False
    missing: list[str] = field(default_factory=list)


def read_package(book: SafeZip) -> Package:
    """Return the package of an open EPUB.

    Raises:
        SourceError: It is locked (DRM), or holds no pages at all.
    """
    _refuse_locked(book)
    name = _package_name(book)
    root = parse_xml(book.read(name, MAX_XML_BYTES)) if name else None
    package = _Manifest(book, name, root).package() if root is not None else Package()
    if not package.spine:
        package.spine = sorted(
            (one for one in book.names() if _is_page(one) and not _is_junk(one)), key=_natural
        )
    if not package.spine:
        raise SourceError("it holds no pages", remedy="open it in a reading app; get another copy")
    return package


def _refuse_locked(book: SafeZip) -> None:
    methods: list[str] = []
    name = book.find("META-INF/encryption.xml")
    root = parse_xml(book.read(name, MAX_XML_BYTES)) if name else None
    if root is not None:
        methods = [one.get("Algorithm", "") for one in root.iter("{*}EncryptionMethod")]
    locked = any(method not in _FONT_OBFUSCATION for method in methods)
    if locked or any(book.find(one) for one in _LOCKS):
        raise SourceError(
            "the book is locked by the shop that sold it (DRM)",
            remedy="ask the publisher for a copy without a lock",
        )


def _package_name(book: SafeZip) -> str:
    name = book.find("META-INF/container.xml")
    try:
        root = parse_xml(book.read(name, MAX_XML_BYTES)) if name else None
    except DamagedEntryError:
        root = None
    if root is not None:
        for one in root.iter("{*}rootfile"):
            if found := book.find(one.get("full-path", "")):
                return found
    endings = (one for one in book.names() if one.lower().endswith(".opf") and not _is_junk(one))
    return next(endings, "")


def _is_junk(name: str) -> bool:
    """Return whether an entry is what macOS leaves in containers."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith("._")


def _is_page(name: str) -> bool:
    return name.lower().endswith(_PAGE_ENDINGS)


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a sort key that puts chapter 2 before chapter 10."""
    return [(int(one), "") if one.isdigit() else (0, one) for one in re.split(r"(\d{1,9})", name)]


class _Manifest:
    """Reads the package document with the container beside it."""

    def __init__(self, book: SafeZip, name: str, root: etree._Element) -> None:
        self._book, self._name, self._root = book, name, root
        self._items: dict[str, etree._Element] = {}
        for one in root.iter("{*}item"):
            self._items.setdefault(one.get("id", ""), one)

    def package(self) -> Package:
        package = Package(details=read_details(self._root))
        self._read_spine(package)
        nav = next((one for one in self._items.values() if _has(one, "nav")), None)
        package.nav = self._entry(nav) if nav is not None else ""
        try:
            package.contents = read_nav(self._book, package.nav) if package.nav else []
            if not package.contents and (ncx := self._ncx()):
                package.contents = read_ncx(self._book, ncx)
        except DamagedEntryError:
            package.contents = []
        # The contents page is made anew; as a chapter it would only repeat it.
        if len(package.spine) > 1 and package.contents and package.nav in package.spine:
            package.spine.remove(package.nav)
        package.cover, package.cover_page = self._cover()
        package.is_fixed = any(
            one.get("property") == "rendition:layout" and "pre-paginated" in (one.text or "")
            for one in self._root.iter("{*}meta")
        )
        return package

    def _entry(self, item: etree._Element) -> str:
        return self._book.find(join(self._name, item.get("href", ""))[0]) or ""

    def _read_spine(self, package: Package) -> None:
        apart: dict[str, None] = {}
        order: dict[str, None] = {}
        for reference in self._root.iter("{*}itemref"):
            named = self._items.get(reference.get("idref", ""))
            found = "" if named is None else self._entry(named)
            if named is None or not found:
                known = "" if named is None else named.get("href", "")
                package.missing.append((known or reference.get("idref", ""))[:80])
            elif named.get("media-type", "") in _PAGES or _is_page(found):
                (apart if reference.get("linear") == "no" else order).setdefault(found)
        package.spine = [*order, *(one for one in apart if one not in order)]

    def _ncx(self) -> str:
        for one in self._items.values():
            if "ncx" in one.get("media-type", "") and (found := self._entry(one)):
                return found
        return next((one for one in self._book.names() if one.lower().endswith(".ncx")), "")

    def _cover(self) -> tuple[str, str]:
        """Return the cover picture and the page that shows it, each "" when it is not named."""
        picture, page = "", ""
        for item in self._cover_items():
            found = self._entry(item)
            if found.lower().endswith(PICTURE_ENDINGS):
                picture = picture or found
            elif _is_page(found):
                page = page or found
        for one in self._root.iter("{*}guide"):
            for reference in one.iter("{*}reference"):
                if reference.get("type", "").lower() == "cover":
                    found = self._book.find(join(self._name, reference.get("href", ""))[0]) or ""
                    page = page or (found if _is_page(found) else "")
        return picture, page

    def _cover_items(self) -> list[etree._Element]:
        items = list(self._items.values())
        named = [
            self._items[meta.get("content", "")]
            for meta in self._root.iter("{*}meta")
            if meta.get("name") == "cover" and meta.get("content", "") in self._items
        ]
        # By name last: any book may have a picture of some other cover in it.
        likely = [
            one
            for one in items
            if "cover" in f"{one.get('id', '')} {one.get('href', '')}".lower()
            and one.get("media-type", "").startswith("image/")
        ]
        return [*(one for one in items if _has(one, "cover-image")), *named, *likely]


def _has(item: etree._Element, word: str) -> bool:
    return word in item.get("properties", "").split()
