"""gunicorn's threaded worker, with connections that end without anybody waiting for it.

After the last answer on a connection the phone is told so and has a while to end it too (RFC 9112,
9.6), lest the answer's end be lost. gunicorn 27 waits for that where it also accepts connections,
up to 2 s for each: a phone at the edge of the Wi-Fi keeps all others waiting, fifty of them for
seconds. Here such connections stand beside until they are done.
"""

import contextlib
import socket
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

LINGER_S = 2.0
# What a phone may still send meanwhile; it is thrown away.
MAX_DRAINED = 65_536
MAX_LINGERING = 256


class LingeringWorker(ThreadWorker):  # type: ignore[misc] # gunicorn ships no types
    """A worker that never waits for a phone to end its connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ending: deque[_Ending] = deque()

    def finish_request(self, conn: Any, fs: "Future[Any]") -> None:
        """Keep or end a connection after an answer, as gunicorn does; end it without waiting."""
        conn.close = partial(self._close, conn.sock)
        super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """End connections whose time is over; called once a second."""
        super().murder_pending()
        now = time.monotonic()
        while self._ending and (self._ending[0].until < now or self._ending[0].is_over):
            self._end(self._ending.popleft())

    def _close(self, sock: socket.socket, graceful: bool = False) -> None:  # noqa: FBT001, FBT002 -- gunicorn's
        if not (graceful and _is_half_closed(sock)):
            sock.close()
            return
        if len(self._ending) >= MAX_LINGERING:
            self._end(self._ending.popleft())
        ending = _Ending(sock)
        self._ending.append(ending)
        self.poller.register(sock, EVENT_READ, partial(self._drain, ending))

    def _drain(self, ending: "_Ending", _: object) -> None:
        if ending.drain():
            self._end(ending)

    def _end(self, ending: "_Ending") -> None:
        if not ending.is_over:
            ending.is_over = True
            with contextlib.suppress(OSError, KeyError, ValueError):
                self.poller.unregister(ending.sock)
            ending.sock.close()


def _is_half_closed(sock: socket.socket) -> bool:
    """Say that nothing more comes; return whether there is somebody to hear it."""
    try:
        sock.setblocking(False)  # noqa: FBT003 -- the standard library's
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        return False
    return True


class _Ending:
    """A connection on which nothing more is said.

    Args:
        sock: Its writing side is shut.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.until = time.monotonic() + LINGER_S
        self.is_over = False
        self._drained = 0

    def drain(self) -> bool:
        """Throw away what came; return whether the other side has ended, too, or says too much."""
        try:
            data = self.sock.recv(4096)
        except BlockingIOError:
            return False
        except OSError:
            return True
        self._drained += len(data)
        return not data or self._drained > MAX_DRAINED
