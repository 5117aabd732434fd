"""Read a work: chapters as text, scans as page pictures or as large plain text, pictures."""

from bisect import bisect
from operator import itemgetter
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from content.archive.reader import Entry
from content.terms import Form, Part, PartKind, Picture, Record
from kiosk.ui.cache import ReadyCache
from kiosk.ui.fragment import fragment
from kiosk.ui.snippets import Box, boxes, mark_html, mark_text
from kiosk.views.context import base_address, library, public_address, record_or_404

bp = Blueprint("reader", __name__)
# A part of a book is a few kB; a page that is larger is not read, it is opened as it is.
MAX_PART_BYTES = 4_000_000
VIEWS = ("page", "text")
ZOOMS = (100, 150, 200, 300)
MAX_BOX_BYTES = 2_000_000
MAX_WORDS = 200
MAX_ALT = 160
LISTED = 40
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
    kept = _kept(view if view in VIEWS else VIEWS[0], _words())
    return _redirect(url_for("reader.read", identifier=identifier, number=number) + kept)


@bp.get("/read/<identifier>/<int:number>")
def read(identifier: str, number: int) -> str | Response:
    """Show a chapter, a page or a picture, with the way to the next; words of `q` are marked."""
    found = record_or_404(identifier)
    if not 1 <= number <= len(found.parts):
        abort(404)
    part = found.parts[number - 1]
    if part.kind == PartKind.TRACK:
        return _redirect(url_for("listen.listen", identifier=identifier, number=number))
    book = library().book(identifier)
    view = request.args.get("view", VIEWS[0])
    view = view if view in VIEWS else VIEWS[0]
    words = _words()
    text = library().text(found, number) if part.kind == PartKind.PAGE else ""
    listed = [one for one in enumerate(found.parts, start=1) if one[1].listed]
    nearby = _around(bisect(listed, number, key=itemgetter(0)) - 1, len(listed))
    return render_template(
        "read.html",
        record=found,
        part=part,
        number=number,
        total=len(found.parts),
        book=book,
        before=found.parts[number - 2] if number > 1 else None,
        after=found.parts[number] if number < len(found.parts) else None,
        html=mark_html(_chapter(found, book, part), words) if part.kind == PartKind.CHAPTER else "",
        webp=[one for one in part.pictures if one.media_type == "image/webp"],
        plain=_plainest(part.pictures),
        paragraphs=[line for line in mark_text(text, words).split("\n") if line.strip()],
        alt=" ".join(text.split())[:MAX_ALT],
        boxes=_boxes(book, part, words) if view == VIEWS[0] else (),
        words=words,
        view=view,
        kept=_kept(view, words),
        listed=listed[nearby],
        listed_in_all=len(listed),
        zoom=_zoom(),
        zooms=ZOOMS,
        link=public_address(request.path),
    )


def _around(place: int, count: int) -> slice:
    """Return which of the contents a page carries: those around it; of 300 each would be slow."""
    first = max(0, min(place - LISTED // 2, count - LISTED))
    return slice(first, first + LISTED)


def _words() -> str:
    """Return the words that the reader searched for and that are to be marked."""
    return request.args.get("q", "").strip()[:MAX_WORDS]


def _zoom() -> int:
    """Return how large a page is shown, in percent."""
    text = request.args.get("zoom", "")
    return next((zoom for zoom in ZOOMS if str(zoom) == text), ZOOMS[0])


def _kept(view: str, words: str) -> str:
    """Return the query that the next page's address keeps, with its `?`."""
    kept = ([("view", view)] if view != VIEWS[0] else []) + ([("q", words)] if words else [])
    return f"?{urlencode(kept)}" if kept else ""


def _boxes(book: str, part: Part, words: str) -> tuple[Box, ...]:
    if not words or not part.words_path:
        return ()
    entry = library().entry(book, part.words_path)
    return boxes(entry.read(), words) if entry.size <= MAX_BOX_BYTES else ()


def _chapter(record: Record, book: str, part: Part) -> str:
    entry = library().entry(book, part.path)
    if entry.size > MAX_PART_BYTES:
        abort(404)
    base = base_address(book)
    key = f"{base}/{part.path}/{record.identifier}"
    return _fragments.get(key, lambda: _fragment(record, base, part.path, entry)).decode()


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
