"""What this point hands on to others: the signed lists it trusts, and the archives it holds.

The tree is that of docs/reference/repository-format.md, below `/repository/`, so another point
takes from here as from the province, and believes only the signatures. What is not held here is
404, and the other point asks its next source. Archives added by hand are never given away.
"""

import hashlib
import json
import re
from http import HTTPStatus
from pathlib import Path

from content.archive.direct import DirectAccess, Span
from content.errors import EntryNotFoundError
from content.library.books import Books
from content.library.change import PROVINCE
from content.repository.software import ROLE as SOFTWARE
from content.repository.trust import TrustStore
from content.store.generation import HeldArchive
from content.store.layout import StoreLayout
from content.sync.software import FOLDER as WAITING
from kiosk.origins import Origin
from kiosk.serving.entries import out_of_range, part_of
from kiosk.serving.message import FilePiece, Request, Response
from kiosk.serving.ranges import parse_ranges

_LIST = re.compile(r"([1-9]\d{0,9})\.([a-z0-9][a-z0-9_-]{0,63})\.json")
_TARGET = re.compile(r"([0-9a-f]{64})\.([A-Za-z0-9][A-Za-z0-9._-]{0,79}?)\.zim(\.map)?")
_PACKAGE = re.compile(r"([0-9a-f]{64})\.diemdoc_[0-9a-z._]{1,60}\.deb(\.map)?")
_FOR_EVER = "public, max-age=31536000, immutable"
# Digests and versions of files that never change are found out once; this many are remembered.
_REMEMBERED = 20_000


class Shared:
    """The part of the province's repository that lies on this point.

    Args:
        library: Its folder.
        trust: Folder of the point's trust; nothing is shared while it is empty.
    """

    def __init__(self, books: Books, library: Path, trust: Path) -> None:
        self._books = books
        self._layout = StoreLayout(library)
        self._trust = TrustStore(trust)
        self._versions: dict[Path, int] = {}
        self._digests: dict[Path, str] = {}

    def answer(self, request: Request, origin: Origin) -> Response:  # noqa: ARG002
        """Answer `/repository/metadata/...` and `/repository/targets/...`.

        Raises:
            EntryNotFoundError: This point does not hold it.
        """
        _, _, kind, *rest = request.path.split("/")
        full = None
        if kind == "metadata" and len(rest) == 1:
            full = self._list(rest[0])
        elif kind == "targets" and len(rest) == 2 and rest[0] == SOFTWARE:
            full = self._software(rest[1])
        elif kind == "targets" and len(rest) == 2:
            full = self._target(rest[1])
        if full is None:
            raise EntryNotFoundError("this point does not hold that part of the repository")
        return _ranged(full, request)

    def _list(self, name: str) -> Response | None:
        current = self._trust.current()
        if current is None:
            return None
        if name == "timestamp.json":
            return _answer((current / name).read_bytes(), "no-cache")
        match = _LIST.fullmatch(name)
        if match is None:
            return None
        role = match[2]
        path = current / (f"root_history/{name}" if role == "root" else f"{role}.json")
        if not path.is_file() or self._version(path) != int(match[1]):
            return None
        return _answer(path.read_bytes(), _FOR_EVER)

    def _version(self, path: Path) -> int:
        """Return the version of a list; its folder is of one refresh, so it never changes."""
        found = self._versions.get(path)
        if found is None:
            if len(self._versions) > _REMEMBERED:
                self._versions.clear()
            found = int(json.loads(path.read_bytes())["signed"]["version"])
            self._versions[path] = found
        return found

    def _target(self, name: str) -> Response | None:
        match = _TARGET.fullmatch(name)
        held = self._books.held(match[2]) if match else None
        if match is None or held is None or held.origin != PROVINCE:
            return None
        if match[3]:
            return self._map(held, match[1])
        if held.sha256 != match[1]:
            return None
        direct = self._books.open(held.name).direct
        headers = _headers("application/octet-stream", _FOR_EVER)
        return Response(HTTPStatus.OK, headers, b"", (FilePiece(direct, Span(0, direct.size)),))

    def _software(self, name: str) -> Response | None:
        """Return the version of this software that came here last, or its chunk map."""
        match = _PACKAGE.fullmatch(name)
        if match is None:
            return None
        folder = self._layout.root / WAITING
        if match[2]:
            found = (one.read_bytes() for one in folder.glob("*.map"))
            right = (one for one in found if hashlib.sha256(one).hexdigest() == match[1])
            data = next(right, None)
            return None if data is None else _answer(data, _FOR_EVER)
        path = folder / f"{match[1]}.deb"
        if not path.is_file():
            return None
        direct = DirectAccess(path)
        headers = _headers("application/octet-stream", _FOR_EVER)
        return Response(HTTPStatus.OK, headers, b"", (FilePiece(direct, Span(0, direct.size)),))

    def _map(self, held: HeldArchive, sha256: str) -> Response | None:
        path = self._layout.archives / f"{held.file}.map"
        if not path.is_file():
            return None
        data = path.read_bytes()
        if path not in self._digests:
            if len(self._digests) > _REMEMBERED:
                self._digests.clear()
            self._digests[path] = hashlib.sha256(data).hexdigest()
        return _answer(data, _FOR_EVER) if self._digests[path] == sha256 else None


def _answer(data: bytes, kept: str) -> Response:
    return Response(HTTPStatus.OK, _headers("application/octet-stream", kept), data)


def _headers(kind: str, kept: str) -> list[tuple[str, str]]:
    return [
        ("Content-Type", kind),
        ("Cache-Control", kept),
        ("Accept-Ranges", "bytes"),
        ("X-Content-Type-Options", "nosniff"),
    ]


def _ranged(full: Response, request: Request) -> Response:
    try:
        ranges = parse_ranges(request.headers.get("range"), full.length)
    except ValueError:
        return out_of_range(full)
    return full if ranges is None or request.method != "GET" else part_of(full, ranges)
