"""The poster, to be printed from the console."""

from flask import Blueprint, Response, abort, request
from markupsafe import Markup

from kiosk.health.check import Machine
from kiosk.health.radio import radio_of
from kiosk.i18n import translate
from kiosk.poster import SIZES, Poster, poster_pdf, poster_svg
from kiosk.views.context import config, names
from kiosk.views.staff.room import book, show, state

bp = Blueprint("poster", __name__)


@bp.get("/poster")
def poster() -> str:
    """Show the poster, with the ways to print it."""
    drawn = Markup(poster_svg(_poster(), "a5", translate))  # noqa: S704 -- texts are escaped there
    return show("poster.html", drawn=drawn, ssid=_poster().ssid, sizes=SIZES)


@bp.get("/poster/<size>.<form>")
def file(size: str, form: str) -> Response:
    """Give the poster as a file of a size."""
    if size not in SIZES or form not in {"svg", "pdf"}:
        abort(404)
    if form == "pdf":
        response = Response(poster_pdf(_poster(), size, translate), mimetype="application/pdf")
    else:
        response = Response(poster_svg(_poster(), size, translate), mimetype="image/svg+xml")
    response.headers["Content-Disposition"] = f'attachment; filename="diem-doc-{size}.{form}"'
    return response


def _poster() -> Poster:
    radio = radio_of(Machine(config().library, state()))
    return Poster(
        point_name=book().name,
        address=f"{names().app(request.host)}/",
        ssid=request.args.get("ssid", radio.ssid if radio else "")[:32],
        password=radio.password if radio else "",
        contact=book().contact,
    )
