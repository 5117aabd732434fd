"""Under the real server: the console's own port, and two workers that know the same people."""

import http.client
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, two_free_ports, wait_for

PIN = "274951"


@contextmanager
def serving(settings: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "kiosk", "serve", "--part", "app", "--config", str(settings)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as server:
        try:
            yield
        finally:
            server.terminate()


def ask(
    port: int, method: str, path: str, cookie: str = "", **form: str
) -> http.client.HTTPResponse:
    """Return an answer, on a connection of its own, so that any worker may give it."""
    host = f"localhost:{port}"
    headers = {"Host": host, "Origin": f"http://{host}", "Cookie": cookie}
    if form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, urllib.parse.urlencode(form) or None, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[tuple[int, int]]:
    port = two_free_ports()
    settings = tmp_path / "diemdoc.toml"
    settings.write_text(
        f'[kiosk]\nlibrary = "{tmp_path}/library"\nbind = "127.0.0.1:{port}"\nworkers = 2\n'
        f'staff_bind = "127.0.0.1:{port + 1}"\nstaff_code = "lan-2026"\n'
    )
    with serving(settings):
        wait_for(f"http://127.0.0.1:{port}/healthz")
        yield port, port + 1


def test_the_console_has_its_own_port_and_every_worker_knows_who_is_in(
    ports: tuple[int, int],
) -> None:
    phones, staff = ports
    assert ask(phones, "GET", "/staff/first").status == 404
    assert ask(staff, "GET", "/staff/first").status == 200
    made = ask(staff, "POST", "/staff/first", code="lan-2026", pin=PIN, again=PIN)
    assert made.status == 303
    cookie = made.headers["Set-Cookie"].partition(";")[0]
    assert {ask(staff, "GET", "/staff/settings", cookie).status for _ in range(12)} == {200}
    assert {ask(phones, "GET", "/staff/settings", cookie).status for _ in range(4)} == {404}
    assert {ask(phones, "GET", "/generate_204").status for _ in range(6)} == {302}
    assert ask(phones, "POST", "/captive/accept").status == 303
    assert {ask(phones, "GET", "/generate_204").status for _ in range(12)} == {204}
    assert ask(staff, "POST", "/staff/sign-out", cookie).status == 303
    assert {ask(staff, "GET", "/staff/settings", cookie).status for _ in range(12)} == {303}
