"""The front page: search, then shelves of covers."""

from flask import Blueprint, render_template

from kiosk.ui.shelves import front_shelves
from kiosk.views.context import library

bp = Blueprint("home", __name__)


@bp.get("/")
def home() -> str:
    """Show every shelf that has something on it."""
    return render_template("home.html", shelves=front_shelves(library()))
