"""Make the web app of a reading point from its settings."""

import gzip
from dataclasses import dataclass, field, replace
from pathlib import Path

from flask import Flask, Response, request

from content.library.library import Library
from content.usage.teller import Teller
from kiosk.accounts import Desk
from kiosk.captive import Guests
from kiosk.config import KioskConfig, names_of, state_of
from kiosk.i18n import init_i18n
from kiosk.point import PointBook
from kiosk.searching.client import LocalSearch, SearchClient
from kiosk.serving.routes import make_site
from kiosk.ui import formats
from kiosk.ui.languages import own_name
from kiosk.ui.same_origin import refuse_strangers
from kiosk.ui.snippets import mark
from kiosk.views import (
    assets,
    browse,
    captive,
    content,
    context,
    counting,
    display,
    errors,
    health,
    home,
    listen,
    mine,
    opds,
    privacy,
    reader,
    record,
    search,
    share,
    touch,
    touch_stick,
    viewer,
)
from kiosk.views.staff import routes as staff
from kiosk.views.staff.condition import say
from kiosk.views.staff.upload import PointRequest
from kiosk.views.staff.words import OTHER, PROBLEMS, TOLD
from provisioning.privileged.client import PrivilegedDoor

VIEWS = (
    assets,
    browse,
    captive,
    content,
    display,
    health,
    home,
    listen,
    mine,
    opds,
    privacy,
    reader,
    record,
    search,
    share,
    staff,
    touch,
    touch_stick,
    viewer,
)
# Pages of ours run only our own files; an archive's words inside them run nothing.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self'; img-src 'self' data: {archives}; "
    "media-src 'self' {archives}; frame-src {archives}; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MIN_PACKED_BYTES = 600
# The app sends archives only to programs that know no other address.
READY_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Shared:
    """What all workers of a server know, in memory: made before they are started.

    Args:
        guests: Phones that have passed the portal.
        desk: Staff who are signed in.
    """

    guests: Guests = field(default_factory=Guests)
    desk: Desk = field(default_factory=Desk)


def create_app(config: KioskConfig, shared: Shared | None = None) -> Flask:
    """Return the app, ready to serve `config.library`; the library may be empty or absent.

    Args:
        shared: What other workers are to know too; None when there are none.
    """
    app = Flask("kiosk", static_folder=None)
    app.request_class = PointRequest
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions["config"] = config
    held = Library(config.library, config.search)
    app.extensions["library"] = held
    shared = shared or Shared()
    app.extensions["guests"] = shared.guests
    app.extensions["desk"] = shared.desk
    app.extensions["door"] = PrivilegedDoor()
    point = PointBook(state_of(config), config)
    app.extensions["point"] = point
    app.extensions["names"] = names_of(config)
    app.extensions["searcher"] = (
        SearchClient(Path(config.search_socket))
        if config.search_socket
        else LocalSearch(config.library, config.search)
    )
    own = replace(names_of(config), content_port=0)
    app.extensions["site"] = make_site(held.books, own, ready_bytes=READY_BYTES)
    app.extensions["teller"] = Teller(Path(config.usage_socket) if config.usage_socket else None)
    app.extensions["assets"] = assets.load_assets()
    init_i18n(app, lambda: point.locale, config.languages)
    app.before_request(captive.lead_strangers)
    app.before_request(refuse_strangers)
    _init_templates(app, config, point)
    for view in VIEWS:
        app.register_blueprint(view.bp)
    errors.register_error_handlers(app)
    app.after_request(_finish)
    app.after_request(counting.tell)
    return app


def _init_templates(app: Flask, config: KioskConfig, point: PointBook) -> None:
    app.jinja_env.globals.update(
        asset=assets.asset_address,
        address=context.content_address,
        chosen=display.chosen,
        clock=formats.format_clock,
        has_staff_here=not config.staff_bind,
        day=formats.format_day,
        mark=mark,
        minutes=formats.reading_minutes,
        locales=[(tag, own_name(tag)) for tag in app.extensions["locales"]],
        number_words=formats.format_number,
        own_name=own_name,
        reachable=context.is_reachable,
        say=say,
        size=formats.format_size,
        staff_words={"problems": PROBLEMS, "other": OTHER, "told": TOLD},
        surface=context.surface,
        touch_idle_s=(config.touch_idle_s, config.touch_listening_s),
    )
    # Staff may change them at any time, in another worker.
    app.context_processor(lambda: {"point": point.name, "contact": point.contact})


def _finish(response: Response) -> Response:
    """Give our own pages their headers, and pack them for slow phones."""
    if "Content-Security-Policy" in response.headers or request.blueprint == "content":
        return response
    headers = response.headers
    names = context.names()
    archives = names.sources(request.host) if names.content_port else "'self'"
    headers["Content-Security-Policy"] = PAGE_POLICY.format(archives=archives)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    if request.blueprint == "assets":
        return response
    headers.setdefault("Cache-Control", "no-cache")
    response.vary.update(["Accept-Encoding", "Cookie"])
    body = response.get_data()
    accepted = "gzip" in request.headers.get("Accept-Encoding", "")
    if accepted and len(body) >= MIN_PACKED_BYTES and response.status_code != 304:
        response.set_data(gzip.compress(body, 5, mtime=0))
        headers["Content-Encoding"] = "gzip"
    return response
