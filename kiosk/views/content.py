"""Archive entries as they are: `/content/BOOK/PATH`, `/raw/...` as kiwix-serve has them, downloads.

An archive may be hostile. What a browser would run as a page of ours gets a Content-Security-Policy
`sandbox` without `allow-same-origin`: it runs in an origin of its own and can reach neither our
pages nor the reader's choices. Sounds and documents are sent by pieces from libzim's own memory.
"""

import gzip
from collections.abc import Iterator
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, request

from content.archive.reader import Entry
from content.errors import EntryNotFoundError
from kiosk.ui.cache import ReadyCache
from kiosk.ui.fragment import content_address
from kiosk.ui.ranges import matches, parse_range, range_applies
from kiosk.views.context import library, record_or_404

bp = Blueprint("content", __name__)
BLOCK = 256 * 1024
MAX_PACKED_BYTES = 1_000_000
DAY_S = 24 * 3600
_ready = ReadyCache(16_000_000)
# Types a browser runs or lays out; everything else is shown or saved.
ACTIVE = ("text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml")
# No allow-same-origin: an origin of its own. No allow-top-navigation: it cannot leave by itself.
SANDBOX = (
    "sandbox allow-scripts allow-popups allow-modals; "
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
    "form-action 'none'; frame-ancestors 'self'; base-uri 'self'"
)


@bp.get("/content/<book>/")
@bp.get("/content/<book>")
def main_page(book: str) -> Response:
    """Go to an archive's main page."""
    path = library().archive(book).main_path()
    if not path:
        abort(404)
    return _to(content_address(book, path))


@bp.get("/content/<book>/<path:path>")
def content(book: str, path: str) -> Response:
    """Send an entry, or go where it redirects to."""
    entry = library().entry(book, path)
    if entry.redirect_to:
        return _to(content_address(book, entry.redirect_to))
    return send_entry(entry)


@bp.get("/raw/<book>/content/<path:path>")
def raw_content(book: str, path: str) -> Response:
    """Send an entry as kiwix-serve's raw route does."""
    entry = library().entry(book, path)
    if entry.redirect_to:
        entry = library().entry(book, entry.redirect_to)
    return send_entry(entry)


@bp.get("/raw/<book>/meta/<name>")
def raw_metadata(book: str, name: str) -> Response:
    """Send one metadata value of an archive."""
    archive = library().archive(book)
    value = archive.metadata().get(name)
    if value is None:
        raise EntryNotFoundError(f"{book} has no metadata {name!r}")
    kind = "image/png" if name.startswith("Illustration") else "text/plain; charset=utf-8"
    response = Response(value, content_type=kind)
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


@bp.get("/download/<identifier>/<int:number>")
def download(identifier: str, number: int) -> Response:
    """Send a whole file of a work to be kept, under its own name."""
    found = record_or_404(identifier)
    if not 1 <= number <= len(found.downloads):
        abort(404)
    wanted = found.downloads[number - 1]
    entry = library().entry(library().book(identifier), wanted.path)
    response = send_entry(entry)
    plain = wanted.filename.encode("ascii", "replace").decode().replace("?", "_")
    plain = plain.replace('"', "_").replace("\\", "_")
    name = quote(wanted.filename, safe="")
    # RFC 6266: the plain name for old phones, the true one for the rest.
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"
    response.headers["Content-Disposition"] = disposition
    return response


def send_entry(entry: Entry) -> Response:
    """Answer with an entry: whole, a range, packed, or 304."""
    kind = entry.media_type or "application/octet-stream"
    packs = _packs(entry, kind)
    etag = f'"{entry.etag}{"/gz" if packs else ""}"'
    if matches(request.headers.get("If-None-Match"), etag):
        response = Response(status=304)
    else:
        response = _packed(entry) if packs else _ranged(entry, etag)
        response.headers["Content-Type"] = kind
    headers = response.headers
    headers["ETag"] = etag
    headers["Cache-Control"] = f"public, max-age={DAY_S}"
    headers["Accept-Ranges"] = "none" if packs else "bytes"
    if kind.startswith(("text/", "application/j")) or kind in ACTIVE:
        headers["Vary"] = "Accept-Encoding"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    # Fonts and modules of a sandboxed page count as cross-origin, even from its own archive.
    headers["Access-Control-Allow-Origin"] = "*"
    if kind.split(";")[0].strip().lower() in ACTIVE:
        headers["Content-Security-Policy"] = SANDBOX
    return response


def _packs(entry: Entry, kind: str) -> bool:
    bare = kind.split(";", maxsplit=1)[0]
    texts = kind.startswith("text/") or bare in {*ACTIVE, "application/json"}
    accepted = "gzip" in request.headers.get("Accept-Encoding", "")
    small = 500 <= entry.size <= MAX_PACKED_BYTES
    return texts and accepted and small and "Range" not in request.headers


def _packed(entry: Entry) -> Response:
    body = _ready.get(entry.etag, lambda: gzip.compress(entry.content, 5, mtime=0))
    response = Response(body)
    response.headers["Content-Encoding"] = "gzip"
    return response


def _ranged(entry: Entry, etag: str) -> Response:
    size = entry.size
    asked = request.headers.get("Range") if request.method == "GET" else None
    if asked is not None and not range_applies(request.headers.get("If-Range"), etag):
        asked = None
    try:
        part = parse_range(asked, size)
    except ValueError:
        refused = Response(status=416)
        refused.headers["Content-Range"] = f"bytes */{size}"
        return refused
    first, length = (0, size) if part is None else (part.first, part.length)
    response = Response(_pieces(entry, first, length), status=200 if part is None else 206)
    response.headers["Content-Length"] = str(length)
    if part is not None:
        response.headers["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    return response


def _pieces(entry: Entry, first: int, length: int) -> Iterator[bytes]:
    view = entry.content[first : first + length]
    for start in range(0, len(view), BLOCK):
        yield bytes(view[start : start + BLOCK])


def _to(address: str) -> Response:
    response = redirect(address)
    assert isinstance(response, Response)
    return response
