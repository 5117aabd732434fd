"""What a reader chooses for their eyes and language; kept in cookies on their own phone.

Works without JavaScript: each choice is a button that sets a cookie and comes back.
"""

from flask import Blueprint, Response, abort, redirect, render_template, request

from kiosk.i18n import locales
from kiosk.views.context import safe_path

bp = Blueprint("display", __name__)
YEAR_S = 365 * 24 * 3600
# The first of each holds until another is chosen.
CHOICES = {
    "theme": ("auto", "light", "dark", "sepia"),
    "text": ("normal", "small", "large", "larger", "huge"),
    "spacing": ("normal", "wide", "wider"),
    "face": ("serif", "sans"),
}


@bp.get("/display")
def display() -> str:
    """Show what can be chosen."""
    back = safe_path(request.args.get("next", "/"))
    return render_template("display.html", back=back)


@bp.post("/display/<name>/<value>")
def choose(name: str, value: str) -> Response:
    """Keep a choice and go back to the page it was made on."""
    known = locales() if name == "locale" else CHOICES.get(name, ())
    if value not in known:
        abort(404)
    response = redirect(safe_path(request.form.get("next", "/")), 303)
    assert isinstance(response, Response)
    response.set_cookie(name, value, max_age=YEAR_S, samesite="Strict", httponly=True)
    response.cache_control.no_store = True
    return response


def chosen(name: str) -> str:
    """Return the reader's choice, or the first one."""
    value = request.cookies.get(name, "")
    return value if value in CHOICES[name] else CHOICES[name][0]
