"""The archive server's side of the search process: it never waits and asks only so much."""

import contextlib
import select
import socket
from collections import deque
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from kiosk.searching.protocol import Frames, frame

MAX_LINES = 4
MAX_QUEUED = 64
ANSWER_S = 3.0
Callback = Callable[[dict[str, Any] | None], None]


class _Line:
    """One connection to the search process, with the job under way on it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.frames = Frames()
        self.callback: Callback | None = None
        self.deadline = 0.0
        self.is_watched = False


class SearchPool:
    """Jobs to the search process, a few at a time; the rest queue, beyond that they are refused.

    Args:
        path: Its unix socket; None when there is no search process.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lines: dict[int, _Line] = {}
        self._queue: deque[tuple[dict[str, Any], Callback, float]] = deque()

    def ask(self, job: dict[str, Any], callback: Callback) -> None:
        """Have `callback` called once with the reply, or with None when none comes in time."""
        if len(self._queue) >= MAX_QUEUED:
            callback(None)
            return
        self._queue.append((job, callback, monotonic() + ANSWER_S))
        self._send()

    def register(self, epoll: select.epoll) -> None:
        """Have `epoll` tell when replies come."""
        for descriptor, line in self._lines.items():
            if not line.is_watched:
                epoll.register(descriptor, select.EPOLLIN)
                line.is_watched = True

    def handle(self, descriptor: int) -> None:
        """Read what came on a connection."""
        line = self._lines.get(descriptor)
        if line is None:
            return
        try:
            data = line.sock.recv(65_536)
            replies = line.frames.feed(data) if data else None
        except BlockingIOError:
            return
        except (OSError, ValueError):
            replies = None
        if replies is None:
            self._drop(line)
        for reply in replies or []:
            callback, line.callback = line.callback, None
            if callback is not None:
                callback(reply)
        self._send()

    def cut_off_late(self, now: float) -> None:
        """Give up on jobs whose time is over."""
        for line in [one for one in self._lines.values() if one.callback and one.deadline < now]:
            self._drop(line)
        while self._queue and self._queue[0][2] < now:
            self._queue.popleft()[1](None)

    def close(self) -> None:
        """Let all connections go."""
        for line in list(self._lines.values()):
            self._drop(line)

    def _send(self) -> None:
        while self._queue:
            line = self._free_line()
            if line is None:
                if not self._lines:
                    self._queue.popleft()[1](None)  # nobody is there
                    continue
                return
            job, callback, deadline = self._queue.popleft()
            line.callback, line.deadline = callback, deadline
            try:
                line.sock.sendall(frame(job))
            except OSError:
                self._drop(line)

    def _free_line(self) -> _Line | None:
        for line in self._lines.values():
            if line.callback is None:
                return line
        if self._path is None or len(self._lines) >= MAX_LINES:
            return None
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.setblocking(False)  # noqa: FBT003 -- the standard library's
        try:
            sock.connect(str(self._path))
        except OSError:
            sock.close()
            return None
        line = self._lines[sock.fileno()] = _Line(sock)
        return line

    def _drop(self, line: _Line) -> None:
        self._lines.pop(line.sock.fileno(), None)
        with contextlib.suppress(OSError):
            line.sock.close()  # epoll lets go of it by itself
        callback, line.callback = line.callback, None
        if callback is not None:
            callback(None)
