"""The reference acceptor behind a real web server, for tests of senders."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from content.sync.invitation import ReportsDesk
from content.sync.message import (
    Kind,
    Message,
    Receipt,
    Verdict,
    accept,
    sign_receipt,
    unseal,
    verify,
)


class Acceptor:
    """Takes messages as docs/reference/reports-protocol.md says; counts what it accepted."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.sealing = X25519PrivateKey.generate()
        self.codes = {"LC-1"}
        self.points: dict[str, Ed25519PublicKey] = {}
        self.counted: dict[tuple[str, int], Message] = {}

    def desk(self, address: str) -> ReportsDesk:
        return ReportsDesk(
            address,
            self.key.public_key().public_bytes_raw(),
            self.sealing.public_key().public_bytes_raw(),
        )

    def take(self, data: bytes) -> bytes:
        inner = json.loads(json.loads(data)["signed"])
        if inner["kind"] == Kind.ENROLMENT:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(inner["body"]["public_key"]))
            message = verify(data, key)
            if message.body["code"] not in self.codes:
                receipt = Receipt(message.point, message.sequence, Verdict.REFUSED, "unknown code")
                return sign_receipt(receipt, self.key)
            self.points[message.point] = key
        found, new = accept(data, self.points, self.counted)
        if new is not None:
            self.counted[new.point, new.sequence] = new
        return sign_receipt(found, self.key)

    def unseal(self, data: bytes) -> bytes:
        return self.take(unseal(data, self.sealing))


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, ReportsServer)
        data = self.rfile.read(int(self.headers["Content-Length"]))
        server.paths.append(self.path)
        mode = server.modes.pop(0) if server.modes else ""
        if mode == "lost request":
            self.close_connection = True
            return
        kind, status = "application/json", 200
        if mode == "portal":
            kind, body = "text/html", b"<html>Dang nhap</html>"
        elif mode == "broken":
            status, body = 500, b"oops"
        else:
            body = server.acceptor.take(data)
        if mode == "lost reply":
            self.close_connection = True
            return
        self.send_response(302 if mode == "redirect" else status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class ReportsServer(http.server.ThreadingHTTPServer):
    """Serves an acceptor; `modes` says how the next answers go wrong."""

    daemon_threads = True

    def __init__(self, acceptor: Acceptor) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.acceptor = acceptor
        self.modes: list[str] = []
        self.paths: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """Clients that break off are part of the test."""


@contextmanager
def reports_server(acceptor: Acceptor) -> Iterator[ReportsServer]:
    server = ReportsServer(acceptor)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def invite(stick: Path, desk: ReportsDesk, code: str = "LC-1") -> Path:
    folder = stick / "diemdoc-outbox"
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"version": 1, "code": code, **desk.as_facts()})
    (folder / "invitation.json").write_text(text)
    return stick
