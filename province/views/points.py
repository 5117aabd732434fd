"""The points: when each was last heard, by wire or stick, and how it stands; codes for new ones."""

from datetime import UTC, datetime

from babel.numbers import format_decimal
from flask import Blueprint, Response, g, jsonify, render_template, request

from content.errors import ContentError
from kiosk.ui.formats import format_day
from province.enrolments import invite
from province.fleet import points
from province.views.context import config, database, staff_only

bp = Blueprint("points", __name__)


@bp.get("/desk/points")
@staff_only
def index() -> str:
    """Show every point."""
    return _page()


@bp.post("/desk/points")
@staff_only
def new() -> str | tuple[str, int]:
    """Give out a code for a new point, and show it once."""
    name, commune = request.form.get("name", ""), request.form.get("commune", "")
    try:
        code = invite(database(), name, commune, datetime.now(UTC))
    except ContentError:
        return _page(failed=True), 400
    return _page(code=code, name=name.strip())


@bp.get("/desk/points.json")
@staff_only
def as_facts() -> Response:
    """Send every point for programs."""
    names = [
        "point", "name", "commune", "heard", "carrier", "trust", "software", "generation",
        "archives", "free_bytes", "free_share", "last_month",
    ]  # fmt: skip
    return jsonify([{name: getattr(one, name) for name in names} for one in points(database())])


def _page(*, code: str = "", name: str = "", failed: bool = False) -> str:
    now = datetime.now(UTC)
    communes = config().communes()
    rows = [
        (one, communes[one.commune].name if one.commune in communes else one.commune)
        for one in points(database())
    ]
    return render_template(
        "points.html",
        rows=rows,
        quiet={one.point for one, _ in rows if one.is_quiet(now)},
        communes=sorted(communes.values(), key=lambda one: one.name),
        code=code,
        name=name,
        failed=failed,
        day=lambda text: format_day(text[:10], g.locale),
        gigabytes=lambda count: format_decimal(round(count / 1e9, 1), locale=g.locale),
    )
