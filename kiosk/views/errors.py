"""Every failure is a page in plain words with a next step; no traceback reaches a reader."""

import errno
import logging
import sqlite3

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException

from content.errors import (
    ArchiveUnavailableError,
    ContentError,
    EntryNotFoundError,
    SearchError,
)
from kiosk.searching.client import SearchBusyError

_OF_DISK = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
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
    if isinstance(error, SearchError):
        logger.error("%s: %s", error.code, error)
        return render_template("error.html", kind="index"), 503
    logger.error("%s: %s", error.code, error)
    status = 503 if isinstance(error, ArchiveUnavailableError) or _is_of_disk(error) else 500
    return _page(status, status)


def _unexpected(error: Exception) -> tuple[str, int]:
    if _is_of_disk(error):
        logger.error("the disk does not answer: %s", error)
        return _page(503, 503)
    logger.error("a request failed", exc_info=error)
    return _page(500, 500)


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


def _page(kind: int, status: int) -> tuple[str, int]:
    return render_template("error.html", kind=kind), status
