"""Take a page along: a QR code that opens it on another phone of the same Wi-Fi."""

from flask import Blueprint, Response, abort, request

from kiosk.ui.qr import qr_svg
from kiosk.views.context import public_address, safe_path

bp = Blueprint("share", __name__)
MAX_PATH = 500


@bp.get("/qr.svg")
def qr() -> Response:
    """Draw the code of the page at `to`, a path of this site, a place in it included."""
    path = request.args.get("to", "/")
    if len(path) > MAX_PATH or safe_path(path) != path:
        abort(404)
    response = Response(qr_svg(public_address(path)), mimetype="image/svg+xml")
    response.cache_control.max_age = 3600
    return response
