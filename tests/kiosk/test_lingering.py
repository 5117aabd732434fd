"""A phone that does not end its connection keeps nobody waiting, and has its whole answer."""

import socket
import time
from collections.abc import Iterator

import pytest

from kiosk.lingering import LINGER_S
from tests.kiosk.app_process import app_process

ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an app with one worker."""
    with app_process(tmp_path_factory.mktemp("point"), "--workers", "1") as (_, port):
        yield port


def asked(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), timeout=20)
    sock.sendall(ASK)
    return sock


def answer(sock: socket.socket) -> bytes:
    data = b""
    while more := sock.recv(65_536):
        data += more
    return data


def test_others_are_served_while_phones_hold_their_connections(port: int) -> None:
    holding = [asked(port) for _ in range(6)]
    assert all(answer(one).startswith(b"HTTP/1.1 200") for one in holding)
    begun = time.monotonic()
    with asked(port) as sock:
        assert answer(sock).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - begun < LINGER_S / 2
    for one in holding:
        one.close()


def test_a_phone_that_goes_on_sending_still_has_its_answer(port: int) -> None:
    with asked(port) as sock:
        sock.sendall(b"x" * 20_000)
        assert answer(sock).endswith(b"}\n")


def test_a_connection_held_too_long_is_ended(port: int) -> None:
    with asked(port) as sock:
        assert answer(sock)
        until = time.monotonic() + LINGER_S + 3
        while time.monotonic() < until:
            time.sleep(0.2)
            try:
                sock.sendall(b"x")
            except OSError:
                return
    pytest.fail("the connection is still there")
