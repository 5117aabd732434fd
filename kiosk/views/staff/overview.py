"""The first page of the console, and how far a task is."""

from flask import Blueprint, Response, jsonify

from kiosk.tasks.board import Kind
from kiosk.views.context import library
from kiosk.views.staff.condition import report
from kiosk.views.staff.province import told
from kiosk.views.staff.room import board, book, go, show

bp = Blueprint("overview", __name__)


@bp.get("/")
def home() -> Response | str:
    """Show how the point is, at a glance."""
    if not book().choices().is_made:
        return go("start")
    held = library()
    archives = held.archives()
    return show(
        "overview.html",
        works=sum(one.works for one in archives),
        archives=len(archives),
        report=report(),
        telling=told(),
    )


@bp.get("/task")
def task() -> Response:
    """Say how far the last task is, for the page's script."""
    last = board().task()
    if last is None:
        return jsonify(open=False, id="")
    return jsonify(
        id=last.identifier,
        open=last.is_open,
        stage=str(last.stage),
        step=last.step,
        percent=last.percent,
    )


@bp.post("/task/stop")
def stop() -> Response:
    """End the task under way."""
    board().stop()
    return go("", "stopped")


@bp.post("/task/verify")
def verify() -> Response:
    """Have every archive read whole now."""
    board().ask(Kind.VERIFY)
    return go("health", "asked")
