"""HTML of any document to parts of a work: cleaned, pictures made small, long chapters cut.

A chapter goes to an old phone in one piece, so it stays under `MAX_CHAPTER_BYTES`. Links between
documents are written as numbers first and resolved when every part has its place.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from content.builder.chapter_cut import Mark, cut
from content.builder.chapter_markup import Look, Shown, prepare
from content.builder.html_text import inner, parse, plain_text
from content.builder.language import detect
from content.builder.pictures import Encoded, encode, open_picture
from content.builder.spool import DraftPart, Spool
from content.errors import SourceError
from content.markup import clean
from content.terms import Part, PartKind
from content.vietnamese import normalize

MAX_TEXT_BYTES = 32 * 1024 * 1024
PICTURE_WIDTH = 1080
PICTURE_QUALITY = 60
# Line art this small stays sharp as PNG; larger ones are mostly photographs.
SMALL_PNG_BYTES = 30_000
MAX_DATA_LETTERS = 16 * 1024 * 1024
SAMPLE_LETTERS = 40_000
# As many as the catalogue takes for one work (content.terms.MAX_LIST).
MAX_CHAPTERS = 20_000
_DOC_LINK = re.compile(r'href="part:D(\d+)(?:#([^"]*))?"')
_ID = re.compile(r'\bid="([^"]+)"')
_DATA = re.compile(r"data:image/[a-z+.-]+;base64,", re.IGNORECASE)
# Old keyboards typed the Icelandic letter, which looks like Đ and is found by nobody.
_ETH = re.compile("[Ðð]")
_TO_D = str.maketrans("Ðð", "Đđ")
_LOST = {
    "sound": "has sound in its text, which is left out",
    "video": "has films in its text, which are left out",
    "drawing": "has drawings in SVG, which are left out",
}


@dataclass
class Chapters:
    """Collects the chapters of one work and hands them to its spool.

    Args:
        picture: Gives a name and the bytes of a picture by the address a page uses, from the
            document with the given number; None when there is none.
        document: Gives the number of the document a link means, or None.
        look: What the classes of the work mean.
        expected: How many documents will come, for the report.
        sample: The beginning of the text, for telling its language.
    """

    spool: Spool
    file: str
    picture: Callable[[int, str], tuple[str, bytes] | None] = lambda _doc, _name: None
    document: Callable[[int, str], int | None] = lambda _doc, _name: None
    look: Look = field(default_factory=Look)
    expected: int = 1
    sample: str = ""
    _pieces: list["_Piece"] = field(default_factory=list)
    _pictures: dict[str, Shown | None] = field(default_factory=dict)
    _bytes: int = 0
    _done: int = 0
    _missing: Counter[str] = field(default_factory=Counter)

    def add(  # noqa: PLR0913 -- what a table of contents says of a document
        self,
        number: int,
        html: str,
        title: str = "",
        level: int = 1,
        marks: Mapping[str, Mark] | None = None,
        *,
        goes_on: bool = False,
    ) -> None:
        """Add document `number` of the work.

        Args:
            title: From the contents; "" takes the first heading.
            marks: Where the contents point into it, by `id`.
            goes_on: Whether it belongs to the document before unless it has a heading.

        Raises:
            SourceError: The text of the whole work passes `MAX_TEXT_BYTES`.
        """
        self._bytes += len(html)
        if self._bytes > MAX_TEXT_BYTES:
            raise SourceError(
                f"its text is longer than {MAX_TEXT_BYTES >> 20} MB", remedy="split the document"
            )
        self._done += 1
        self._report()
        body = parse(html)
        if body is None:
            return
        lost = prepare(body, self.look, lambda address: self._show(number, address))
        self._missing.update(lost)

        def rewrite(name: str, value: str) -> str | None:
            if name == "src":
                return value
            return self._link(number, value) if name == "href" else None

        cleaned = normalize(clean(inner(body), rewrite, extra_hollow=False))
        text = plain_text(cleaned)
        if _ETH.search(text) and detect(text) == "vi":
            self._missing["eth"] += len(_ETH.findall(text))
            cleaned, title = (one.translate(_TO_D) for one in (cleaned, title))
        title = title or _heading(cleaned)
        first = True
        for one in cut(cleaned, marks or {}):
            piece = _Piece(number, one.html, title, level, is_listed=first, goes_on=goes_on)
            if one.mark is not None:
                piece.title, piece.level, piece.is_listed = one.mark.title, one.mark.level, True
                title = piece.title
            if piece.has_content():
                self._pieces.append(piece)
                first = False
        if len(self.sample) < SAMPLE_LETTERS:
            self.sample += text[:SAMPLE_LETTERS] + "\n"

    def finish(self, fallback_title: str = "") -> int:
        """Hand every chapter that has something in it to the spool; return how many."""
        self._tell_missing()
        kept = self._pieces
        if len(kept) > MAX_CHAPTERS:
            raise SourceError(f"has more than {MAX_CHAPTERS} chapters", remedy="split the document")
        first: dict[int, int] = {}
        anchors: dict[tuple[int, str], int] = {}
        for place, piece in enumerate(kept, start=1):
            first.setdefault(piece.document, place)
            for found in _ID.findall(piece.html):
                anchors.setdefault((piece.document, found), place)

        def resolve(link: re.Match[str]) -> str:
            document, anchor = int(link[1]), unquote(link[2] or "")
            place = anchors.get((document, anchor)) or first.get(document)
            if place is None:
                return ""
            return f'href="part:{place}{"#" + quote(anchor) if anchor else ""}"'

        shallowest = min((piece.level for piece in kept), default=1)
        titles = _titles(kept, fallback_title)
        for piece, title in zip(kept, titles, strict=True):
            part = Part(
                kind=PartKind.CHAPTER,
                path="",
                title=title,
                level=min(6, max(1, 1 + piece.level - shallowest)),
                listed=piece.is_listed,
            )
            html = _DOC_LINK.sub(resolve, piece.html)
            self.spool.add_part(DraftPart(part, html=html, text=plain_text(html)))
            self.spool.report(self.expected, self.expected)
        return len(kept)

    def _report(self) -> None:
        self.spool.report(min(self._done, self.expected), self.expected)

    def _tell_missing(self) -> None:
        for kind, reason in _LOST.items():
            if self._missing[kind]:
                self.spool.problem(self.file, reason)
        if count := self._missing["eth"]:
            reason = f"has the Icelandic letter Ð for Đ in {count} places; they were put right"
            self.spool.problem(self.file, reason)
        for kind, where in (("remote", "on the internet"), ("absent", "nowhere in it")):
            if count := self._missing[kind]:
                reason = f"{count} of its pictures lie {where} and are left out"
                self.spool.problem(self.file, reason, "put them beside it, or leave it so")

    def _link(self, number: int, value: str) -> str | None:
        name, _, anchor = value.strip().partition("#")
        document = self.document(number, name) if name else number
        if document is None:
            return None
        anchor = quote(normalize(unquote(anchor)))
        return f"part:D{document}{'#' + anchor if anchor else ''}"

    def _show(self, number: int, address: str) -> Shown | None:
        """Return the picture an address means, kept in the spool, or None."""
        found = _unpacked(address) if address.startswith("data:") else self.picture(number, address)
        if found is None:
            is_remote = re.match(r"(https?:)?//", address, re.IGNORECASE) is not None
            if address not in self._pictures:
                self._missing["remote" if is_remote else "absent"] += 1
            self._pictures[address] = None
            return None
        name, content = found
        if name not in self._pictures:
            self._pictures[name] = self._keep(name, content)
            self._report()
        return self._pictures[name]

    def _keep(self, name: str, content: bytes) -> Shown | None:
        """Keep a picture of at most `PICTURE_WIDTH`, or tell why not."""
        try:
            made = _small(content)
        except SourceError as error:
            self.spool.problem(self.file, f"picture {name[-80:]!r}: {error.reason}", error.remedy)
            return None
        suffix = "jpg" if made.media_type == "image/jpeg" else "png"
        path = f"img/{len(self._pictures) + 1:04d}.{suffix}"
        return Shown(
            self.spool.add_asset(path, made.media_type, made.content), made.width, made.height
        )


@dataclass
class _Piece:
    document: int
    html: str
    title: str
    level: int
    is_listed: bool
    goes_on: bool

    def has_content(self) -> bool:
        return "<img" in self.html or bool(re.sub(r"<[^>]*>|\s|&nbsp;|\u00a0", "", self.html))


def _titles(pieces: list[_Piece], fallback: str) -> list[str]:
    """Return the title of each piece; what has none goes on from the one before, or is numbered."""
    titles: list[str] = []
    last, count = "", 0
    for place, piece in enumerate(pieces, start=1):
        goes_on = not piece.is_listed or (piece.goes_on and not piece.title and last)
        if goes_on and (last or piece.title):
            piece.is_listed = False
            last = last or piece.title
            count += 1
            titles.append(f"{last} ({count})")
            continue
        alone = len(pieces) == 1 or (piece.goes_on and not last)
        numbered = f"{fallback} – {place}" if fallback else f"{place}"
        title = piece.title or (fallback if alone and fallback else numbered)
        last, count = title, 1
        titles.append(title)
    return titles


def _small(content: bytes) -> Encoded:
    with open_picture(content) as picture:
        is_drawn = content.startswith((b"\x89PNG", b"GIF8"))
        if is_drawn and picture.width <= PICTURE_WIDTH:
            drawn = encode(picture, PICTURE_WIDTH, "image/png", PICTURE_QUALITY)
            if len(drawn.content) <= SMALL_PNG_BYTES:
                return drawn
        made = encode(picture, PICTURE_WIDTH, "image/jpeg", PICTURE_QUALITY)
        if is_drawn and picture.width <= PICTURE_WIDTH and len(drawn.content) < len(made.content):
            return drawn
        return made


def _unpacked(address: str) -> tuple[str, bytes] | None:
    """Return a picture that is written into the page, named by what it is."""
    found = _DATA.match(address)
    if found is None or len(address) > MAX_DATA_LETTERS:
        return None
    try:
        content = base64.b64decode(unquote(address[found.end() :]), validate=False)
    except (binascii.Error, ValueError):
        return None
    return f"data:{len(content)}:{binascii.crc32(content)}", content


def _heading(html: str) -> str:
    found = re.search(r"<h[1-6][^>]*>(.*?)</h[1-6]>", html, re.DOTALL)
    return " ".join(plain_text(found[1]).split())[:200] if found else ""
