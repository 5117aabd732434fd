"""An attacker on loopback: archives full of attacks, and a server that counts what reaches it.

The server is also a naive reading point without any protection: there the attacks must work.
"""

import contextlib
import io
import socket
import threading
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from libzim.writer import Creator

from content.builder.zim_item import EntryItem
from tests.content.zim_maker import HTML, png

FILES = Path(__file__).with_name("hostile")
TYPES = {
    ".html": HTML,
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".xsl": "text/xsl",
    ".wav": "audio/wav",
}
SECRETS = {
    "secret.html": "<html><body>SECRET</body></html>",
    "secret.json": '{"word": "SECRET"}',
    "secret.js": "window.stolen = 'SECRET';",
    "keep.html": (
        "<html><head><title>x</title></head><body><script>"
        "try { localStorage.setItem('kept', 'SECRET'); indexedDB.open('SECRET'); } catch (e) {}"
        "document.title = 'kept';</script></body></html>"
    ),
}
WAYS = (
    *("top", "top-href", "top-link", "parent", "self", "link"),
    *("blank", "meta", "form", "base", "download", "history"),
)


@dataclass
class Seen:
    """What reached the attacker, by name."""

    names: set[str] = field(default_factory=set)
    posts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Attacker:
    """Where the attacker listens.

    Args:
        sink: Port that counts.
        naive: Port of the reading point without protection.
        stun: Port that counts calls.
    """

    sink: int
    naive: int
    stun: int
    seen: Seen

    def forget(self) -> Seen:
        """Count anew, and return what counts."""
        self.seen.names.clear()
        self.seen.posts.clear()
        return self.seen


class _Handler(BaseHTTPRequestHandler):
    seen: Seen
    pages: dict[str, str]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/sink/"):
            self.seen.names.add(path.removeprefix("/sink/"))
            self._send("text/plain", b"counted")
        else:
            self._naive(path)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.path.startswith("/sink/"):
            self.seen.posts.append(self.path)
        self.do_GET()

    def _naive(self, path: str) -> None:
        name = path.rpartition("/")[2]
        if name == "leave":
            self._send("", b"", status=302, place="/content/victim/secret.json")
        elif name == "secret.png":
            self._send("image/png", png())
        elif name in self.pages or name in SECRETS:
            text = self.pages.get(name, SECRETS.get(name, ""))
            self._send(TYPES["." + name.rpartition(".")[2]], text.encode())
        elif path.startswith("/wrap/"):
            frame = f"<iframe src='/content/hostile/{name.replace('_', '.')}'></iframe>"
            self._send(HTML, f"<html><body>{frame}</body></html>".encode())
        else:
            self._send(HTML, b"<html><body>SECRET page of the app</body></html>")

    def _send(self, kind: str, body: bytes, *, status: int = 200, place: str = "") -> None:
        self.send_response(status)
        if place:
            self.send_header("Location", place)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def attacking(app_port: int) -> Iterator[tuple[Attacker, dict[str, str]]]:
    """Listen, and yield the pages that attack the reading point at `app_port`."""
    seen = Seen()
    pages: dict[str, str] = {}

    handler = type("Handler", (_Handler,), {"seen": seen, "pages": pages})
    with contextlib.ExitStack() as stack:
        ports = []
        for _ in range(2):
            server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
            server.daemon_threads = True
            stack.callback(server.server_close)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            ports.append(int(server.server_address[1]))
        calls = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        calls.bind(("127.0.0.1", 0))
        threading.Thread(target=_hear, args=(calls, seen), daemon=True).start()
        attacker = Attacker(ports[0], ports[1], int(calls.getsockname()[1]), seen)
        pages.update(_pages(attacker, app_port))
        yield attacker, pages


def _hear(calls: socket.socket, seen: Seen) -> None:
    with contextlib.suppress(OSError):
        while calls.recv(2048):
            seen.names.add("call")


def _pages(attacker: Attacker, app_port: int) -> dict[str, str]:
    values = {
        "@NAIVE@": attacker.naive,
        "@SINK@": attacker.sink,
        "@STUN@": attacker.stun,
        "@APP@": app_port,
        "@CONTENT@": app_port + 1,
    }
    found = {}
    for file in FILES.iterdir():
        text = file.read_text(encoding="utf-8")
        for name, value in values.items():
            text = text.replace(name, str(value))
        found[file.name] = text
    leave = found.pop("leave.html")
    return found | {f"leave-{way}.html": leave for way in WAYS}


def write_archive(path: Path, pages: dict[str, str | bytes], redirects: dict[str, str]) -> Path:
    """Write an archive as others make them, without scruple about paths."""
    creator = Creator(path).config_indexing(False, "eng")
    main = next(iter(pages))
    creator.set_mainpath(main)
    with creator:
        for name, content in pages.items():
            kind = TYPES["." + name.rpartition(".")[2]]
            creator.add_item(EntryItem(name, kind, content, title=name, front=name == main))
        for name, target in redirects.items():
            creator.add_redirection(name, name, target, {})
        creator.add_illustration(48, png())
        for name in ("Name", "Title", "Creator", "Publisher", "Description"):
            creator.add_metadata(name, path.stem)
        creator.add_metadata("Date", "2026-11-24")
        creator.add_metadata("Language", "eng")
    return path


def hostile_archive(path: Path, pages: dict[str, str]) -> Path:
    """Write the archive of attacks; one of its redirects points out of it."""
    out = "../victim/secret.json"
    first = {"attack.html": pages["attack.html"]}
    return write_archive(path, {**first, **pages, out: "{}"}, {"leave": out})


def victim_archive(path: Path) -> Path:
    """Write the archive whose words the attacker wants."""
    return write_archive(path, {**SECRETS, "secret.png": png()}, {})


def friendly_archive(path: Path) -> Path:
    """Write an archive with scripts and storage of its own, as zimit and PhET make them."""
    folder = FILES.with_name("friendly")
    pages: dict[str, str | bytes] = {"index.html": (folder / "index.html").read_text("utf-8")}
    for file in folder.iterdir():
        pages[file.name] = file.read_text(encoding="utf-8")
    pages["tone.wav"] = _tone()
    pages["dot.png"] = png()
    return write_archive(path, pages, {"old": "index.html"})


def _tone() -> bytes:

    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(128 + (one % 40) for one in range(8000)))
    return out.getvalue()
