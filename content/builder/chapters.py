"""HTML of any document to parts of a work: cleaned, pictures made small, long chapters cut.

A chapter goes to an old phone in one piece, so it stays under `MAX_CHAPTER_BYTES`. Links between
documents are written as numbers first and resolved when every part has its place.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lxml import etree

from content.builder.html_text import html_escape, inner, parse, plain_text
from content.builder.pictures import encode, open_picture
from content.builder.spool import DraftPart, Spool
from content.errors import SourceError
from content.markup import clean
from content.terms import Part, PartKind
from content.vietnamese import normalize

MAX_CHAPTER_BYTES = 100_000
MAX_TEXT_BYTES = 48 * 1024 * 1024
PICTURE_WIDTH = 1080
PICTURE_QUALITY = 60
_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_ROLES = {
    "noteref": "doc-noteref",
    "footnote": "doc-footnote",
    "endnote": "doc-endnote",
    "endnotes": "doc-endnotes",
}
_DOC_LINK = re.compile(r'href="part:D(\d+)(?:#([^"]*))?"')
_ID = re.compile(r'\bid="([^"]+)"')


@dataclass
class Chapters:
    """Collects the chapters of one work and hands them to its spool.

    Args:
        picture: Gives the bytes of a picture by the name a page uses, from the document with the
            given number; None when there is none.
        document: Gives the number of the document a link means, or None.
    """

    spool: Spool
    file: str
    picture: Callable[[int, str], tuple[str, bytes] | None] = lambda _doc, _name: None
    document: Callable[[int, str], int | None] = lambda _doc, _name: None
    _pieces: list["_Piece"] = field(default_factory=list)
    _pictures: dict[str, str] = field(default_factory=dict)
    _bytes: int = 0

    def add(self, number: int, html: str, title: str = "", level: int = 1) -> None:
        """Add document `number` of the work.

        Args:
            title: From the contents; "" takes the first heading.

        Raises:
            SourceError: The text of the whole work passes `MAX_TEXT_BYTES`.
        """
        self._bytes += len(html)
        if self._bytes > MAX_TEXT_BYTES:
            raise SourceError(
                f"its text is longer than {MAX_TEXT_BYTES >> 20} MB", remedy="split the document"
            )
        body = parse(html)
        if body is None:
            return
        _prepare(body)

        def rewrite(name: str, value: str) -> str | None:
            if name == "src":
                return self._picture(number, value)
            return self._link(number, value) if name == "href" else None

        cleaned = normalize(clean(inner(body), rewrite, extra_hollow=False))
        title = title or _heading(cleaned)
        for place, piece in enumerate(_cut(cleaned)):
            self._pieces.append(_Piece(number, piece, title, level, is_first=place == 0))

    def finish(self, fallback_title: str = "") -> int:
        """Hand every chapter that has something in it to the spool; return how many."""
        kept = [piece for piece in self._pieces if piece.has_content()]
        first: dict[int, int] = {}
        anchors: dict[tuple[int, str], int] = {}
        for place, piece in enumerate(kept, start=1):
            first.setdefault(piece.document, place)
            for found in _ID.findall(piece.html):
                anchors.setdefault((piece.document, found), place)

        def resolve(link: re.Match[str]) -> str:
            document, anchor = int(link[1]), link[2] or ""
            place = anchors.get((document, anchor)) or first.get(document)
            if place is None:
                return ""
            return f'href="part:{place}{"#" + anchor if anchor else ""}"'

        for place, piece in enumerate(kept, start=1):
            title = piece.title or (fallback_title if len(kept) == 1 else f"{place}")
            part = Part(
                kind=PartKind.CHAPTER,
                path="",
                title=title if piece.is_first else f"{title} ({_count(kept, place)})",
                level=min(6, max(1, piece.level)),
                listed=piece.is_first,
            )
            html = _DOC_LINK.sub(resolve, piece.html)
            self.spool.add_part(DraftPart(part, html=html, text=plain_text(html)))
            self.spool.report(place, len(kept))
        return len(kept)

    def _link(self, number: int, value: str) -> str | None:
        if value.startswith("#"):
            return f"part:D{number}{value}"
        name, _, anchor = value.partition("#")
        document = self.document(number, name)
        if document is None:
            return None
        return f"part:D{document}{'#' + anchor if anchor else ''}"

    def _picture(self, number: int, value: str) -> str | None:
        found = self.picture(number, value)
        if found is None:
            return None
        name, content = found
        if name not in self._pictures:
            self._pictures[name] = self._keep(name, content)
        return self._pictures[name] or None

    def _keep(self, name: str, content: bytes) -> str:
        """Keep a picture of at most `PICTURE_WIDTH`; return its path, or "" when it is unusable."""
        try:
            with open_picture(content) as picture:
                is_photo = PurePosixPath(name).suffix.lower() not in {".png", ".gif"}
                kind = "image/jpeg" if is_photo or picture.width > PICTURE_WIDTH else "image/png"
                made = encode(picture, PICTURE_WIDTH, kind, PICTURE_QUALITY)
        except SourceError as error:
            self.spool.problem(self.file, f"picture {name[-80:]!r}: {error.reason}", error.remedy)
            return ""
        suffix = "jpg" if made.media_type == "image/jpeg" else "png"
        path = f"img/{len(self._pictures) + 1:04d}.{suffix}"
        return self.spool.add_asset(path, made.media_type, made.content)


@dataclass(frozen=True, slots=True)
class _Piece:
    document: int
    html: str
    title: str
    level: int
    is_first: bool

    def has_content(self) -> bool:
        return "<img" in self.html or bool(re.sub(r"<[^>]*>|\s|&nbsp;|\u00a0", "", self.html))


def _count(kept: list[_Piece], place: int) -> int:
    """Return which piece of its document the piece at `place` is."""
    document = kept[place - 1].document
    return sum(piece.document == document for piece in kept[:place])


def _prepare(body: etree._Element) -> None:
    """Turn what only ebooks have into plain HTML: SVG picture frames, notes."""
    for element in list(body.iter()):
        if not isinstance(element.tag, str):
            continue
        tag = element.tag.rpartition("}")[2].rpartition(":")[2].lower()
        if tag == "image" and element.getparent() is not None:
            _frame_to_img(element)
        kind = element.get("epub:type") or element.get(_EPUB_TYPE)
        for word in (kind or "").split():
            if word in _ROLES:
                element.set("role", _ROLES[word])


def _frame_to_img(element: etree._Element) -> None:
    """Replace `<svg><image href/></svg>`, as ebook covers are wrapped, by `<img>`."""
    source = next(
        (value for name, value in element.items() if name.rpartition("}")[2].endswith("href")), ""
    )
    frame = element.getparent()
    while frame is not None and not str(frame.tag).endswith("svg"):
        frame = frame.getparent()
    if source and frame is not None and (around := frame.getparent()) is not None:
        img = etree.Element("img", src=source, alt="")
        img.tail = frame.tail
        around.replace(frame, img)


def _heading(html: str) -> str:
    found = re.search(r"<h[1-6][^>]*>(.*?)</h[1-6]>", html, re.DOTALL)
    return " ".join(plain_text(found[1]).split())[:200] if found else ""


def _cut(html: str) -> Iterable[str]:
    """Yield the fragment in pieces of at most about `MAX_CHAPTER_BYTES`, cut between blocks."""
    if len(html.encode()) <= MAX_CHAPTER_BYTES:
        yield html
        return
    body = parse(html)
    blocks = [] if body is None else _blocks(body)
    if len(blocks) < 2:
        yield html
        return
    piece: list[str] = []
    length = 0
    for block in blocks:
        size = len(block.encode())
        if piece and length + size > MAX_CHAPTER_BYTES:
            yield "".join(piece)
            piece, length = [], 0
        piece.append(block)
        length += size
    yield "".join(piece)


def _blocks(element: etree._Element) -> list[str]:
    """Return the blocks of a page; wrappers that are too large are opened."""
    text_before = element.text or ""
    blocks = [html_escape(text_before)] if text_before.strip() else []
    for child in element:
        tail = child.tail or ""
        child.tail = None
        text = etree.tostring(child, encoding="unicode", method="html")
        is_wrapper = child.tag in {"div", "section", "main", "article", "body"}
        if len(text.encode()) > MAX_CHAPTER_BYTES and is_wrapper:
            blocks += _blocks(child)
        else:
            blocks.append(text)
        if tail.strip():
            blocks.append(html_escape(tail))
    return blocks
