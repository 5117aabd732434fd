"""What every view needs: the library, the reader's choices, one query from the address."""

import ipaddress
from typing import Any, cast
from urllib.parse import quote

from flask import abort, current_app, request

from content.catalogue.fields import FIELDS
from content.catalogue.records import Query
from content.errors import SearchError
from content.library.library import Library
from content.terms import Record
from kiosk.config import KioskConfig
from kiosk.origins import Names, bare_host
from kiosk.searching.client import Searcher

PAGE_SIZE = 24
# The cookie that tells the touch screen from phones.
SURFACE, TOUCH = "surface", "touch"


def surface() -> str:
    """Return where the page is shown: `touch` or `phone`."""
    return TOUCH if request.cookies.get(SURFACE) == TOUCH or request.path == "/touch/" else "phone"


def library() -> Library:
    """Return the library this app serves."""
    return cast("Library", current_app.extensions["library"])


def config() -> KioskConfig:
    """Return the settings of this app."""
    return cast("KioskConfig", current_app.extensions["config"])


def searcher() -> Searcher:
    """Return who searches for this app."""
    return cast("Searcher", current_app.extensions["searcher"])


def names() -> Names:
    """Return the names of this reading point."""
    return cast("Names", current_app.extensions["names"])


def is_here() -> bool:
    """Return whether this machine itself asks: its touch screen."""
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def ask_search(job: dict[str, Any]) -> dict[str, Any]:
    """Return the reply to a search job.

    Raises:
        SearchError: It failed; the words say why.
    """
    reply = searcher().ask(job)
    if "error" in reply:
        raise SearchError(str(reply["error"]))
    return reply


def base_address(book: str) -> str:
    """Return the address below which a browser finds an archive's entries, to be kept for ever."""
    held = library().books.held(book)
    version = f"@{held.version}" if held is not None else ""
    origin = names().content(request.host) if names().content_port else ""
    return f"{origin}/content/{quote(book)}{version}"


def content_address(book: str, path: str, *, download: str = "") -> str:
    """Return the address of an archive's entry for this browser.

    Args:
        download: Name under which it is to be saved.
    """
    query = f"?download={quote(download, safe='')}" if download else ""
    return f"{base_address(book)}/{quote(path)}{query}"


def public_address(path: str) -> str:
    """Return the whole address of a page of ours as other phones on this Wi-Fi reach it."""
    return names().app(request.host) + path


def is_reachable(address: str) -> bool:
    """Return whether another machine can open an address of `public_address`."""
    host = bare_host(address.removeprefix("http://").partition("/")[0])
    return host != "localhost" and not host.startswith(("127.", "[::1]"))


def record_or_404(identifier: str) -> Record:
    """Return the record, or answer that there is none."""
    record = library().record(identifier)
    if record is None:
        abort(404)
    return record


def query_from_address() -> Query:
    """Return the filters and order that the address asks for."""
    values = {name: request.args.get(name, "")[:200] for name in FIELDS}
    return Query(**values, sort=request.args.get("sort", ""))


def page_number() -> int:
    """Return the page asked for, from 1; nonsense is 1."""
    text = request.args.get("page", "1")
    return min(int(text), 10_000) if text.isdecimal() and int(text) > 0 else 1


def safe_path(address: str) -> str:
    """Return `address` when it is a path of this site, else the front page."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_path and address.isprintable() else "/"
