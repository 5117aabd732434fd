"""A request and its answer as values, without a web framework."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

from content.archive.direct import DirectAccess, Span

_REASONS = {int(one): one.phrase for one in HTTPStatus}
MAX_FIELDS = 40


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as it came.

    Args:
        method: In upper case.
        target: As in the request line, still percent-encoded (RFC 9112, section 3.2).
        headers: Names in lower case; of several of one name the last.
    """

    method: bytes
    target: bytes
    headers: dict[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Request:
    """A request understood.

    Args:
        method: GET or HEAD.
        path: Percent-decoded, from "/".
        headers: Names in lower case.
        base: `http://host:port` the client used, for absolute addresses.
    """

    method: str
    path: str
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    base: str = ""


@dataclass(frozen=True, slots=True)
class FilePiece:
    """Bytes of an archive's file that the kernel sends by itself."""

    file: DirectAccess
    span: Span

    def __len__(self) -> int:
        return self.span.length

    def read(self, start: int, count: int) -> bytes:
        """Return some of the bytes, for carriers that cannot send a file."""
        return os.pread(self.file.descriptor, count, self.span.offset + start)


Piece = bytes | memoryview | FilePiece


def after(piece: Piece, count: int) -> Piece:
    """Return a piece without its first `count` bytes, which are not copied."""
    if isinstance(piece, FilePiece):
        span = piece.span
        return FilePiece(piece.file, Span(span.offset + count, span.length - count))
    return memoryview(piece)[count:]


@dataclass(slots=True)
class Response:
    """An answer.

    Args:
        pieces: What is sent after `body`, in order; for large content.
        lasts: Whether the same request gets the same answer until the library changes.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    pieces: tuple[Piece, ...] = ()
    lasts: bool = False
    _head: bytes = b""

    @property
    def length(self) -> int:
        """Bytes of the content."""
        return len(self.body) + sum(len(one) for one in self.pieces)

    def head(self) -> bytes:
        """Return status line and headers but Date and Connection, each line ended."""
        if not self._head:
            lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Unknown')}"]
            lines += [f"{name}: {value}" for name, value in self.headers]
            if self.status != HTTPStatus.NOT_MODIFIED:
                lines.append(f"Content-Length: {self.length}")
            self._head = "\r\n".join([*lines, ""]).encode("latin-1", "replace")
        return self._head


@dataclass(frozen=True, slots=True)
class Later:
    """An answer that needs the search process.

    Args:
        job: What it is asked, see kiosk/searching/protocol.py.
        finish: Makes the answer of its reply; of None when it does not answer in time.
    """

    job: dict[str, Any]
    finish: Callable[[dict[str, Any] | None], Response]


def split_target(target: bytes) -> tuple[bytes, bytes]:
    """Return raw path and query of a request target, also of the absolute form.

    Raises:
        ValueError: It is neither.
    """
    if target[:1] != b"/":
        scheme, found, rest = target.partition(b"://")
        if not found or scheme.lower() not in (b"http", b"https"):
            raise ValueError("the address must begin with /")
        target = b"/" + rest.partition(b"/")[2]
    path, _, query = target.partition(b"?")
    return path.partition(b"#")[0], query


def decode_path(path: bytes) -> str:
    """Return a percent-encoded path as text.

    Raises:
        ValueError: It is not UTF-8 or holds a zero byte.
    """
    text = (unquote_to_bytes(path) if b"%" in path else path).decode("utf-8")
    if "\0" in text:
        raise ValueError("the address holds a zero byte")
    return text


def decode_query(query: bytes) -> dict[str, list[str]]:
    """Return the fields of a query; what is not UTF-8 becomes replacement characters.

    Raises:
        ValueError: There are more fields than any client of ours sends.
    """
    text = query.decode("ascii", "replace")
    return parse_qs(text, keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)
