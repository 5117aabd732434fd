"""The inside of an archive page, made safe to stand in a page of ours.

An archive may be hostile, so its HTML is taken apart and only reading markup is kept; links and
pictures are pointed at our own addresses. The page's Content-Security-Policy is the second wall.
"""

import posixpath
import re
from collections.abc import Callable
from urllib.parse import quote, unquote, urlsplit

from content.markup import clean

ID_PREFIX = "w-"
_MAIN = re.compile(r"<(/?)main(?=[\s>])")


def fragment(
    html: str, *, base: str, path: str, page_of: Callable[[str], str | None] = lambda _: None
) -> str:
    """Return the reading markup of an archive page.

    Args:
        base: Address below which the archive's entries are found.
        path: Entry path of the page, against which its links are resolved.
        page_of: Gives our address for the entry path of another part of the work, or None.
    """

    def rewrite(name: str, value: str) -> str | None:
        if name == "srcset":
            return _srcset(value, base, path)
        if name == "src":
            return _address(value, base, path)
        return _link(value, base, path, page_of)

    # The page it stands in has a main part of its own (HTML, 4.4.14).
    return _MAIN.sub(r"<\1div", clean(html, rewrite, id_prefix=ID_PREFIX))


def _target(value: str, path: str) -> tuple[str, str] | None:
    """Return entry path and anchor of a relative reference; None when it leads elsewhere."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or value.startswith("/"):
        return None
    if not parts.path:
        return path, parts.fragment
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path)))
    return None if joined.startswith("..") else (joined, parts.fragment)


def _address(value: str, base: str, path: str) -> str | None:
    found = _target(value, path)
    return None if found is None else f"{base}/{quote(found[0])}"


def _srcset(value: str, base: str, path: str) -> str | None:
    kept = []
    for candidate in value.split(",")[:8]:
        words = candidate.split()
        if words and (address := _address(words[0], base, path)) is not None:
            kept.append(" ".join([address, *words[1:2]]))
    return ", ".join(kept) or None


def _link(value: str, base: str, path: str, page_of: Callable[[str], str | None]) -> str | None:
    """Return our address of what a link means; links out of the archive lose their address."""
    found = _target(value, path)
    if found is None:
        return None
    target, anchor = found
    suffix = f"#{ID_PREFIX}{quote(unquote(anchor))}" if anchor else ""
    if target == path and anchor:
        return suffix
    return (page_of(target) or f"{base}/{quote(target)}") + suffix
