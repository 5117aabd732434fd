"""Sign in and out. No account is there by default; see `diemdoc province account`."""

from datetime import UTC, datetime

from flask import Blueprint, Response, render_template, request, session

from province import accounts
from province.views.context import database, go

bp = Blueprint("session", __name__)


@bp.get("/sign-in")
def ask() -> str:
    """Ask for name and password."""
    return render_template("sign_in.html", failed=False)


@bp.post("/sign-in")
def sign_in() -> Response | tuple[str, int]:
    """Sign in, and go on to the page that was asked for."""
    name, password = request.form.get("name", "")[:80], request.form.get("password", "")[:1_000]
    if not accounts.sign_in(database(), name, password, datetime.now(UTC)):
        return render_template("sign_in.html", failed=True), 403
    place = session.get("next", "/reports/")
    session.clear()
    session["account"] = name
    session.permanent = True
    return go(place if place.startswith("/") and not place.startswith(("//", "/\\")) else "/")


@bp.post("/sign-out")
def sign_out() -> Response:
    """Sign out."""
    session.clear()
    return go("/sign-in")
