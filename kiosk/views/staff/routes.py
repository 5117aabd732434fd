"""The console's pages as one: signed in, not kept by browsers, every failure in plain words."""

import logging

from flask import Blueprint, Response

from content.errors import ContentError
from kiosk.views.staff import access, books, condition, overview, poster, settings, update, usage
from kiosk.views.staff.room import check_way, require_staff, show
from kiosk.views.staff.words import problem_of, wait_minutes

logger = logging.getLogger(__name__)
bp = Blueprint("staff", __name__, url_prefix="/staff")
for _view in (access, books, condition, overview, poster, settings, update, usage):
    bp.register_blueprint(_view.bp)
bp.before_request(check_way)
bp.before_request(require_staff)


@bp.after_request
def keep_nothing(response: Response) -> Response:
    """Have browsers keep nothing of the console."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.errorhandler(ContentError)
def explain(error: ContentError) -> tuple[str, int]:
    """Say what went wrong and what to do."""
    logger.warning("%s: %s", error.code, error)
    return show(
        "problem.html", problem=problem_of(error), wait=wait_minutes(error), detail=str(error)
    ), 409
