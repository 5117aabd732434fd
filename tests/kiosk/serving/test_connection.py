"""Slow, broken and hostile phones end alone: whoever behaves is answered."""

import socket
import threading
import time
from pathlib import Path

import pytest

from kiosk.serving import connection, loop
from tests.kiosk.serving.conftest import SOUND, Served, serving

GET = b"GET /content/others/small.css HTTP/1.1\r\nHost: x\r\n\r\n"
SOUND_GET = b"GET /content/others/sound.mp3 HTTP/1.1\r\nHost: x\r\n\r\n"


def read_all(sock: socket.socket) -> bytes:
    """Return what comes until the other side closes."""
    found = b""
    while data := sock.recv(65_536):
        found += data
    return found


def lives(served: Served) -> bool:
    """Return whether a well-behaved phone is answered."""
    return served.get("/content/others/small.css")[1] == b"p{}"


def test_many_requests_on_one_connection(served: Served) -> None:
    with served.connect() as sock:
        for _ in range(3):
            sock.sendall(GET)
            assert sock.recv(65_536).endswith(b"p{}")


def test_requests_sent_ahead_are_answered_in_order(served: Served) -> None:
    head = GET.replace(b"GET", b"HEAD")
    last = GET.replace(b"Host: x", b"Host: x\r\nConnection: close")
    with served.connect() as sock:
        sock.sendall(GET + head + SOUND_GET + last)
        found = read_all(sock)
    assert found.count(b"HTTP/1.1 200 OK") == 4
    assert SOUND in found
    assert found.endswith(b"p{}")


def test_more_requests_ahead_than_any_browser_sends_are_refused(served: Served) -> None:
    with served.connect() as sock:
        sock.sendall(GET * (connection.MAX_WAITING + 1))
        assert read_all(sock).startswith(b"HTTP/1.1 400 ")
    assert lives(served)


def test_a_request_in_single_bytes_is_read(served: Served) -> None:
    with served.connect() as sock:
        for start in range(len(GET)):
            sock.sendall(GET[start : start + 1])
        assert sock.recv(65_536).endswith(b"p{}")


def test_http_1_0_gets_its_answer_and_the_end(served: Served) -> None:
    with served.connect() as sock:
        sock.sendall(b"GET /content/others/small.css HTTP/1.0\r\n\r\n")
        assert read_all(sock).endswith(b"p{}")


def test_a_phone_that_has_said_all_still_gets_its_answer(served: Served) -> None:
    with served.connect() as sock:
        sock.sendall(SOUND_GET)
        sock.shutdown(socket.SHUT_WR)
        assert read_all(sock).endswith(SOUND[-100:])


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"400"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", b"400"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 100 + b"\r\n", b"431"),
    ],
)
def test_garbage_is_refused_and_cut_off(served: Served, sent: bytes, status: bytes) -> None:
    with served.connect() as sock:
        try:
            sock.sendall(sent)
            answer = read_all(sock)
        except ConnectionResetError:
            answer = b"HTTP/1.1 " + status  # cut off while it was still sending
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:80]
    assert lives(served)


def test_one_that_sends_too_slowly_is_cut_off(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.5)
    with served.connect() as sock:
        begun = time.monotonic()
        sock.sendall(b"GET / HTTP/1.1\r\n")
        sock.settimeout(0.1)
        while time.monotonic() - begun < 8:
            try:
                sock.sendall(b"X")
                if not sock.recv(1):
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        assert 0.4 < time.monotonic() - begun < 4


def test_one_that_stops_reading_is_cut_off_and_a_slow_one_is_not(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "STALLED_S", 3.0)
    with served.connect() as slow, served.connect() as stalled:
        for sock in (slow, stalled):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            sock.sendall(SOUND_GET * 2)
        got = 0
        begun = time.monotonic()
        while time.monotonic() - begun < 5:
            got += len(slow.recv(16_384))
            time.sleep(0.02)
        while got < 2 * len(SOUND) and (data := slow.recv(1 << 20)):
            got += len(data)
        assert got >= 2 * len(SOUND)
        # Only what the kernel had taken for the one that stopped is left.
        assert len(read_all(stalled)) < len(SOUND)
    assert lives(served)


def test_one_that_goes_in_the_middle_leaves_nothing(served: Served) -> None:
    for _ in range(20):
        with served.connect() as sock:
            sock.sendall(SOUND_GET)
            sock.recv(1_000)
    assert lives(served)
    deadline = time.monotonic() + 5
    while served.loop._connections and time.monotonic() < deadline:
        time.sleep(0.05)
    assert served.loop._connections == {}
    assert served.loop._of_address == {}


def test_one_address_has_so_many_connections(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "MAX_OF_ONE_ADDRESS", 2)
    served.loop._of_address["192.0.2.7"] = 2
    assert not served.loop._has_room("192.0.2.7")
    assert served.loop._has_room("192.0.2.8")
    assert served.loop._has_room("127.0.0.1")
    del served.loop._of_address["192.0.2.7"]


def test_when_all_places_are_taken_the_idlest_goes(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "MAX_CONNECTIONS", 3)
    idle = [served.connect() for _ in range(3)]
    time.sleep(0.2)
    assert lives(served)
    for sock in idle:
        sock.close()


def test_stopping_waits_for_answers_under_way(others_library: Path) -> None:
    found: list[bytes] = []

    def read_late(sock: socket.socket) -> None:
        time.sleep(0.5)
        found.append(read_all(sock))

    with serving(others_library, grace_s=5.0) as served:
        idle, sock = served.connect(), served.connect()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        sock.sendall(SOUND_GET)
        first = sock.recv(100)
        reader = threading.Thread(target=read_late, args=(sock,))
        reader.start()
    # The block has ended: the loop was told to stop while the sound was under way.
    reader.join()
    assert (first + found[0]).endswith(SOUND[-1_000:])
    assert read_all(idle) == b""
    sock.close()
    idle.close()


def test_an_error_of_ours_is_a_page_and_the_loop_goes_on(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    with monkeypatch.context() as broken:
        broken.setattr(served.loop._site, "answer", fail)
        answer, body = served.get("/content/others/small.css")
        assert answer.status == 500
        assert b"secret" not in body
        assert "Không phải lỗi của bạn" in body.decode()
    assert lives(served)
