"""An archive's entry as an answer: from the sidecar, from the file itself, or through libzim."""

import gzip
import posixpath
import re
import secrets
from http import HTTPStatus
from urllib.parse import quote

from content.archive.packed import is_text
from content.errors import EntryNotFoundError
from content.library.books import Book
from content.vietnamese import without_marks
from kiosk.origins import FEATURES_OFF, Origin, is_apart, policy
from kiosk.serving.message import FilePiece, Piece, Response
from kiosk.serving.ranges import ByteRange

HOUR_S = 3600
YEAR_S = 365 * 24 * HOUR_S
# What is packed while a reader waits; larger texts are packed by the sidecar or sent as they are.
MAX_PACKED_BYTES = 1_000_000
MIN_PACKED_BYTES = 500
# Level 1 takes a third of the time of 6 for a quarter more bytes (measurements/serving.md).
LEVEL = 1
# Types that a browser only draws or plays. All others get the policy: any XML can hold scripts, and
# a script that becomes a worker has the rights its own answer gives it, not those of its page.
INERT = re.compile(r"(image|audio|video|font)/(?!.*xml).*|text/css|application/(font-.*|pdf)")


def whole(book: Book, path: str, prefix: str, origin: Origin, *, packs: bool) -> Response:
    """Return the answer with all of an entry, or a redirect to where it points.

    Args:
        prefix: Path of the request up to the entry's, `/content/NAME/`.
        packs: Whether the client takes gzip.

    Raises:
        EntryNotFoundError: The archive has no such entry.
        ArchiveError: The archive is damaged there, or its disk is gone.
    """
    kept = book.packed.body(path) if book.packed is not None else None
    if kept is not None:
        body = kept.packed if packs else gzip.decompress(kept.packed)
        headers = entry_headers(book, prefix, kept.media_type, origin, packed=packs)
        return Response(HTTPStatus.OK, headers, body)
    entry = book.entry(path)
    if entry.redirect_to:
        place = place_of(prefix, entry.redirect_to)
        return Response(HTTPStatus.FOUND, [("Location", place), _kept(HOUR_S)])
    kind = entry.media_type or "application/octet-stream"
    packs = packs and is_text(kind) and MIN_PACKED_BYTES <= entry.size <= MAX_PACKED_BYTES
    headers = entry_headers(book, prefix, kind, origin, packed=packs)
    if packs:
        return Response(HTTPStatus.OK, headers, gzip.compress(book.content(entry), LEVEL, mtime=0))
    span = book.direct.span(entry.index, entry.size)
    if span is not None:
        return Response(HTTPStatus.OK, headers, b"", (FilePiece(book.direct, span),))
    content = book.content(entry)
    if isinstance(content, bytes):
        return Response(HTTPStatus.OK, headers, content)
    return Response(HTTPStatus.OK, headers, b"", (content,))


def place_of(prefix: str, path: str) -> str:
    """Return the address of an entry below `prefix`, to be sent as a redirect.

    Raises:
        EntryNotFoundError: A browser would take the address for one outside `prefix`.
    """
    if not {".", ".."}.isdisjoint(path.split("/")):
        raise EntryNotFoundError(f"{path[:200]!r} has no address")
    return quote(prefix + path)


def etag_of(book: Book, *, packed: bool) -> str:
    """Return the entity tag of every entry of an archive: it changes when the archive does."""
    return f'"{book.held.uuid}{"/gz" if packed else ""}"'


def entry_headers(
    book: Book, prefix: str, media_type: str, origin: Origin, *, packed: bool
) -> list[tuple[str, str]]:
    """Return the headers of an entry's answer."""
    kind = media_type if "\n" not in media_type and "\r" not in media_type else ""
    bare = kind.split(";", maxsplit=1)[0].strip().lower()
    if bare.startswith("text/") and "charset" not in kind:
        kind += "; charset=utf-8"
    headers = [
        ("Content-Type", kind or "application/octet-stream"),
        ("ETag", etag_of(book, packed=packed)),
        _kept(YEAR_S if f"@{book.held.version}/" in prefix else HOUR_S),
        ("Accept-Ranges", "bytes"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    ]
    if packed:
        headers.append(("Content-Encoding", "gzip"))
    if is_text(kind):
        headers.append(("Vary", "Accept-Encoding"))
    rules = policy(origin, book.held.name, prefix)
    if not INERT.fullmatch(bare):
        headers += [("Content-Security-Policy", rules), ("Permissions-Policy", FEATURES_OFF)]
    if is_apart(rules):
        # Fonts and modules of a sandboxed page count as cross-origin, even from its own archive.
        headers.append(("Access-Control-Allow-Origin", "*"))
    return headers


def not_modified(full: Response) -> Response:
    """Return the 304 that stands for `full`."""
    return Response(HTTPStatus.NOT_MODIFIED, [one for one in full.headers if one[0] in _KEPT])


_KEPT = {"ETag", "Cache-Control", "Vary", "Content-Security-Policy"}


def part_of(full: Response, ranges: tuple[ByteRange, ...]) -> Response:
    """Return the 206 with parts of `full`; several are `multipart/byteranges` (RFC 9110, 14.6)."""
    total = full.length
    if len(ranges) == 1:
        one = ranges[0]
        where = ("Content-Range", f"bytes {one.first}-{one.last}/{total}")
        pieces = cut(full, one.first, one.length)
        return Response(HTTPStatus.PARTIAL_CONTENT, [*full.headers, where], b"", pieces)
    boundary = secrets.token_hex(12)
    kind = dict(full.headers)["Content-Type"]
    several: list[Piece] = []
    for one in ranges:
        head = (
            f"\r\n--{boundary}\r\nContent-Type: {kind}\r\n"
            f"Content-Range: bytes {one.first}-{one.last}/{total}\r\n\r\n"
        )
        several += [head.encode("latin-1", "replace"), *cut(full, one.first, one.length)]
    several.append(f"\r\n--{boundary}--\r\n".encode())
    headers = [one for one in full.headers if one[0] != "Content-Type"]
    headers.append(("Content-Type", f"multipart/byteranges; boundary={boundary}"))
    return Response(HTTPStatus.PARTIAL_CONTENT, headers, b"", tuple(several))


def cut(full: Response, first: int, length: int) -> tuple[Piece, ...]:
    """Return `length` bytes of an answer's content from `first`, without copying them."""
    found: list[Piece] = []
    for piece in (full.body, *full.pieces):
        size = len(piece)
        if first < size and length > 0:
            count = min(length, size - first)
            if isinstance(piece, FilePiece):
                span = type(piece.span)(piece.span.offset + first, count)
                found.append(FilePiece(piece.file, span))
            else:
                found.append(memoryview(piece)[first : first + count])
            length -= count
        first = max(0, first - size)
    return tuple(found)


def out_of_range(full: Response) -> Response:
    """Return the 416 that tells how long the content is."""
    headers = [("Content-Range", f"bytes */{full.length}"), ("Accept-Ranges", "bytes")]
    return Response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers)


def disposition(name: str, path: str) -> tuple[str, str]:
    """Return the header with which an entry is saved under `name` (RFC 6266).

    The ending is always the entry's own: an archive's file is never called something else. Programs
    that know ASCII names only (KOReader) get the name without accents.
    """
    ending = posixpath.splitext(path)[1][:10]
    stem = name.removesuffix(ending).strip().replace("/", "_") or posixpath.basename(path)
    full = "".join(letter for letter in stem[:120] if letter.isprintable()) + ending
    plain = "".join(
        one if one.isascii() and one not in '"\\' else "_" for one in without_marks(full)
    )
    return "Content-Disposition", f"attachment; filename=\"{plain}\"; filename*=UTF-8''" + quote(
        full, safe=""
    )


def _kept(seconds: int) -> tuple[str, str]:
    immutable = ", immutable" if seconds == YEAR_S else ""
    return "Cache-Control", f"public, max-age={seconds}{immutable}"
