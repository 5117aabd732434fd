"""The archive server's loop in a thread, on a port of its own, over an archive made for it."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from content.builder.zim_item import EntryItem
from content.library import change
from content.library.books import Books
from content.usage.teller import Teller
from kiosk.origins import Names
from kiosk.searching.pool import SearchPool
from kiosk.serving.loop import Loop
from kiosk.serving.routes import make_site
from kiosk.serving.shared import Shared
from tests.content.zim_maker import HTML, make_archive
from tests.kiosk.conftest import NOW
from tests.kiosk.serving.kiwix_shelf import Server, make_shelf, server_of

PAGE = "<html><body>" + "<p>Điện Biên xưa và nay.</p>" * 100 + "</body></html>"
SOUND = bytes(index * 7 % 256 for index in range(3_000_000))


@dataclass
class Served:
    """A running archive server.

    Args:
        library: Its library folder.
        loop: For tests that look inside.
    """

    port: int
    library: Path
    loop: Loop

    def get(
        self, path: str, headers: dict[str, str] | None = None, method: str = "GET"
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Return an answer with its body, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        """Return a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


def make_library(root: Path, scratch: Path, page: str = PAGE) -> Path:
    """Make a library of one archive called `others`."""
    extra = [
        EntryItem("dien.html", HTML, page, title="Điện Biên"),
        EntryItem("a b/đ?.html", HTML, page, title="Lạ"),
        EntryItem("small.css", "text/css", "p{}"),
        EntryItem("sound.mp3", "audio/mpeg", SOUND),
        EntryItem("odd", "text/html\r\nX-Evil: 1", "x"),
    ]
    archive = make_archive(scratch / "others.zim", extra=extra, name="others")
    change.add(root, [archive], now=NOW, report=lambda *_: None)
    return root


@contextmanager
def serving(
    library: Path,
    *,
    search_socket: Path | None = None,
    trust: Path | None = None,
    usage_socket: Path | None = None,
    grace_s: float = 1.0,
) -> Iterator[Served]:
    """Serve a library from a thread until the block ends."""
    goes_on = threading.Event()
    goes_on.set()
    books = Books(library)
    shared = Shared(books, library, trust) if trust else None
    site = make_site(books, Names(8080, 8081), shared=shared)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        pool = SearchPool(search_socket)
        teller = Teller(usage_socket)
        loop = Loop(
            site, [listener], pool, goes_on.is_set, teller=teller, grace_s=grace_s, tick_s=0.05
        )
        thread = threading.Thread(target=loop.run)
        thread.start()
        try:
            yield Served(listener.getsockname()[1], library, loop)
        finally:
            goes_on.clear()
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture(scope="session")
def others_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("others")
    return make_library(base / "library", base)


@pytest.fixture
def served(others_library: Path) -> Iterator[Served]:
    with serving(others_library) as point:
        yield point


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_shelf(tmp_path_factory.mktemp("kiwix"))


@pytest.fixture
def server(shelf: Path) -> Server:
    return server_of(shelf)
