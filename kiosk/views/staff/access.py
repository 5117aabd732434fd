"""Coming in: the first PIN with the code of the box, signing in with the PIN, going out."""

from flask import Blueprint, Response, request

from content.errors import ContentError
from kiosk.accounts import SESSION_S
from kiosk.views.staff.room import (
    COOKIE,
    PATH,
    accounts,
    book,
    desk,
    go,
    is_at_the_box,
    phone,
    show,
)
from kiosk.views.staff.words import problem_of, wait_minutes

bp = Blueprint("access", __name__)


@bp.route("/first", methods=["GET", "POST"])
def first() -> Response | str | tuple[str, int]:
    """Make the first PIN, or a new one with the settings' code."""
    kept = accounts()
    problem, wait = "", 0
    if request.method == "POST":
        pin = request.form.get("pin", "")
        if pin != request.form.get("again", ""):
            problem = "not-the-same"
        else:
            try:
                token = kept.make_pin(request.form.get("code", ""), pin, phone())
            except ContentError as error:
                problem, wait = problem_of(error), wait_minutes(error)
            else:
                return _let_in(token, "settings" if book().choices().is_made else "start")
    shown = kept.code() if is_at_the_box() and not kept.has_pin else ""
    page = show("first.html", problem=problem, wait=wait, code=shown, has_pin=kept.has_pin)
    return (page, 403) if problem else page


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Response | str | tuple[str, int]:
    """Let in who knows the PIN."""
    kept = accounts()
    if not kept.has_pin:
        return go("first")
    if request.method == "GET":
        return show("sign_in.html", problem="", wait=0)
    try:
        return _let_in(kept.sign_in(request.form.get("pin", ""), phone()), "")
    except ContentError as error:
        page = show("sign_in.html", problem=problem_of(error), wait=wait_minutes(error))
        return page, 403


@bp.post("/sign-out")
def sign_out() -> Response:
    """End this session."""
    desk().close_session(request.cookies.get(COOKIE, ""))
    response = go("sign-in")
    response.delete_cookie(COOKIE, path=PATH)
    return response


@bp.post("/pin")
def change_pin() -> Response:
    """Replace the PIN; every other session ends."""
    new = request.form.get("pin", "")
    token = accounts().change_pin(request.form.get("old", ""), new, phone())
    return _let_in(token, "settings", "pin")


def _let_in(token: str, place: str, told: str = "") -> Response:
    response = go(place, told)
    response.set_cookie(
        COOKIE, token, max_age=int(SESSION_S), path=PATH, httponly=True, samesite="Strict"
    )
    return response
