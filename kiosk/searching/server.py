"""The search process: jobs from a unix socket, done by two workers, urgent ones first."""

import contextlib
import logging
import os
import select
import socket
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from content.errors import ConfigError
from kiosk.collector import keep_from_collector
from kiosk.config import KioskConfig
from kiosk.running import Running
from kiosk.searching.jobs import Jobs
from kiosk.searching.lanes import Lanes
from kiosk.searching.protocol import Frames, frame

logger = logging.getLogger(__name__)
MAX_CONNECTIONS = 128
TICK_S = 1.0
SENDS_S = 1
# Readers' pages go before searches on a busy machine.
NICENESS = 10
# How long one worker may keep Python to itself while another has a suggestion to answer.
TURN_S = 0.001
TOO_LATE = {"error": "too many searches at the moment; try again", "code": "search-busy"}


class Work(Protocol):
    """What does the jobs, see kiosk/searching/jobs.py."""

    def do(self, job: dict[str, Any], budget_s: float) -> dict[str, Any]:
        """Return the reply to a job; never raises."""


class _Line:
    """One connection; closed by the main thread, written to by the workers."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.frames = Frames()
        self._lock = threading.Lock()
        self._is_open = True

    def send(self, reply: dict[str, Any]) -> None:
        """Send a reply, unless whoever asked has left."""
        data = frame(reply)
        with self._lock:
            if self._is_open:
                try:
                    self.sock.sendall(data)
                except OSError:
                    # The main thread sees the end and lets the connection go.
                    with contextlib.suppress(OSError):
                        self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let it go; its number may then belong to another."""
        with self._lock:
            self._is_open = False
            self.sock.close()


class SearchServer:
    """Answer jobs until told to stop.

    Args:
        path: Where its unix socket is made; one left by a process that died is replaced.
        jobs: What does the work, from two threads.
        goes_on: Asked every `tick_s` seconds.
    """

    def __init__(
        self, path: Path, jobs: Work, goes_on: Callable[[], bool], *, tick_s: float = TICK_S
    ) -> None:
        self._path = path
        self._jobs = jobs
        self._goes_on = goes_on
        self._tick_s = tick_s
        self._epoll = select.epoll()
        self._lines: dict[int, _Line] = {}
        self._lanes = Lanes()

    def run(self) -> None:
        """Serve; return when `goes_on` says no."""
        workers = [
            threading.Thread(target=self._work, kwargs={"only_urgent": one}, daemon=True)
            for one in (True, False)
        ]
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(self._path))
            self._path.chmod(0o660)
            listener.listen(MAX_CONNECTIONS)
            listener.setblocking(False)  # noqa: FBT003 -- the standard library's
            self._epoll.register(listener.fileno(), select.EPOLLIN)
            for one in workers:
                one.start()
            self._serve(listener)
        self._lanes.close()
        for one in workers:
            one.join()
        for line in list(self._lines.values()):
            self._drop(line)
        self._epoll.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def _serve(self, listener: socket.socket) -> None:
        next_look = 0.0
        while True:
            now = monotonic()
            if now >= next_look:
                next_look = now + self._tick_s
                if not self._goes_on():
                    return
            for descriptor, _ in self._epoll.poll(next_look - now):
                line = self._lines.get(descriptor)
                if line is not None:
                    self._read(line)
                elif descriptor == listener.fileno():
                    self._accept(listener)

    def _accept(self, listener: socket.socket) -> None:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        if len(self._lines) >= MAX_CONNECTIONS:
            sock.close()
            return
        # The kernel's own time limit: Python's would ask it twice for every message.
        sock.setblocking(True)  # noqa: FBT003 -- the standard library's
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SENDS_S, 0))
        self._lines[sock.fileno()] = _Line(sock)
        self._epoll.register(sock.fileno(), select.EPOLLIN)

    def _read(self, line: _Line) -> None:
        try:
            data = line.sock.recv(65_536)
            jobs = line.frames.feed(data) if data else None
        except (OSError, ValueError):
            jobs = None
        if jobs is None:
            self._drop(line)
            return
        for job in jobs:
            if not self._lanes.put(job, line):
                line.send(TOO_LATE)

    def _work(self, *, only_urgent: bool) -> None:
        """Do jobs whose asker still waits, until the queue is closed."""
        while taken := self._lanes.take(only_urgent=only_urgent):
            waiting, share_s = taken
            reply = self._jobs.do(waiting.job, share_s) if share_s > 0 else TOO_LATE
            waiting.asker.send(reply)

    def _drop(self, line: _Line) -> None:
        self._lanes.forget(line)
        del self._lines[line.sock.fileno()]  # closed, epoll lets go of it by itself
        line.close()


def run(config: KioskConfig) -> None:
    """Answer searches until stopped.

    Raises:
        ConfigError: There is no socket to answer on.
    """
    if not config.search_socket:
        raise ConfigError("the search process needs --search-socket, or the setting search_socket")
    os.nice(NICENESS)
    sys.setswitchinterval(TURN_S)
    jobs = Jobs(config.library, config.search)
    keep_from_collector()
    SearchServer(Path(config.search_socket), jobs, Running()).run()
