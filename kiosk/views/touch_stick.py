"""What the touch screen tells of a USB stick, to staff who stand before it with one."""

from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint, Response, abort, jsonify

from content.files import is_exclusive
from content.store.layout import StoreLayout
from kiosk.config import state_of
from kiosk.i18n import translate as _
from kiosk.sticks import Stick, refused_in, sticks_in
from kiosk.tasks.board import Board, Stage, Task
from kiosk.views.context import config, is_here
from kiosk.views.staff.room import is_open_here

bp = Blueprint("touch_stick", __name__)


@bp.get("/touch/stick")
def stick() -> Response:
    """Answer with what the band below the posters says; `state` is `none` when it says nothing.

    `percent` is null when nobody knows how far it is.
    """
    if not is_here():
        abort(403)
    state, percent = _state()
    title, hint = _words(state)
    response = jsonify(state=state, percent=percent, title=title, hint=hint)
    response.cache_control.no_store = True
    return response


def _state() -> tuple[str, int | None]:
    task = Board(state_of(config())).task()
    if task is not None and task.uses_stick and task.is_open:
        return "working", task.percent
    folder = Path(config().sticks)
    sticks = sticks_in(folder)
    if not sticks:
        return ("refused" if refused_in(folder) else "none"), None
    if is_exclusive(StoreLayout(config().library).incoming / "lock"):
        return "working", None
    if task is not None and _took_from(task, sticks):
        return {Stage.DONE: "done", Stage.FAILED: "failed"}.get(task.stage, "offered"), None
    return ("offered" if any(one.is_signed for one in sticks) else "none"), None


def _took_from(task: Task, sticks: Sequence[Stick]) -> bool:
    """Return whether the task took something from one of these sticks."""
    if not task.uses_stick:
        return False
    taken = [task.arguments.get("folder", ""), *task.arguments.get("files", ())]
    return any(Path(path).is_relative_to(one.folder) for path in taken for one in sticks)


def _words(state: str) -> tuple[str, str]:
    match state:
        case "working":
            return _("Books come from the stick"), _("It may be pulled out: next time it goes on.")
        case "done":
            return _("The books are here"), _("You can pull the stick out.")
        case "failed":
            why = _("Staff: touch here to see why.")
            return _("That did not work"), why if is_open_here() else _elsewhere()
        case "refused":
            why = _("Staff: touch here to see what to do.")
            return _("This stick cannot be read"), why if is_open_here() else _elsewhere()
        case "offered":
            take = _("Staff: touch here to take its books.")
            return _("A stick of the library is in"), take if is_open_here() else _elsewhere()
    return "", ""


def _elsewhere() -> str:
    return _("Staff: open the staff pages on a phone.")
