"""A worker for pages that search, beside those for all other pages.

Threads of one process take turns at Python: while a page of results is made, a reader's page waits
as long. So one worker makes all pages that search, and no other page. Whoever accepts a connection
looks at the first bytes of its request, and hands the open connection across when it is not his
(unix(7), SCM_RIGHTS). Where that cannot be told, or nobody takes it, whoever has it answers: every
worker can make every page.
"""

import contextlib
import os
import re
import socket
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn

from kiosk.lingering import LingeringWorker
from kiosk.searching.server import NICENESS

_SEARCH = re.compile(rb"(?:GET|HEAD) /(?:api/|opds/)?search[?/ ]")
_LOOK_BYTES = 32


class Crossing:
    """The two ways of open connections between workers; made before the workers are started."""

    def __init__(self) -> None:
        self._to_searches = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._to_pages = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for one in (*self._to_searches, *self._to_pages):
            one.setblocking(False)  # noqa: FBT003 -- the standard library's

    def ends(self, *, is_for_searches: bool) -> tuple[socket.socket, socket.socket]:
        """Return where a worker finds what is handed to it, and where it hands on the rest."""
        here, there = self._to_searches, self._to_pages
        if not is_for_searches:
            here, there = there, here
        return here[0], there[1]


class CrossingWorker(LingeringWorker):
    """A worker that answers requests of its kind and hands the others across.

    Without a `crossing` it answers all, as gunicorn's does.
    """

    crossing: Crossing | None = None
    is_for_searches = False
    _here: socket.socket
    _there: socket.socket

    def run(self) -> None:
        """Serve until stopped."""
        if self.crossing is not None:
            self._here, self._there = self.crossing.ends(is_for_searches=self.is_for_searches)
            if self.is_for_searches:
                # On few processors what makes pages of results goes after what makes pages.
                with contextlib.suppress(OSError):
                    os.nice(NICENESS)
        super().run()

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 -- gunicorn's
        """Take new connections, from phones and from across, or leave them to others."""
        if enabled != self._accepting and self.crossing is not None:
            if enabled:
                self.poller.register(self._here, EVENT_READ, self._take)
            else:
                self.poller.unregister(self._here)
        super().set_accept_enabled(enabled)

    def enqueue_req(self, conn: Any) -> None:
        """Have a request answered that has begun to come: here or across."""
        if self.crossing is None or not self._hand(conn):
            super().enqueue_req(conn)

    def _hand(self, conn: Any) -> bool:
        if conn.parser is not None and conn.parser.unreader.buf.getvalue():
            return False  # part of it has been read
        try:
            begun = conn.sock.recv(_LOOK_BYTES, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            if not begun or bool(_SEARCH.match(begun)) == self.is_for_searches:
                return False
            socket.send_fds(self._there, [b"+"], [conn.sock.fileno()])
        except OSError:
            return False
        conn.sock.close()  # the other worker has it
        self.nr_conns -= 1
        return True

    def _take(self, _: object) -> None:
        try:
            descriptors = socket.recv_fds(self._here, 1, 1)[1]
        except OSError:
            return  # another has it
        for one in descriptors:
            sock = socket.socket(fileno=one)
            self.nr_conns += 1
            try:
                conn = TConn(self.cfg, sock, sock.getpeername(), sock.getsockname())
            except OSError:
                sock.close()
                self.nr_conns -= 1
                continue
            super().enqueue_req(conn)
