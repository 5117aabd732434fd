"""Every failure is a page in plain words with a next step; no traceback reaches a reader."""

import logging

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException

from content.errors import ArchiveUnavailableError, ContentError, EntryNotFoundError
from kiosk.searching.client import SearchBusyError

logger = logging.getLogger(__name__)


def register_error_handlers(app: Flask) -> None:
    """Give `app` pages for what is not found, not available, or broken."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(ContentError, _content)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> tuple[str, int]:
    status = error.code or 500
    return _page(status if status in {404, 503} else 404 if status < 500 else 500, status)


def _content(error: ContentError) -> tuple[str, int]:
    if isinstance(error, EntryNotFoundError):
        return _page(404, 404)
    if isinstance(error, SearchBusyError):
        return render_template("error.html", kind="busy"), 503
    logger.error("%s: %s", error.code, error)
    status = 503 if isinstance(error, ArchiveUnavailableError) else 500
    return _page(status, status)


def _unexpected(error: Exception) -> tuple[str, int]:
    logger.error("a request failed", exc_info=error)
    return _page(500, 500)


def _page(kind: int, status: int) -> tuple[str, int]:
    return render_template("error.html", kind=kind), status
