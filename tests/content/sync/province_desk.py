"""A small province for tests: a desk with keys in memory, a web server of static files, a point."""

import http.server
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from libzim.writer import Compression, Creator, Hint
from securesystemslib.signer import CryptoSigner

from content.builder.zim_item import EntryItem
from content.clock import BUILT, TrustedClock
from content.repository.carrier import Carrier
from content.repository.client import pin
from content.sync.run import Site, SyncResult, run_sync
from province.desk import Desk
from province.publisher import Change, publish
from province.release import found_repository
from tests.content.zim_maker import png

NOW = BUILT + timedelta(days=1)


def quiet(_words: str, _done: int, _total: int) -> None:
    """Report nothing."""


def media_archive(
    path: Path, items: Mapping[str, bytes], title: str = "", cluster_bytes: int = 2 << 20
) -> Path:
    """Write an archive: texts (`.txt`) compressed, all else stored as it is, in this order."""
    creator = Creator(path).config_indexing(False, "vie").config_compression(Compression.zstd)
    creator.config_clustersize(cluster_bytes)
    creator.set_mainpath("index.html")
    with creator:
        # Metadata first, see content/builder/writer.py.
        creator.add_illustration(48, png())
        for one in ("Title", "Creator", "Publisher", "Description"):
            creator.add_metadata(one, (title or path.stem) if one == "Title" else one)
        creator.add_metadata("Name", path.stem)
        creator.add_metadata("Date", "2026-11-24")
        creator.add_metadata("Language", "vie")
        page = "<html><body>" + path.stem + "</body></html>"
        creator.add_item(EntryItem("index.html", "text/html", page, title="Main", front=True))
        for name, data in items.items():
            kind = "text/plain" if name.endswith(".txt") else "image/jpeg"
            creator.add_item(EntryItem(name, kind, data))
        creator.add_redirection("old", "Old", "index.html", {Hint.FRONT_ARTICLE: False})
    return path


class Province:
    """A desk with one key for each role."""

    def __init__(self, root: Path, name: str = "Lai Châu", collections: str = "") -> None:
        self.desk = Desk(root)
        self.roots = [CryptoSigner.generate_ed25519() for _ in range(3)]
        self.keys = (CryptoSigner.generate_ed25519(), CryptoSigner.generate_ed25519())
        self.now = NOW
        root.mkdir(parents=True)
        self.desk.settings.write_text(
            collections or '[[collection]]\nid = "sach"\ntitle = "Sách"\n', encoding="utf-8"
        )
        self.root = found_repository(self.desk, name, self.roots, *self.keys, NOW)

    @property
    def tree(self) -> Path:
        return self.desk.repository

    def folder(self, collection: str = "sach") -> Path:
        folder = self.desk.root / "collections" / collection
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def publish(self, **more: Any) -> tuple[Change, ...]:
        self.now += timedelta(minutes=1)
        return publish(self.desk, self.keys, self.now, report=quiet, **more)

    def copy(self, to: Path) -> Path:
        """Return a copy of the tree, as a stick would hold it."""
        shutil.copytree(self.tree, to)
        return to


class Reader:
    """A reading point."""

    def __init__(self, root: Path, province: Province) -> None:
        self.site = Site(root / "library", root / "state", floor_bytes=0)
        pin(self.site.trust, province.root)

    def clock(self, wall: datetime = NOW, *, synchronised: bool = False) -> TrustedClock:
        return TrustedClock(
            self.site.state / "clock.json",
            wall=lambda: wall,
            is_synchronised=lambda: synchronised,
        )

    def sync(self, *carriers: Carrier) -> SyncResult:
        return run_sync(self.site, carriers, self.clock(), report=quiet)

    def fingerprint(self) -> dict[str, bytes]:
        """Return every file of library and state, to be compared."""
        return {
            str(path.relative_to(self.site.root.parent)): path.read_bytes()
            for path in sorted(self.site.root.parent.rglob("*"))
            if path.is_file() and path.name != "lock"
        }


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Web)
        server.requests.append(self.path)
        if server.portal:
            self._answer(200, b"<html>Xin moi dang nhap</html>", "text/html")
            return
        if server.redirect:
            self.send_response(302)
            self.send_header("Location", server.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path = server.tree / self.path.lstrip("/")
        if not path.is_file():
            self._answer(404, b"no", "text/plain")
            return
        data, status, extra = path.read_bytes(), 200, {}
        wanted = self.headers.get("Range")
        if wanted and server.ranges:
            begin, _, end = wanted.removeprefix("bytes=").partition("-")
            stop = int(end) + 1 if end else len(data)
            extra["Content-Range"] = f"bytes {begin}-{stop - 1}/{len(data)}"
            data, status = data[int(begin) : stop], 206
        self._answer(status, data, "application/octet-stream", extra)

    def _answer(
        self, status: int, data: bytes, kind: str, extra: dict[str, str] | None = None
    ) -> None:
        server = self.server
        assert isinstance(server, Web)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if server.cut_every is not None:
            if len(data) > server.cut_left:
                data = data[: server.cut_left]
                self.close_connection = True
                server.cut_left = server.cut_every
            else:
                server.cut_left -= len(data)
        self.wfile.write(data)


class Web(http.server.ThreadingHTTPServer):
    """Static files with ranges, which can also misbehave."""

    daemon_threads = True

    def __init__(self, tree: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tree = tree
        self.requests: list[str] = []
        self.ranges = True
        self.portal = False
        self.redirect = ""
        self.cut_every: int | None = None
        self.cut_left = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """Clients that break off are part of the test."""


@contextmanager
def web(tree: Path) -> Iterator[Web]:
    """Serve a tree on loopback."""
    server = Web(tree)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def days(number: float) -> datetime:
    """Return a time so many days after the province began."""
    return NOW + timedelta(days=number)


UTC_1970 = datetime(1970, 1, 1, tzinfo=UTC)
