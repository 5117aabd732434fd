"""Make the provincial server's app from its settings."""

import logging
import secrets
from datetime import timedelta
from pathlib import Path

from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException

from content.files import atomic_write
from content.sync.message import MAX_MESSAGE
from kiosk.i18n import init_i18n
from kiosk.ui.same_origin import refuse_strangers
from province.config import ProvinceConfig
from province.reports_keys import load_keys
from province.statistics import Desk
from province.tables import open_database
from province.views import api, counter, points, reports, session
from province.views.context import signed_in

logger = logging.getLogger(__name__)
VIEWS = (api, counter, points, reports, session)
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# Points are no browsers; what they send is signed.
_SIGNED = "api"


def create_app(config: ProvinceConfig) -> Flask:
    """Return the app, with its keys and tables made when they are absent.

    Raises:
        ProvinceError: The database cannot be opened, or a key is damaged.
    """
    app = Flask("province", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_MESSAGE + 1_024
    app.config["SECRET_KEY"] = _secret(config.folder)
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_SECURE"] = config.address.startswith("https://")
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(hours=10)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    database = open_database(config.database_address)
    app.extensions["config"] = config
    app.extensions["database"] = database
    app.extensions["desk"] = Desk(database, load_keys(config.folder))
    app.extensions["refusals"] = api.Refusals()
    init_i18n(app, lambda: config.locale)
    app.jinja_env.globals.update(province=config.name, signed_in=signed_in)
    app.before_request(_check)
    for view in VIEWS:
        app.register_blueprint(view.bp)
    app.register_error_handler(Exception, _failed)
    app.after_request(_finish)
    return app


def _check() -> None:
    if request.blueprint != _SIGNED:
        refuse_strangers()


def _failed(error: Exception) -> tuple[str, int]:
    status = (error.code or 500) if isinstance(error, HTTPException) else 500
    if status >= 500:
        logger.error("a request failed", exc_info=error)
    return render_template("failed.html", status=status, locale_name=g.locale), status


def _finish(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _secret(folder: Path) -> bytes:
    """Return the key of session cookies, made when it is absent."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "session.key"
    if not path.exists():
        atomic_write(path, secrets.token_bytes(32), mode=0o600)
    return path.read_bytes()
