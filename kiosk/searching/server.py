"""The search process: jobs from a unix socket, one at a time, short ones first."""

import contextlib
import heapq
import itertools
import logging
import select
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from content.errors import ConfigError
from kiosk.config import KioskConfig
from kiosk.running import Running
from kiosk.searching.jobs import Jobs
from kiosk.searching.protocol import Frames, frame

logger = logging.getLogger(__name__)
MAX_CONNECTIONS = 128
# Whoever asked has given up by then (client.ANSWER_S).
GIVE_UP_S = 2.5
TICK_S = 1.0
SENDS_S = 1
# Smaller comes first: a suggestion is a matter of a blink, a search of a second.
URGENCY = {"suggest": 0, "titles": 0}


class SearchServer:
    """Answer jobs until told to stop.

    Args:
        path: Where its unix socket is made; one left by a process that died is replaced.
        jobs: What does the work.
        goes_on: Asked every `tick_s` seconds.
    """

    def __init__(
        self, path: Path, jobs: Jobs, goes_on: Callable[[], bool], *, tick_s: float = TICK_S
    ) -> None:
        self._path = path
        self._jobs = jobs
        self._goes_on = goes_on
        self._tick_s = tick_s
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._frames: dict[socket.socket, Frames] = {}
        self._queue: list[tuple[int, int, float, socket.socket, dict[str, Any]]] = []
        self._number = itertools.count()

    def run(self) -> None:
        """Serve; return when `goes_on` says no."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(self._path))
            self._path.chmod(0o660)
            listener.listen(MAX_CONNECTIONS)
            listener.setblocking(False)  # noqa: FBT003 -- the standard library's
            self._epoll.register(listener.fileno(), select.EPOLLIN)
            next_look = 0.0
            while True:
                now = monotonic()
                if now >= next_look:
                    next_look = now + self._tick_s
                    if not self._goes_on():
                        break
                wait_s = 0.0 if self._queue else next_look - now
                # All that has come is known before the next job begins: who is urgent, who left.
                while events := self._epoll.poll(wait_s):
                    wait_s = 0.0
                    for descriptor, _ in events:
                        sock = self._sockets.get(descriptor)
                        if sock is not None:
                            self._read(sock)
                        elif descriptor == listener.fileno():
                            self._accept(listener)
                self._work()
        for sock in list(self._frames):
            self._drop(sock)
        self._epoll.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def _accept(self, listener: socket.socket) -> None:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        if len(self._frames) >= MAX_CONNECTIONS:
            sock.close()
            return
        # The kernel's own time limit: Python's would ask it twice for every message.
        sock.setblocking(True)  # noqa: FBT003 -- the standard library's
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SENDS_S, 0))
        self._frames[sock] = Frames()
        self._sockets[sock.fileno()] = sock
        self._epoll.register(sock.fileno(), select.EPOLLIN)

    def _read(self, sock: socket.socket) -> None:
        try:
            data = sock.recv(65_536)
            jobs = self._frames[sock].feed(data) if data else None
        except (OSError, ValueError):
            jobs = None
        if jobs is None:
            self._drop(sock)
            return
        for job in jobs:
            urgency = URGENCY.get(str(job.get("do")), 1)
            item = (urgency, next(self._number), monotonic() + GIVE_UP_S, sock, job)
            heapq.heappush(self._queue, item)

    def _work(self) -> None:
        """Do the most urgent job whose asker still waits."""
        while self._queue:
            _, _, deadline, sock, job = heapq.heappop(self._queue)
            if sock not in self._frames or deadline < monotonic():
                continue
            reply = self._jobs.do(job)
            try:
                sock.sendall(frame(reply))
            except OSError:
                self._drop(sock)
            return

    def _drop(self, sock: socket.socket) -> None:
        if self._frames.pop(sock, None) is not None:
            del self._sockets[sock.fileno()]  # closed, epoll lets go of it by itself
        sock.close()


def run(config: KioskConfig) -> None:
    """Answer searches until stopped.

    Raises:
        ConfigError: There is no socket to answer on.
    """
    if not config.search_socket:
        raise ConfigError("the search process needs --search-socket, or the setting search_socket")
    SearchServer(Path(config.search_socket), Jobs(config.library), Running()).run()
