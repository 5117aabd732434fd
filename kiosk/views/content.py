"""Archives and kiwix-serve's routes under the app's own name, for programs that know one address.

The archive server answers them elsewhere and faster; here the same function does, and the pages of
archives are sandboxed, because this origin is the app's.
"""

import threading
from collections.abc import Iterator

from flask import Blueprint, Response, abort, current_app, redirect, request

from kiosk.searching.client import SearchBusyError
from kiosk.serving.message import Ask, FilePiece, Later
from kiosk.serving.message import Response as Answer
from kiosk.serving.site import Site
from kiosk.views.context import content_address, library, record_or_404, searcher

bp = Blueprint("content", __name__)
BLOCK = 256 * 1024
_lock = threading.Lock()


@bp.get("/content/<path:_path>")
@bp.get("/raw/<path:_path>")
@bp.get("/catalog/<path:_path>")
@bp.get("/suggest")
@bp.get("/random")
@bp.get("/search/searchdescription.xml")
def archive(_path: str = "") -> Response:
    """Send what the archive server would send."""
    return answer_as_kiwix()


@bp.get("/download/<identifier>/<int:number>")
def download(identifier: str, number: int) -> Response:
    """Send a whole file of a work to be kept, under its own name."""
    found = record_or_404(identifier)
    if not 1 <= number <= len(found.downloads):
        abort(404)
    wanted = found.downloads[number - 1]
    book = library().book(identifier)
    return _go(content_address(book, wanted.path, download=wanted.filename))


def answer_as_kiwix() -> Response:
    """Answer the request under way as the archive server would."""
    site: Site = current_app.extensions["site"]
    headers = {name.lower().encode(): value.encode("latin-1") for name, value in request.headers}
    target = request.environ.get("RAW_URI") or request.environ["REQUEST_URI"]
    with _lock:  # a site is made for one thread
        found = site.answer(Ask(request.method.encode(), str(target).encode("latin-1"), headers))
    if isinstance(found, Later):
        try:
            reply = searcher().ask(found.job)
        except SearchBusyError:
            reply = None
        found = found.finish(reply)
    response = Response(_blocks(found), status=found.status)
    response.headers.clear()
    for name, value in found.headers:
        response.headers.add(name, value)
    if found.status != 304:
        response.headers["Content-Length"] = str(found.length)
    return response


def _blocks(answer: Answer) -> Iterator[bytes]:
    if answer.body:
        yield answer.body
    for piece in answer.pieces:
        for start in range(0, len(piece), BLOCK):
            count = min(BLOCK, len(piece) - start)
            if isinstance(piece, FilePiece):
                yield piece.read(start, count)
            else:
                yield bytes(piece[start : start + count])


def _go(address: str) -> Response:
    response = redirect(address)
    assert isinstance(response, Response)
    return response
