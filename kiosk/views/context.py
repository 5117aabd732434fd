"""What every view needs: the library, the reader's choices, one query from the address."""

from typing import cast

from flask import abort, current_app, request

from content.catalogue.records import FIELDS, Query
from content.library.library import Library
from content.terms import Record
from kiosk.config import KioskConfig

PAGE_SIZE = 24


def library() -> Library:
    """Return the library this app serves."""
    return cast("Library", current_app.extensions["library"])


def config() -> KioskConfig:
    """Return the settings of this app."""
    return cast("KioskConfig", current_app.extensions["config"])


def record_or_404(identifier: str) -> Record:
    """Return the record, or answer that there is none."""
    record = library().record(identifier)
    if record is None:
        abort(404)
    return record


def query_from_address() -> Query:
    """Return the filters and order that the address asks for."""
    values = {name: request.args.get(name, "")[:200] for name in FIELDS}
    return Query(**values, sort=request.args.get("sort", "title"))


def page_number() -> int:
    """Return the page asked for, from 1; nonsense is 1."""
    text = request.args.get("page", "1")
    return min(int(text), 10_000) if text.isdecimal() and int(text) > 0 else 1


def safe_path(address: str) -> str:
    """Return `address` when it is a path of this site, else the front page."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_path and address.isprintable() else "/"
