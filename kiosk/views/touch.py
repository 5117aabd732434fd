"""The touch screen in the hall: what it shows when nobody is there, and whether it still answers.

A browser that opened `/touch/` is the touch screen until its session ends: every page has large
targets, a keyboard of its own, and goes back here when nobody touches it (js/touch.js). A browser
that stops telling `/touch/alive` is started anew (docs/howto/touch-screen.md).
"""

import time
from dataclasses import dataclass
from pathlib import Path

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
)

from content.catalogue.records import Query
from content.catalogue.summary import Summary
from content.errors import ContentError
from content.terms import Form, Picture
from kiosk.views.context import SURFACE, TOUCH, config, is_here, library, public_address
from kiosk.views.staff.room import is_open_here

bp = Blueprint("touch", __name__)
POSTERS, NEW_WORKS = 6, 10
# Told every 10 s; two lost ones are no reason to start a browser anew.
ALIVE_WITHIN_S = 35


@dataclass(frozen=True, slots=True)
class Poster:
    """A picture that fills the screen, and the work it is."""

    work: Summary
    picture: Picture


@bp.get("/touch/")
def attract() -> Response:
    """Show posters and new works until somebody touches the screen; begin a session."""
    new = library().summaries(Query(sort="new"), limit=NEW_WORKS).items
    page = render_template(
        "touch.html",
        posters=_posters(),
        works=[one for one in new if one.form != Form.IMAGE],
        link=public_address("/"),
        # Before they have a PIN whoever stands here could take the point over.
        staff_may_enter=is_open_here(),
    )
    response = Response(page)
    # Until the browser is closed; a screen that a page of ours sends elsewhere stays a screen.
    response.set_cookie(SURFACE, TOUCH, samesite="Strict", httponly=True)
    response.cache_control.no_store = True
    return response


@bp.get("/touch/leave")
def leave() -> Response:
    """Make this browser a phone again; for staff, who know the address."""
    response = redirect("/", 303)
    assert isinstance(response, Response)
    response.delete_cookie(SURFACE, samesite="Strict", httponly=True)
    return response


@bp.post("/touch/alive")
def tell_alive() -> Response:
    """Note that the screen of this machine has just drawn a page."""
    if not is_here():
        abort(403)
    file = config().touch_alive_file
    if file:
        Path(file).touch()
    current_app.extensions["touch_alive"] = time.time()
    return Response(status=204)


@bp.get("/touch/alive")
def alive() -> Response:
    """Answer 200 while the screen tells that it draws, 503 when it has not for a while.

    `age_s` is null before it told the first time.
    """
    age_s = _age_s()
    response = jsonify(age_s=age_s, limit_s=ALIVE_WITHIN_S)
    response.status_code = 200 if age_s is not None and age_s <= ALIVE_WITHIN_S else 503
    response.cache_control.no_store = True
    return response


def _age_s() -> float | None:
    told = current_app.extensions.get("touch_alive")
    if file := config().touch_alive_file:
        # Another process of the app may have been told.
        told = Path(file).stat().st_mtime if Path(file).exists() else None
    return None if told is None else round(max(0.0, time.time() - told), 1)


def _posters() -> list[Poster]:
    """Return posters with their widest picture; none when the disk does not give them."""
    posters = []
    for one in library().summaries(Query(form=str(Form.IMAGE), sort="new"), limit=POSTERS).items:
        try:
            record = library().record(one.identifier)
        except ContentError:
            continue
        pictures = record.parts[0].pictures if record is not None and record.parts else ()
        plain = [picture for picture in pictures if picture.media_type != "image/webp"]
        if plain:
            posters.append(Poster(one, plain[-1]))
    return posters
