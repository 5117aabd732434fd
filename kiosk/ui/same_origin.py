"""Nothing is changed but by a page of ours: a request that changes something says where it is from.

Browsers send Origin with every POST (old Firefox only Referer); SameSite keeps our cookies off
requests from elsewhere; this check holds where a browser knows neither. An archive's page has
another origin, or the origin `null`.
"""

from urllib.parse import urlsplit

from flask import abort, request

_READING = ("GET", "HEAD", "OPTIONS")
# A portal's little browser may send neither header; what it asks for harms nobody.
_FOR_ALL = ("captive.accept",)


def refuse_strangers() -> None:
    """Refuse a request that would change something and does not come from a page of ours."""
    if request.method in _READING or request.endpoint in _FOR_ALL:
        return
    said = request.headers.get("Origin") or request.headers.get("Referer", "")
    if not is_ours(said, request.host):
        abort(403)


def is_ours(said: str, host: str) -> bool:
    """Return whether an Origin or Referer header names the origin at `host`."""
    try:
        parts = urlsplit(said)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()
