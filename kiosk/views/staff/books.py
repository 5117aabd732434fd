"""What the library holds: list, send a file, remove, take the last change back and put it back."""

import os
import re
from pathlib import Path

from flask import Blueprint, Response, abort, request

from content.errors import InsufficientSpaceError
from content.files import free_bytes
from content.store.change import FLOOR_BYTES
from content.store.generation import current_number, numbers, undone_numbers
from content.store.layout import StoreLayout
from kiosk.tasks.board import Kind, TaskBusyError, uploads_of
from kiosk.views.context import config, library
from kiosk.views.staff.room import board, go, show, state

bp = Blueprint("books", __name__)


@bp.get("/books")
def books() -> str:
    """Show every archive, and the way to send one."""
    layout = StoreLayout(config().library)
    number = current_number(layout)
    return show(
        "books.html",
        archives=sorted(library().archives(), key=lambda one: one.added, reverse=True),
        can_go_back=any(one < number for one in numbers(layout)),
        can_go_on=bool(undone_numbers(layout)),
        problem=request.args.get("problem", ""),
        room_bytes=_room(),
    )


@bp.post("/books/upload")
def upload() -> Response:
    """Take a file that the browser sends, and have it added.

    It is written straight to the disk of the point's state, never held in memory; a power cut
    leaves a file there that the next start lets go.

    Raises:
        InsufficientSpaceError: The file would not fit, so nothing was read.
    """
    if (request.content_length or 0) > _room():
        raise InsufficientSpaceError(f"the file has {request.content_length} bytes")
    request.max_content_length = _room()
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return go("books?problem=no-file")
    if not sent.filename.lower().endswith(".zim"):
        return go("books?problem=no-archive")
    named = uploads_of(state()) / _safe(sent.filename)
    sent.stream.flush()
    try:
        os.link(str(sent.stream.name), named)
    except FileExistsError as error:
        raise TaskBusyError(f"{named.name} is being added already") from error
    try:
        board().ask(Kind.ADD, files=[str(named)], uploads=[str(named)])
    except Exception:
        named.unlink(missing_ok=True)
        raise
    return go("books", "asked")


@bp.route("/books/remove/<name>", methods=["GET", "POST"])
def remove(name: str) -> Response | str:
    """Ask once more, then take an archive out."""
    held = next((one for one in library().archives() if one.name == name), None)
    if held is None:
        abort(404)
    if request.method == "GET":
        return show("remove.html", archive=held)
    board().ask(Kind.REMOVE, name=name)
    return go("books", "asked")


@bp.post("/books/undo")
def undo() -> Response:
    """Go back to the library before the last change."""
    board().ask(Kind.ROLL_BACK)
    return go("books", "asked")


@bp.post("/books/redo")
def redo() -> Response:
    """Put the change in use again that was taken back."""
    board().ask(Kind.REDO)
    return go("books", "asked")


def _room() -> int:
    """Return how many bytes may be sent: they are on the disk twice until they are added."""
    folder = uploads_of(state())
    folder.mkdir(parents=True, exist_ok=True)
    return max(0, free_bytes(folder) - FLOOR_BYTES) // 2


def _safe(name: str) -> str:
    """Return a file name that is nothing but a name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", Path(name).name).lstrip(".-")[-100:] or "sent.zim"
