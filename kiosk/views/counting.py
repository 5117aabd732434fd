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
    environ = request.environ
    blueprint = request.blueprint
    if environ["REQUEST_METHOD"] == "GET" and blueprint not in _SILENT:
        teller: Teller = current_app.extensions["teller"]
        teller.tell(
            Sighting(
                b"a",
                environ.get("REMOTE_ADDR", "").encode(),
                environ.get("HTTP_USER_AGENT", "").encode("latin-1", "replace"),
                (environ.get("RAW_URI") or request.full_path).encode("latin-1", "replace"),
                response.status_code,
                environ.get("HTTP_RANGE", "").encode("latin-1", "replace"),
                # Only an archive's entry can be sound, which counts by its bytes.
                (response.content_length or 0) if blueprint == "content" else 0,
                g.get("found", True),
            )
        )
    return response
