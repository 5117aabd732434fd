"""The app tells the recorder of its pages; what is counted: content/usage/counter.py."""

from flask import Response, current_app, g, request

from content.usage.sighting import Sighting
from content.usage.teller import Teller

_SILENT = ("assets", "health")


def found_something(*, found: bool) -> None:
    """Note whether the search under way found something."""
    g.found = found


def tell(response: Response) -> Response:
    """Tell of the answer that is about to leave."""
    if request.method == "GET" and request.blueprint not in _SILENT:
        teller: Teller = current_app.extensions["teller"]
        target = request.environ.get("RAW_URI") or request.full_path
        teller.tell(
            Sighting(
                b"a",
                (request.remote_addr or "").encode(),
                request.headers.get("User-Agent", "").encode("latin-1", "replace"),
                str(target).encode("latin-1", "replace"),
                response.status_code,
                request.headers.get("Range", "").encode("latin-1", "replace"),
                response.content_length or 0,
                g.get("found", True),
            )
        )
    return response
