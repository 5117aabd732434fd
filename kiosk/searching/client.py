"""The app's side of the search process: ask and wait, no longer than a reader would."""

import socket
import threading
from pathlib import Path
from typing import Any, Protocol

from content.errors import SearchError
from content.library.settings import SearchSettings
from kiosk.searching.jobs import Jobs
from kiosk.searching.lanes import URGENT
from kiosk.searching.protocol import Frames, frame

ANSWER_S = 3.0
# So many of an app process may wait for the search; its other threads are for pages.
MAX_WAITING = 64
_DEFAULTS = SearchSettings()


class SearchBusyError(SearchError):
    """The search process does not answer in time; the reader is asked to try again."""

    code = "search-busy"
    exit_status = 41


class Searcher(Protocol):
    """Who does search jobs, see kiosk/searching/jobs.py."""

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """Return the reply to a job."""


class LocalSearch:
    """Jobs done in this process: for an app that runs without a search process.

    Args:
        root: The library folder.
    """

    def __init__(self, root: Path, settings: SearchSettings = _DEFAULTS) -> None:
        self._jobs = Jobs(root, settings)
        self._lock = threading.Lock()

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """Return the reply to a job."""
        with self._lock:
            return self._jobs.do(job)


class SearchClient:
    """Jobs to the search process, for several threads.

    Args:
        path: Its unix socket.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._room = threading.BoundedSemaphore(MAX_WAITING)

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """Return the reply to a job.

        Raises:
            SearchBusyError: None came in time, or too many wait; also when the process is starting
                anew.
        """
        if job.get("do") in URGENT:
            return self._ask_twice(job)
        if not self._room.acquire(blocking=False):
            raise SearchBusyError("too many searches at the moment; try again")
        try:
            reply = self._ask_twice(job)
        finally:
            self._room.release()
        if reply.get("code") == SearchBusyError.code:
            raise SearchBusyError(str(reply.get("error")))
        return reply

    def _ask_twice(self, job: dict[str, Any]) -> dict[str, Any]:
        for is_last in (False, True):
            sock: socket.socket | None = getattr(self._local, "sock", None)
            try:
                sock = sock or self._connect()
                return self._ask(sock, job)
            except TimeoutError as error:
                self._drop()
                raise SearchBusyError("the search takes too long now; try again") from error
            except (OSError, ValueError) as error:
                # A kept connection ends when the process was started anew: once more, afresh.
                self._drop()
                if is_last:
                    raise SearchBusyError("the search is not there now; try again") from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Let this thread's connection go; the next job makes another."""
        self._drop()

    def _connect(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(ANSWER_S)
        self._local.sock = sock
        sock.connect(str(self._path))
        return sock

    def _ask(self, sock: socket.socket, job: dict[str, Any]) -> dict[str, Any]:
        sock.sendall(frame(job))
        frames = Frames()
        while data := sock.recv(65_536):
            for reply in frames.feed(data):
                return reply
        raise ConnectionError("it ended")

    def _drop(self) -> None:
        sock: socket.socket | None = getattr(self._local, "sock", None)
        if sock is not None:
            sock.close()
        self._local.sock = None
