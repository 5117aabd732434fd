"""The portal: phones' probes, the page that hands over to the real browser, RFC 8908.

The little browser that a phone opens for a portal keeps nothing and closes by itself, so nobody
reads in it: the page says a short name to type into the real one, before the tap.
"""

from typing import cast

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request
from markupsafe import Markup

from kiosk.captive import HOSTS, PROBES, WAYS, Guests, Reply, api_facts
from kiosk.i18n import use_locale
from kiosk.origins import bare_host, is_address
from kiosk.ui.qr import qr_svg
from kiosk.views.context import config, names

bp = Blueprint("captive", __name__)
PAGE = "/captive/"


def lead_strangers() -> Response | None:
    """Lead who typed another site's name to us: here every name leads to this box.

    Nothing of ours is answered under a name that is not ours, so no other site's name can be made
    to mean this box in a phone's browser either.
    """
    own = config().host
    if not own:
        return None
    host = bare_host(request.host)
    if host in {own, "localhost"} or is_address(host):
        return None
    if host in HOSTS:
        return _told(HOSTS[host])
    if request.path in PROBES or request.path in WAYS:
        return None
    return _lead(_home() if _guests().is_accepted(_phone()) else _portal())


def probe() -> Response:
    """Answer a phone that asks whether there is internet."""
    return _told(PROBES[request.path])


def way() -> Response:
    """Lead a browser that its system sent here."""
    return _lead(_home() if _guests().is_accepted(_phone()) else _portal())


for _path in PROBES:
    bp.add_url_rule(_path, "probe", probe)
for _path in WAYS:
    bp.add_url_rule(_path, "way", way)


@bp.get(PAGE)
def portal() -> Response:
    """Show how to come in."""
    return _page("captive/portal.html")


@bp.post("/captive/accept")
def accept() -> Response:
    """Take it that this phone's reader has tapped."""
    _guests().accept(_phone())
    return _lead(f"{PAGE}in?lang={_lang()}", 303)


@bp.get(f"{PAGE}in")
def welcome() -> Response:
    """Say once more where the library is."""
    return _page("captive/welcome.html")


@bp.get("/captive/api")
def api() -> Response:
    """Say how this phone stands, for programs (RFC 8908)."""
    response = jsonify(api_facts(_portal(), _home(), _guests().seconds_left(_phone())))
    response.mimetype = "application/captive+json"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _page(template: str) -> Response:
    # A portal's browser keeps no cookie, so the language stands in the address.
    if _lang():
        use_locale(_lang())
    home = _home()
    words = render_template(
        template,
        home=home,
        name=home.removeprefix("http://").rstrip("/"),
        lang=_lang(),
        qr=Markup(qr_svg(home)),  # noqa: S704 -- drawn from modules only
    )
    response = Response(words)
    response.headers["Cache-Control"] = "no-store"
    return response


def _told(hoped: Reply) -> Response:
    if not _guests().is_accepted(_phone()):
        return _lead(_portal())
    media_type = f"{hoped.media_type}; charset=utf-8" if hoped.body else None
    response = Response(hoped.body, hoped.status, content_type=media_type)
    response.headers["Cache-Control"] = "no-store"
    return response


def _lead(place: str, status: int = 302) -> Response:
    response = redirect(place, status)
    assert isinstance(response, Response)
    response.headers["Cache-Control"] = "no-store"
    return response


def _home() -> str:
    return f"{names().app(request.host)}/"


def _portal() -> str:
    # Whole: Android opens the address as it stands.
    return f"{names().app(request.host)}{PAGE}"


def _lang() -> str:
    lang = request.values.get("lang", "")
    return lang if lang in {"vi", "en"} else ""


def _guests() -> Guests:
    return cast("Guests", current_app.extensions["guests"])


def _phone() -> str:
    return request.remote_addr or ""
