"""Read a work: chapters as text, scans as page pictures or as large plain text, pictures."""

import time
from collections.abc import Iterator
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from markupsafe import Markup

from content.archive.reader import Entry
from content.terms import Form, Part, PartKind, Picture, Record
from kiosk.ui.cache import ReadyCache
from kiosk.ui.fragment import fragment
from kiosk.ui.inside import Box, boxes, find_inside
from kiosk.views.context import base_address, library, public_address, record_or_404

bp = Blueprint("reader", __name__)
# A part of a book is a few kB; a page that is larger is not read, it is opened as it is.
MAX_PART_BYTES = 4_000_000
VIEWS = ("page", "text")
ZOOMS = (100, 150, 200, 300)
# A work is read part by part until so much time is gone; what was found by then is shown.
FIND_S = 1.5
MAX_BOXES_BYTES = 2_000_000
_ZOOM_WORDS = tuple(str(zoom) for zoom in ZOOMS)
_fragments = ReadyCache(8_000_000)


@bp.get("/read/<identifier>/")
def start(identifier: str) -> Response:
    """Go to the first part."""
    found = record_or_404(identifier)
    if found.form == Form.WEBSITE or not found.parts:
        if not found.path:
            abort(404)
        return _redirect(f"/view/{identifier}/{quote(found.path)}")
    return _redirect(url_for("reader.read", identifier=identifier, number=1))


@bp.get("/read/<identifier>/go")
def go(identifier: str) -> Response:
    """Go to the page whose number was typed."""
    found = record_or_404(identifier)
    text = request.args.get("page", "")
    number = int(text) if text.isdecimal() and len(text) < 8 else 1
    number = max(1, min(number, len(found.parts)))
    view = request.args.get("view")
    kept = view if view in VIEWS else None
    return _redirect(url_for("reader.read", identifier=identifier, number=number, view=kept))


@bp.get("/read/<identifier>/find")
def find(identifier: str) -> str:
    """Show the parts of a work in which words stand."""
    found = record_or_404(identifier)
    words = request.args.get("q", "").strip()[:200]
    texts = _Texts(found)
    return render_template(
        "find.html",
        record=found,
        words=words,
        places=[(one, found.parts[one.number - 1]) for one in find_inside(texts, words)],
        partial=texts.cut,
    )


@bp.get("/read/<identifier>/<int:number>")
def read(identifier: str, number: int) -> str | Response:
    """Show a chapter, a page or a picture, with the way to the next."""
    found = record_or_404(identifier)
    if not 1 <= number <= len(found.parts):
        abort(404)
    part = found.parts[number - 1]
    if part.kind == PartKind.TRACK:
        return _redirect(url_for("listen.listen", identifier=identifier, number=number))
    book = library().book(identifier)
    view = request.args.get("view", VIEWS[0])
    words = request.args.get("q", "").strip()[:200]
    text = library().text(found, number) if part.kind == PartKind.PAGE else ""
    return render_template(
        "read.html",
        record=found,
        part=part,
        number=number,
        total=len(found.parts),
        book=book,
        before=found.parts[number - 2] if number > 1 else None,
        after=found.parts[number] if number < len(found.parts) else None,
        html=_chapter(found, book, part) if part.kind == PartKind.CHAPTER else "",
        webp=[one for one in part.pictures if one.media_type == "image/webp"],
        plain=_plainest(part.pictures),
        paragraphs=[line for line in text.split("\n") if line.strip()],
        view=view if view in VIEWS else VIEWS[0],
        listed=[one for one in enumerate(found.parts, start=1) if one[1].listed],
        zoom=request.args.get("zoom", type=int) if request.args.get("zoom") in _ZOOM_WORDS else 100,
        zooms=ZOOMS,
        words=words,
        boxes=_boxes(book, part, words),
        link=public_address(request.path),
    )


class _Texts:
    """The texts of a work, read one at a time until the time is up.

    Attributes:
        cut: Whether the end was not reached.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self.cut = False

    def __iter__(self) -> Iterator[tuple[int, str]]:
        until = time.monotonic() + FIND_S
        for number, part in enumerate(self._record.parts, start=1):
            if time.monotonic() > until:
                self.cut = True
                return
            if part.text_path:
                yield number, library().text(self._record, number)


def _boxes(book: str, part: Part, words: str) -> tuple[Box, ...]:
    """Return where words stand on the picture of a page."""
    if not words or not part.words_path:
        return ()
    entry = library().entry(book, part.words_path)
    return boxes(entry.read(), words) if entry.size <= MAX_BOXES_BYTES else ()


def _chapter(record: Record, book: str, part: Part) -> Markup:
    entry = library().entry(book, part.path)
    if entry.size > MAX_PART_BYTES:
        abort(404)
    base = base_address(book)
    key = f"{base}/{part.path}/{record.identifier}"
    return Markup(_fragments.get(key, lambda: _fragment(record, base, part.path, entry)).decode())  # noqa: S704


def _fragment(record: Record, base: str, path: str, entry: Entry) -> bytes:
    pages = {part.path: number for number, part in enumerate(record.parts, start=1)}

    def page_of(target: str) -> str | None:
        number = pages.get(target)
        if number is None:
            return f"/record/{record.identifier}" if target == record.path else None
        return f"/read/{record.identifier}/{number}"

    text = entry.read().decode("utf-8", errors="replace")
    return fragment(text, base=base, path=path, page_of=page_of).encode()


def _plainest(pictures: tuple[Picture, ...]) -> Picture | None:
    """Return the picture for phones that know no WebP; the widest when all are."""
    plain = [one for one in pictures if one.media_type != "image/webp"] or list(pictures)
    return plain[-1] if plain else None


def _redirect(address: str) -> Response:
    response = redirect(address)
    assert isinstance(response, Response)
    return response
