"""One phone's connection: requests in, answers out, never more in memory than one of each.

HTTP/1.1 by llhttp (httptools). A request has no body here; a second one that comes before the
first is answered waits in the kernel. Whoever sends garbage, too much, or too slowly is cut off.
"""

import os
import socket
from collections import deque
from email.utils import formatdate
from time import monotonic
from typing import Protocol

from httptools import HttpParserError, HttpRequestParser

from kiosk.serving.message import Ask, FilePiece, Later, Piece, Response, after

# A request of a browser is under 2 kB; twelve times that is no browser.
MAX_HEAD_BYTES = 24_576
MAX_HEADERS = 60
MAX_WAITING = 32
READ_BYTES = 8_192
# What the kernel takes of a file at once: a fast phone shall not make the others wait.
SEND_BYTES = 256 * 1024
HEAD_S = 10.0
IDLE_S = 20.0
# A phone at the edge of the Wi-Fi moves a few kB in this time; one that moves nothing has gone.
STALLED_S = 30.0
_REFUSED = {
    400: b"HTTP/1.1 400 Bad Request",
    431: b"HTTP/1.1 431 Request Header Fields Too Large",
}


class Host(Protocol):
    """What a connection asks of the loop."""

    def answer(self, ask: Ask) -> Response | Later:
        """Return the answer to a request."""

    def later(self, connection: "Connection", later: Later) -> None:
        """Have `connection.respond` called when the answer is there."""

    def tell(self, ask: Ask, address: str, response: Response, sent: int) -> None:
        """Hear of an answer that has left, or as much of it as the phone took."""

    def date(self) -> bytes:
        """Return the Date header of this second."""


class Connection:
    """One connection; the loop calls `readable`, `writable` and `is_late`.

    Args:
        sock: Connected and non-blocking.
        address: Whose it is, to bound how many one phone has; never kept.
    """

    __slots__ = (
        "_answer", "_ask", "_closes", "_ended", "_head", "_headers", "_host", "_keeps", "_lines",
        "_out", "_parser", "_sends_body", "_sent", "_target", "_waiting", "address", "busy",
        "deadline", "sock",
    )  # fmt: skip

    def __init__(self, sock: socket.socket, address: str, host: Host) -> None:
        self.sock = sock
        self.address = address
        self.busy = False
        self.deadline = monotonic() + HEAD_S
        self._host = host
        self._parser = HttpRequestParser(self)
        self._target = b""
        self._headers: dict[bytes, bytes] = {}
        self._lines = 0
        self._head = 0
        self._keeps = True
        self._closes = False
        self._ended = False
        self._sends_body = True
        self._waiting: deque[tuple[Ask, bool]] = deque()
        self._out: deque[Piece] = deque()
        self._ask: Ask | None = None
        self._answer: Response | None = None
        self._sent = 0

    @property
    def wants_write(self) -> bool:
        """Whether there is something to send."""
        return bool(self._out)

    @property
    def wants_read(self) -> bool:
        """Whether another request may be read: not before the last one is answered."""
        return not (self.busy or self._out or self._closes or self._ended or self._waiting)

    @property
    def is_done(self) -> bool:
        """Whether the connection is to be closed."""
        return not (self.busy or self._out or self._waiting) and (self._closes or self._ended)

    def on_message_begin(self) -> None:
        """Begin a request; this and the next four are called by llhttp."""
        self._target, self._headers, self._lines = b"", {}, 0

    def on_url(self, part: bytes) -> None:
        """Take the target in."""
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header in."""
        self._lines += 1
        if self._lines > MAX_HEADERS:
            self._refuse(431)
        self._headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:  # noqa: ARG002 -- llhttp calls it so
        """Refuse: nothing is uploaded here."""
        self._refuse(400)

    def on_message_complete(self) -> None:
        """Put the request in the row of those to be answered."""
        self._head = 0
        if self._closes:
            return
        if len(self._waiting) >= MAX_WAITING:
            self._refuse(400)
            return
        keeps = self._parser.should_keep_alive()
        ask = Ask(self._parser.get_method(), self._target, self._headers)
        self._waiting.append((ask, keeps))

    def readable(self) -> None:
        """Read what has come, and answer it.

        Raises:
            OSError: The phone has gone.
        """
        try:
            data = self.sock.recv(READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self._ended = True
            return
        if not self._head:
            self.deadline = monotonic() + HEAD_S
        self._head += len(data)
        if self._head > MAX_HEAD_BYTES:
            self._refuse(431)
            return
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            self._refuse(400)
        if self._waiting:
            self._next()

    def writable(self) -> None:
        """Send as much as the phone takes.

        Raises:
            OSError: The phone has gone, or the disk.
        """
        while self._out:
            if not self._send():
                return
        self._tell()
        if self._waiting and not self.busy:
            self._next()
        elif not self.busy:
            self.deadline = monotonic() + IDLE_S

    def respond(self, response: Response) -> None:
        """Send an answer; what the phone does not take at once waits for `writable`."""
        self.busy = False
        self._answer = response
        ends = b"" if self._keeps else b"Connection: close\r\n"
        head = b"%sDate: %s\r\n%s\r\n" % (response.head(), self._host.date(), ends)
        self._sent = -len(head)
        if self._sends_body:
            self._out.append(head + response.body)
            self._out.extend(response.pieces)
        else:
            self._out.append(head)
        if not self._keeps:
            self._closes = True
            self._waiting.clear()
        self.deadline = monotonic() + STALLED_S
        self.writable()

    def close(self) -> None:
        """Let the phone go."""
        self._tell()
        self._out.clear()
        self.sock.close()

    def _next(self) -> None:
        ask, self._keeps = self._waiting.popleft()
        self._ask = ask
        self.busy = True
        self._sends_body = ask.method != b"HEAD"
        answer = self._host.answer(ask)
        if isinstance(answer, Later):
            self._host.later(self, answer)
        else:
            self.respond(answer)

    def _tell(self) -> None:
        """Tell of the answer that was under way, once."""
        if self._answer is not None and self._ask is not None:
            answer, self._answer = self._answer, None
            self._host.tell(self._ask, self.address, answer, max(0, self._sent))

    def _refuse(self, status: int) -> None:
        """Say what is wrong and end, once."""
        if self._closes:
            return
        self._closes = True
        if not self.busy:
            self._waiting.clear()
            self._out.append(
                _REFUSED[status] + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )

    def _send(self) -> bool:
        """Send from the first piece; return whether it makes sense to go on at once."""
        piece = self._out[0]
        size = len(piece)
        try:
            if isinstance(piece, FilePiece):
                span = piece.span
                sent = os.sendfile(
                    self.sock.fileno(), piece.file.descriptor, span.offset, min(size, SEND_BYTES)
                )
                if sent == 0:
                    raise OSError("the archive's file became shorter")
            else:
                # What follows goes into the same packets.
                more = socket.MSG_MORE if len(self._out) > 1 else 0
                sent = self.sock.send(
                    piece if size <= SEND_BYTES else memoryview(piece)[:SEND_BYTES], more
                )
        except BlockingIOError:
            return False
        self.deadline = monotonic() + STALLED_S
        self._sent += sent
        if sent < size:
            # The next phone's turn; the loop comes back when this one takes more.
            self._out[0] = after(piece, sent)
            return False
        self._out.popleft()
        return True


def http_date(now: float) -> bytes:
    """Return a moment as HTTP gives it (RFC 9110, section 5.6.7)."""
    return formatdate(now, usegmt=True).encode()
