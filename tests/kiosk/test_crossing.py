"""Pages that search are made by a worker of their own, over whichever connection they are asked."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.searching.protocol import Frames, frame
from kiosk.searching.server import NICENESS
from tests.kiosk.app_process import app_process
from tools.bench_load import family

WAITS_S = 0.4


@dataclass
class App:
    """An app with three workers.

    Args:
        pid: Of gunicorn's first process.
    """

    pid: int
    port: int

    @property
    def workers(self) -> list[int]:
        return family(self.pid)[1:]

    @property
    def searching(self) -> int:
        """The worker that answers a search, and keeps the connection for a while."""
        with connect(self) as sock:
            ask(sock, "/search?q=ai")
            assert answer(sock)[0] == 200
            return self.holder(sock)

    def holder(self, sock: socket.socket) -> int:
        """Return the worker that holds the other end of a connection, once only one does."""
        mine = f"{sock.getsockname()[1]:04X}"
        table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        rows = [line.split() for line in table]
        (inode,) = [row[9] for row in rows if row[2].endswith(f":{mine}") and row[3] == "01"]
        found: list[int] = []

        def is_one() -> bool:
            found[:] = [pid for pid in self.workers if f"socket:[{inode}]" in _open_files(pid)]
            return len(found) == 1

        _until(is_one)
        return found[0]


def _open_files(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):  # it ends just now
        for one in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.add(str(one.readlink()))
    return found


def _answer_late(listener: socket.socket) -> None:
    """Be a search process that takes `WAITS_S` for every job and finds nothing."""
    empty = {"total": 0, "hits": [], "facets": {}, "partial": False, "near": []}
    reply = frame({**empty, "understood": "", "did_you_mean": ""})

    def serve(sock: socket.socket) -> None:
        frames = Frames()
        with sock, suppress(OSError):
            while data := sock.recv(65_536):
                for _ in frames.feed(data):
                    time.sleep(WAITS_S)
                    sock.sendall(reply)

    with suppress(OSError):
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=serve, args=(sock,), daemon=True).start()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder: Path = tmp_path_factory.mktemp("point")
    sock = str(folder / "search.sock")
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(sock)
        listener.listen()
        threading.Thread(target=_answer_late, args=(listener,), daemon=True).start()
        pid, port = stack.enter_context(
            app_process(folder, "--workers", "2", "--search-socket", sock)
        )
        found = App(pid, port)
        _until(lambda: len(found.workers) == 3)
        yield found


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def connect(app: App) -> socket.socket:
    return socket.create_connection(("127.0.0.1", app.port), timeout=20)


def ask(sock: socket.socket, path: str) -> None:
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())


def answer(sock: socket.socket) -> tuple[int, bytes]:
    """Return the status and the body of the next answer on a kept connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65_536)
        assert more, "the connection ended"
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    (length,) = [
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    while len(body) < length:
        body += sock.recv(65_536)
    assert len(body) == length
    return int(head[9:12]), body


@pytest.mark.parametrize("path", ["/search?q=nai", "/api/search?q=bo", "/opds/search?q=ca"])
def test_searches_are_made_by_the_worker_for_searches(app: App, path: str) -> None:
    searching = app.searching
    for _ in range(4):  # whichever worker accepts
        with connect(app) as sock:
            ask(sock, path)
            assert answer(sock)[0] == 200
            assert app.holder(sock) == searching


def test_that_worker_is_less_urgent(app: App) -> None:
    own = os.getpriority(os.PRIO_PROCESS, app.pid)
    searching = app.searching
    for pid in app.workers:
        wanted = min(19, own + NICENESS) if pid == searching else own
        assert os.getpriority(os.PRIO_PROCESS, pid) == wanted


def test_a_kept_connection_goes_where_each_of_its_requests_belongs(app: App) -> None:
    searching = app.searching
    with connect(app) as sock:
        for _ in range(3):
            ask(sock, "/healthz")
            assert answer(sock)[0] == 200
            assert app.holder(sock) in set(app.workers) - {searching}
            ask(sock, "/search?q=nai")
            status, body = answer(sock)
            assert (status, b"nai" in body) == (200, True)
            assert app.holder(sock) == searching


def test_pages_do_not_wait_for_fifty_searches(app: App) -> None:
    with ExitStack() as stack:
        waiting = [stack.enter_context(connect(app)) for _ in range(50)]
        for one in waiting:
            ask(one, "/search?q=cho")
        begun = time.monotonic()
        with connect(app) as sock:
            ask(sock, "/healthz")
            assert answer(sock)[0] == 200
        assert time.monotonic() - begun < WAITS_S
        assert all(answer(one)[0] == 200 for one in waiting)


def test_a_request_that_comes_in_bits_is_answered_by_whoever_has_it(app: App) -> None:
    with connect(app) as sock:
        for bit in (b"GET /sea", b"rch?q=x HTTP/1.1\r\nHost: loc", b"alhost\r\n\r\n"):
            sock.sendall(bit)
            time.sleep(0.1)
        assert answer(sock)[0] == 200


def test_requests_sent_together_are_answered_in_their_order(app: App) -> None:
    with connect(app) as sock:
        ask(sock, "/healthz")
        ask(sock, "/search?q=together")
        assert b"archives" in answer(sock)[1]
        assert b"together" in answer(sock)[1]


def test_what_is_no_search_stays(app: App) -> None:
    searching = app.searching
    for path in ("/searching", "/static/x", "/?next=/search?q=1"):
        with connect(app) as sock:
            ask(sock, path)
            answer(sock)
            assert app.holder(sock) in set(app.workers) - {searching}


def test_a_new_worker_for_searches_comes_when_one_dies(app: App) -> None:
    searching = app.searching
    os.kill(searching, signal.SIGKILL)
    assert app.searching != searching
    _until(lambda: len(app.workers) == 3)
