"""`/healthz`: whether this process answers and what it serves, for programs."""

from flask import Blueprint, Response, jsonify

from kiosk.views.context import library

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """Answer 200 with the generation in use and the number of archives."""
    held = library()
    response = jsonify(
        status="ok", generation=held.generation, archives=len(held.books.generation.archives)
    )
    response.cache_control.no_store = True
    return response
