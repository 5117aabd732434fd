"""The inside of an archive page, made safe to stand in a page of ours.

An archive may be hostile, so its HTML is taken apart and only reading markup is kept; links and
pictures are pointed at our own addresses. The page's Content-Security-Policy is the second wall.
"""

import posixpath
import re
from collections.abc import Callable
from urllib.parse import quote, unquote, urlsplit

import nh3

_BLOCKS = "p h1 h2 h3 h4 h5 h6 blockquote pre hr br div section article main figure figcaption"
_LISTS = "ul ol li dl dt dd table caption thead tbody tfoot tr th td colgroup col"
_WORDS = (
    "a b strong i em u s small sub sup cite q abbr code kbd span bdi bdo mark time ruby rb rt rp"
)
_MEDIA = "img picture source details summary aside"
TAGS = set(f"{_BLOCKS} {_LISTS} {_WORDS} {_MEDIA}".split())
# Dropped with what is inside them.
_HOLLOW = {"script", "style", "title", "nav", "header", "footer", "svg", "math", "object"}
_HOLLOW |= {"iframe", "template", "noscript", "audio", "video", "form", "select", "textarea"}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"lang", "dir", "id", "title", "role", "style"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "srcset", "sizes"},
    "source": {"srcset", "type", "sizes", "media"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "col": {"span"},
    "time": {"datetime"},
}
_STYLES = {"text-align", "font-style", "font-weight", "text-indent", "margin-left", "direction"}
_ROLES = {"doc-noteref", "doc-footnote", "doc-endnote", "doc-endnotes", "doc-backlink", "note"}
ID_PREFIX = "w-"
_SAFE_ID = re.compile(r"[^\s]{1,120}")


def fragment(
    html: str, *, book: str, path: str, page_of: Callable[[str], str | None] = lambda _: None
) -> str:
    """Return the reading markup of an archive page.

    Args:
        book: Name of the archive.
        path: Entry path of the page, against which its links are resolved.
        page_of: Gives our address for the entry path of another part of the work, or None.
    """

    def rewrite(_tag: str, name: str, value: str) -> str | None:
        if name == "id":
            return ID_PREFIX + value if _SAFE_ID.fullmatch(value) else None
        if name == "role":
            return value if value in _ROLES else None
        if name == "srcset":
            return _srcset(value, book, path)
        if name == "src":
            return _address(value, book, path)
        if name == "href":
            return _link(value, book, path, page_of)
        return value

    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=_HOLLOW,
        attributes=_ATTRIBUTES,
        attribute_filter=rewrite,
        url_schemes=set(),
        filter_style_properties=_STYLES,
        link_rel=None,
        strip_comments=True,
    )


def content_address(book: str, path: str) -> str:
    """Return our address of an archive entry."""
    return f"/content/{quote(book)}/{quote(path)}"


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


def _address(value: str, book: str, path: str) -> str | None:
    found = _target(value, path)
    return None if found is None else content_address(book, found[0])


def _srcset(value: str, book: str, path: str) -> str | None:
    kept = []
    for candidate in value.split(",")[:8]:
        words = candidate.split()
        if words and (address := _address(words[0], book, path)) is not None:
            kept.append(" ".join([address, *words[1:2]]))
    return ", ".join(kept) or None


def _link(value: str, book: str, path: str, page_of: Callable[[str], str | None]) -> str | None:
    """Return our address of what a link means; links out of the archive lose their address."""
    found = _target(value, path)
    if found is None:
        return None
    target, anchor = found
    suffix = f"#{ID_PREFIX}{quote(unquote(anchor))}" if anchor else ""
    if target == path and anchor:
        return suffix
    return (page_of(target) or content_address(book, target)) + suffix
