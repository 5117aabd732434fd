"""A server's side: tell the recorder of a request, never wait for it, never fail because of it."""

import socket
from collections import deque
from pathlib import Path

from content.usage.sighting import MAX_BYTES, Sighting, encode

# What waits while the recorder writes to a slow card: seconds of a busy point.
MAX_WAITING = 2_000
# Of those that wait so many go with each new one: no request pays for a queue.
_AT_ONCE = 4


class Teller:
    """Tell of requests; for one thread, or several that do not mind the order.

    Args:
        path: The recorder's socket; None tells nobody.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = "" if path is None else str(path)
        self._waiting: deque[bytes] = deque()
        self._lost = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    def tell(self, one: Sighting) -> None:
        """Tell of a request; what cannot be told now waits, or is counted as lost."""
        if not self._path:
            return
        if self._waiting:
            self.catch_up()
        data = encode(one._replace(lost=self._lost) if self._lost else one)
        if len(data) > MAX_BYTES or len(self._waiting) >= MAX_WAITING:
            self._lost += 1
        elif self._waiting or not self._send(data):
            self._waiting.append(data)
        elif self._lost:
            self._lost = 0

    def catch_up(self) -> None:
        """Send some of what waits."""
        for _ in range(_AT_ONCE):
            try:
                data = self._waiting.popleft()
            except IndexError:
                return
            if not self._send(data):
                self._waiting.appendleft(data)
                return

    def _send(self, data: bytes) -> bool:
        try:
            self._socket.sendto(data, self._path)
        except OSError:
            # It is writing, or starting anew.
            return False
        return True

    def close(self) -> None:
        """Let the socket go."""
        self._socket.close()

    # An app is never told that it ends.
    __del__ = close
