"""What a request asked for, from its address alone; pure. The routes: docs/reference/routes.md."""

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qs, unquote_to_bytes

from content.usage.robots import is_probe
from content.vietnamese import fold

MAX_WORDS = 200
_TARGET_BYTES = 4_096


class What(StrEnum):
    """What kind of thing was asked for."""

    PAGE = "page"
    RECORD = "record"
    PART = "part"
    ENTRY = "entry"
    SEARCH = "search"
    IDLE = "idle"


class Asked(NamedTuple):
    """What was asked for.

    Args:
        name: The work, or for an entry the archive.
        path: Path of an entry.
        number: Of a part, from 1.
        words: Of a search, folded, without needless spaces.
        machine: Whether the address is one that programs use.
        keeps: Whether an entry is asked for to be kept.
        is_staff: Whether it belongs to the staff's pages.
    """

    what: What
    name: str = ""
    path: str = ""
    number: int = 0
    words: str = ""
    machine: bool = False
    keeps: bool = False
    is_staff: bool = False


_PAGES = ("", "browse", "shelf", "view", "display", "privacy", "touch", "staff")
_SEARCHES = (("search", ""), ("api", "search"))


@lru_cache(maxsize=4_096)
def understand(target: bytes) -> Asked | None:
    """Return what a request target means; None when it is nothing that is counted."""
    if len(target) > _TARGET_BYTES:
        return None
    raw, _, query = target.partition(b"?")
    if is_probe(raw):
        return None
    root, _, rest = _text(raw)[1:].partition("/")
    return _of_archive(root, rest, query) or _of_app(root, rest, query)


def _of_archive(root: str, rest: str, query: bytes) -> Asked | None:
    name, _, path = rest.partition("/")
    if root == "content" and path:
        keeps = b"download=" in query
        return Asked(What.ENTRY, name.partition("@")[0], path, keeps=keeps)
    if root == "raw" and path.startswith("content/"):
        return Asked(What.ENTRY, name, path.removeprefix("content/"), machine=True)
    return None


def _of_app(root: str, rest: str, query: bytes) -> Asked | None:
    first, _, second = rest.partition("/")
    found = None
    if root in {"search", "api"}:
        found = _search(query, machine=root == "api") if (root, rest) in _SEARCHES else None
    elif root in {"record", "listen"}:
        found = Asked(What.RECORD, first)
    elif root == "read":
        is_part = second.isdecimal() and len(second) < 8
        found = Asked(What.PART, first, number=int(second)) if is_part else None
    elif root == "touch" and b"idle" in query:
        found = Asked(What.IDLE)
    elif root in _PAGES:
        found = Asked(What.PAGE, is_staff=root == "staff")
    return found


def _search(query: bytes, *, machine: bool) -> Asked:
    """Return a search; without words, or on a further page, it is no more than a page."""
    fields = parse_qs(query.decode("ascii", "replace"), errors="replace", max_num_fields=None)
    given = (fields.get("q") or fields.get("pattern") or [""])[0]
    words = " ".join(fold(given[: 4 * MAX_WORDS]).split())[:MAX_WORDS]
    turned = any(fields.get(one, ["0"])[0] not in {"0", "1"} for one in ("page", "offset", "start"))
    if not words or turned:
        return Asked(What.PAGE, machine=machine)
    return Asked(What.SEARCH, words=words, machine=machine)


def _text(raw: bytes) -> str:
    return unquote_to_bytes(raw).decode("utf-8", "replace")
