"""Each part tells systemd that it is ready and that it lives; one that hangs goes silent."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kiosk.watchdog import answers
from tests.browser.conftest import ROOT, two_free_ports

SILENT_S = 1.5
# WatchdogSec= of the test: a quarter of it is the beat.
BEAT_US = 1_200_000


@pytest.fixture
def manager(tmp_path: Path) -> socket.socket:
    """Return the socket on which systemd would hear."""
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(str(tmp_path / "notify"))
    return heard


def start(part: str, folder: Path) -> subprocess.Popen[bytes]:
    port = two_free_ports()
    told = {"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": str(BEAT_US)}
    # A unit gives options as variables.
    told |= {
        "DIEMDOC_SERVE_BIND": f"127.0.0.1:{port}",
        "DIEMDOC_SERVE_LIBRARY": str(folder / "library"),
        "DIEMDOC_SERVE_SEARCH_SOCKET": str(folder / "search.sock"),
        "DIEMDOC_SERVE_WORKERS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "kiosk", "serve", "--part", part],
        env={**os.environ, **told, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


def hear(manager: socket.socket, word: bytes, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while (left := deadline - time.monotonic()) > 0:
        manager.settimeout(left)
        try:
            if manager.recv(200).startswith(word):
                return True
        except TimeoutError:
            break
    return False


@pytest.mark.parametrize("part", ["app", "content", "search", "packing"])
def test_a_part_tells_that_it_lives_until_it_hangs(
    part: str, manager: socket.socket, tmp_path: Path
) -> None:
    with manager, start(part, tmp_path) as process:
        try:
            assert hear(manager, b"READY=1", 20)
            assert hear(manager, b"WATCHDOG=1", 10)
            assert hear(manager, b"WATCHDOG=1", 10)
            os.killpg(process.pid, signal.SIGSTOP)
            while hear(manager, b"", 0.1):
                pass
            assert not hear(manager, b"WATCHDOG=1", SILENT_S)
            os.killpg(process.pid, signal.SIGCONT)
            assert hear(manager, b"WATCHDOG=1", 10)
        finally:
            os.killpg(process.pid, signal.SIGCONT)
            process.terminate()


def test_the_proof_is_an_answer() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        assert not answers(f"127.0.0.1:{listener.getsockname()[1]}")
