"""The event loop of the archive server: many phones, one thread, nobody waits for another.

epoll, level-triggered. Every second it looks for phones that are late, for a new library, and tells
gunicorn's arbiter that it lives.
"""

import contextlib
import logging
import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from http import HTTPStatus
from time import monotonic

from content.usage.teller import Teller
from kiosk.searching.pool import SearchPool
from kiosk.serving.connection import SEND_BYTES, Connection, http_date
from kiosk.serving.message import Ask, Later, Response
from kiosk.serving.pages import page
from kiosk.serving.site import Site
from kiosk.serving.telling import seen_of

logger = logging.getLogger(__name__)
MAX_CONNECTIONS = 900
TICK_S = 1.0
ACCEPTS_A_TURN = 64
# One phone's browser opens six; a hall behind one address somewhat more.
MAX_OF_ONE_ADDRESS = 64
# tcp(7): the kernel takes no more than a phone can have soon, so that a slow one still shows that
# it moves, and hundreds of them fill no memory.
TCP_NOTSENT_LOWAT = 25
_IN, _OUT = select.EPOLLIN, select.EPOLLOUT
_GONE = select.EPOLLHUP | select.EPOLLERR


class Loop:
    """Serve a site on listening sockets until told to stop.

    Args:
        tick: Called every `tick_s` seconds; returns whether to go on.
        teller: Whom to tell what was read; None tells nobody.
        grace_s: Seconds that answers under way may take after the stop.
    """

    def __init__(  # noqa: PLR0913 -- the last two are for tests
        self,
        site: Site,
        listeners: Sequence[socket.socket],
        search: SearchPool,
        tick: Callable[[], bool],
        *,
        teller: Teller | None = None,
        grace_s: float = 10.0,
        tick_s: float = TICK_S,
    ) -> None:
        self._site = site
        self._listeners = {one.fileno(): one for one in listeners}
        self._search = search
        self._tick = tick
        self._teller = teller or Teller(None)
        self._grace_s = grace_s
        self._tick_s = tick_s
        self._epoll = select.epoll()
        self._connections: dict[int, Connection] = {}
        self._events: dict[int, int] = {}
        self._of_address: Counter[str] = Counter()
        self._date = (0, b"")
        self._stops = False

    def run(self) -> None:
        """Serve; return when `tick` says so and answers under way are sent."""
        for listener in self._listeners.values():
            listener.setblocking(False)  # noqa: FBT003 -- the standard library's
            self._epoll.register(listener.fileno(), _IN)
        next_tick = monotonic()
        stop_at = float("inf")
        while self._connections or stop_at == float("inf"):
            now = monotonic()
            if now >= next_tick:
                next_tick = now + self._tick_s
                self._site.look()
                self._teller.catch_up()
                self._cut_off_late(now)
                if not self._tick() and stop_at == float("inf"):
                    stop_at = now + self._grace_s
                    self._stop_listening()
            if now >= stop_at:
                break
            self._turn(max(0.0, next_tick - now))
        for connection in list(self._connections.values()):
            self._drop(connection)
        self._search.close()
        self._teller.close()
        self._epoll.close()

    # What connections ask.
    def answer(self, ask: Ask) -> Response | Later:
        """Return the answer to a request."""
        return _guarded(lambda: self._site.answer(ask))

    def later(self, connection: Connection, later: Later) -> None:
        """Hand a job to the search process; the phone waits, the others do not."""
        self._search.ask(later.job, lambda reply: self._finish(connection, later, reply))
        self._watch_search()

    def tell(self, ask: Ask, address: str, response: Response, sent: int) -> None:
        """Tell the recorder of an answer that has left."""
        seen = seen_of(ask, address, response, sent)
        if seen is not None:
            self._teller.tell(seen)

    def date(self) -> bytes:
        """Return the Date header of this second."""
        now = int(time.time())
        if now != self._date[0]:
            self._date = (now, http_date(now))
        return self._date[1]

    def _turn(self, wait_s: float) -> None:
        for descriptor, event in self._epoll.poll(wait_s):
            connection = self._connections.get(descriptor)
            if connection is not None:
                self._serve(connection, event)
            elif descriptor in self._listeners:
                self._accept(self._listeners[descriptor])
            else:
                self._search.handle(descriptor)
                self._watch_search()

    def _serve(self, connection: Connection, event: int) -> None:
        if event & _GONE:
            self._drop(connection)
            return
        try:
            if event & _OUT:
                connection.writable()
            if event & _IN:
                connection.readable()
        except OSError:
            self._drop(connection)
            return
        self._watch(connection)

    def _finish(
        self, connection: Connection, later: Later, reply: dict[str, object] | None
    ) -> None:
        if connection.sock.fileno() not in self._connections or not connection.busy:
            return
        response = _guarded(lambda: later.finish(reply))
        assert isinstance(response, Response)
        try:
            connection.respond(response)
        except OSError:
            self._drop(connection)
            return
        self._watch(connection)

    def _watch(self, connection: Connection) -> None:
        """Ask the kernel for what the connection waits for, or close it."""
        if connection.is_done or (self._stops and connection.wants_read):
            self._drop(connection)
            return
        descriptor = connection.sock.fileno()
        wanted = (_OUT if connection.wants_write else 0) | (_IN if connection.wants_read else 0)
        if wanted != self._events[descriptor]:
            self._events[descriptor] = wanted
            self._epoll.modify(descriptor, wanted)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(ACCEPTS_A_TURN):
            try:
                sock, peer = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError:
                self._cut_off_idlest()  # no descriptors left
                return
            address = peer[0] if isinstance(peer, tuple) else ""
            if len(self._connections) >= MAX_CONNECTIONS:
                self._cut_off_idlest()
            if not self._has_room(address):
                sock.close()
                continue
            sock.setblocking(False)  # noqa: FBT003 -- the standard library's
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.setsockopt(socket.IPPROTO_TCP, TCP_NOTSENT_LOWAT, SEND_BYTES)
            self._connections[sock.fileno()] = Connection(sock, address, self)
            self._of_address[address] += 1
            self._events[sock.fileno()] = _IN
            self._epoll.register(sock.fileno(), _IN)

    def _has_room(self, address: str) -> bool:
        """Return whether one more connection of a phone is taken; this computer's own always is."""
        if len(self._connections) >= MAX_CONNECTIONS:
            return False
        own = not address or address.startswith("127.") or address == "::1"
        return own or self._of_address[address] < MAX_OF_ONE_ADDRESS

    def _cut_off_late(self, now: float) -> None:
        for connection in list(self._connections.values()):
            if connection.deadline < now and not connection.busy:
                self._drop(connection)
        self._search.cut_off_late(now)

    def _cut_off_idlest(self) -> None:
        """Make room: whoever has waited longest without anything under way goes."""
        idle = [one for one in self._connections.values() if one.wants_read]
        if idle:
            self._drop(min(idle, key=lambda one: one.deadline))

    def _drop(self, connection: Connection) -> None:
        descriptor = connection.sock.fileno()
        if self._connections.pop(descriptor, None) is not None:
            self._of_address[connection.address] -= 1
            if not self._of_address[connection.address]:
                del self._of_address[connection.address]
            del self._events[descriptor]
            self._epoll.unregister(descriptor)
        connection.close()

    def _stop_listening(self) -> None:
        self._stops = True
        for descriptor in self._listeners:
            self._epoll.unregister(descriptor)
        self._listeners.clear()
        for connection in list(self._connections.values()):
            if connection.wants_read:
                self._drop(connection)

    def _watch_search(self) -> None:
        """Have the kernel tell of the search process's sockets."""
        self._search.register(self._epoll)


def _guarded(make: Callable[[], Response | Later]) -> Response | Later:
    """Return an answer, or the page that says we failed: one request never ends the others."""
    try:
        return make()
    except Exception:
        logger.exception("a request failed")
        return page(HTTPStatus.INTERNAL_SERVER_ERROR, "")
