"""New content by wire, or from a stick that is in the box; what goes back to the province by it."""

import logging
from pathlib import Path

from flask import Blueprint, Response, abort, request

from content.errors import CarrierError, ContentError
from content.repository.trust import TrustStore
from content.repository.volume import DirectoryCarrier, find_repository
from content.sync.plan import Kind as ActionKind
from content.sync.run import look
from kiosk.sticks import Stick, refused_in, stick_named, sticks_in
from kiosk.tasks.board import Kind
from kiosk.views.context import config
from kiosk.views.staff.province import site_of_point, take_invitation, told, write_counts
from kiosk.views.staff.room import board, book, go, show, state
from kiosk.views.staff.words import problem_of
from provisioning.errors import PrivilegedError

logger = logging.getLogger(__name__)
bp = Blueprint("update", __name__)


@bp.get("/update")
def update() -> str:
    """Show where new content may come from."""
    return show(
        "update.html",
        sources=sources(),
        follows=_follows(),
        telling=told(),
        problem=request.args.get("problem", ""),
        sticks=[(one, *_offer(one)) for one in sticks_in(Path(config().sticks))],
        refused=refused_in(Path(config().sticks)),
    )


@bp.post("/update/start")
def start() -> Response:
    """Bring what the province publishes."""
    if not sources():
        return go("update?problem=no-source")
    board().ask(Kind.UPDATE, sources=sources())
    return go("update", "asked")


@bp.post("/update/stick/<name>")
def stick(name: str) -> Response:
    """Bring what the province put on a stick."""
    found = _stick(name)
    if not found.is_signed:
        abort(404)
    board().ask(Kind.STICK, folder=str(found.folder))
    return go("update", "asked")


@bp.post("/update/stick/<name>/add")
def add(name: str) -> Response:
    """Add an archive of a stick that nobody signed."""
    found = _stick(name)
    file = request.form.get("file", "")
    if file not in {one for one, _ in found.archives}:
        abort(404)
    board().ask(Kind.ADD, files=[str(found.folder / file)], from_stick=True)
    return go("books", "asked")


@bp.post("/update/stick/<name>/counts")
def counts(name: str) -> Response:
    """Write what waits for the province to a stick."""
    found = _stick(name)
    if told() is None:
        abort(404)
    try:
        write_counts(found)
    except (CarrierError, PrivilegedError) as error:
        logger.warning("counts could not be written to %s: %s", name, error)
        return go("update?problem=not-written")
    return go("update", "written")


@bp.post("/update/stick/<name>/invitation")
def invitation(name: str) -> Response:
    """Ask the province to know this point, by its invitation on a stick."""
    take_invitation(_stick(name))
    return go("update", "invited")


def sources() -> list[str]:
    """Return where new content comes from: what staff chose, else what the settings name."""
    chosen = book().choices().source
    return [chosen] if chosen else list(config().sync.sources)


def _stick(name: str) -> Stick:
    found = stick_named(Path(config().sticks), name)
    if found is None:
        abort(404)
    return found


def _offer(one: Stick) -> tuple[list[tuple[str, int]], str]:
    """Return titles and bytes of what a signed stick would bring, or the code of what is wrong."""
    if not one.is_signed:
        return [], ""
    site = site_of_point()
    try:
        _, plan = look(site, [DirectoryCarrier(find_repository(one.folder))], site.clock)
    except ContentError as error:
        return [], problem_of(error)
    wanted = plan.of(ActionKind.NEW, ActionKind.CHANGED)
    return [(action.title, action.size_bytes) for action in wanted], ""


def _follows() -> bool:
    try:
        TrustStore(state() / "trust").root()
    except ContentError:
        return False
    return True
