"""Every failure is a page in plain words with a next step; no traceback reaches a reader."""

import errno
import logging
import sqlite3

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from content.errors import (
    ArchiveUnavailableError,
    ContentError,
    EntryNotFoundError,
    SearchError,
)
from kiosk.i18n import translate as _
from kiosk.searching.client import SearchBusyError

Answer = tuple[str | Response, int]
_OF_DISK = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
logger = logging.getLogger(__name__)


def register_error_handlers(app: Flask) -> None:
    """Give `app` pages for what is not found, not available, or broken."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(ContentError, _content)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Answer:
    status = error.code or 500
    return _page("missing" if status < 500 else "disk" if status == 503 else "broken", status)


def _content(error: ContentError) -> Answer:
    if isinstance(error, EntryNotFoundError):
        return _page("missing", 404)
    if isinstance(error, SearchBusyError):
        return _page("busy", 503)
    if isinstance(error, SearchError):
        logger.error("%s: %s", error.code, error)
        return _page("index", 503)
    logger.error("%s: %s", error.code, error)
    if isinstance(error, ArchiveUnavailableError) or _is_of_disk(error):
        return _page("disk", 503)
    return _page("broken", 500)


def _unexpected(error: Exception) -> Answer:
    if _is_of_disk(error):
        logger.error("the disk does not answer: %s", error)
        return _page("disk", 503)
    logger.error("a request failed", exc_info=error)
    return _page("broken", 500)


def _is_of_disk(error: BaseException | None) -> bool:
    """Return whether a failure comes of a disk that was pulled out or breaks."""
    while error is not None:
        if isinstance(error, OSError) and error.errno == errno.EIO:
            return True
        # The low byte is the primary code (SQLite: result and error codes).
        if isinstance(error, sqlite3.Error) and error.sqlite_errorcode & 0xFF in _OF_DISK:
            return True
        error = error.__cause__
    return False


def _page(kind: str, status: int) -> Answer:
    """Return the page of a failure; programs get its words as JSON."""
    heading = _heading(kind)
    if request.path.startswith("/api/"):
        return jsonify(error=heading, code=kind), status
    return render_template("error.html", kind=kind, heading=heading), status


def _heading(kind: str) -> str:
    match kind:
        case "missing":
            return _("This page is not here")
        case "disk":
            return _("The books' disk does not answer")
        case "busy":
            return _("Many are searching now")
        case "index":
            return _("The search is not ready here")
    return _("Something went wrong here")
