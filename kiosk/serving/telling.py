"""Which answers of the archive server the recorder hears of: what may be a page or a sound."""

from content.usage.sighting import Sighting
from kiosk.serving.message import Ask, Response

_TOLD = (200, 206, 304)
_PATHS = (b"/content/", b"/raw/", b"/search?")
# They belong to a page that is told by itself.
_BESIDE = ("image/", "font/", "text/css", "text/javascript", "application/javascript")


def seen_of(ask: Ask, address: str, response: Response, sent: int) -> Sighting | None:
    """Return what the recorder is told of an answer; None when it is nothing to count."""
    if response.status not in _TOLD or ask.method != b"GET" or not ask.target.startswith(_PATHS):
        return None
    headers = response.headers
    if headers and headers[0][1].startswith(_BESIDE):
        return None
    return Sighting(
        b"c",
        address.encode(),
        ask.headers.get(b"user-agent", b""),
        ask.target,
        response.status,
        ask.headers.get(b"range", b""),
        sent,
    )
