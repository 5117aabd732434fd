"""What this phone knows of its reader: places, bookmarks, choices; and how to forget it all.

Places and bookmarks never come here: a script draws them from the phone's own memory.
"""

from flask import Blueprint, Response, redirect, render_template, request

from kiosk.i18n import COOKIE
from kiosk.views.display import CHOICES

bp = Blueprint("mine", __name__)


@bp.get("/mine")
def mine() -> str:
    """Show the page on which a phone shows what it remembers."""
    return render_template("mine.html")


@bp.post("/forget")
def forget() -> Response:
    """Take every choice from this phone; browsers that know how empty their memory too."""
    response = redirect("/mine?forgotten=1", 303)
    assert isinstance(response, Response)
    for name in (*CHOICES, COOKIE):
        if name in request.cookies:
            response.delete_cookie(name, samesite="Strict", httponly=True)
    # Heeded on localhost, where the touch screen is, and over https
    # (https://www.w3.org/TR/clear-site-data/, 4); elsewhere the page's script empties the memory.
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    response.cache_control.no_store = True
    return response
