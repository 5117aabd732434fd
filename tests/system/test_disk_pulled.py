"""A disk pulled out under a reading point is told plainly; put back, the books are there again.

The library lies on an ext4 of its own (power.py), and pulling is its shutdown: from then on every
read of it is an error, in a memory map the end of the process. Nobody starts anything anew but the
point itself.
"""

import contextlib
import random
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from content.builder.zim_item import EntryItem
from content.library import change
from tests.browser.conftest import serving, two_free_ports
from tests.content.zim_maker import HTML, make_archive
from tests.kiosk.conftest import NOW
from tests.system.power import Disk, make_disk, run

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]
PAGES = 1_500
WITHIN_S = 30


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Yield a mounted disk with a library."""
    rng = random.Random(3)
    words = [f"chữ{number}" for number in range(4_000)]
    texts = (" ".join(rng.choices(words, k=900)) for _ in range(PAGES))
    extra = [
        EntryItem(f"p/{number}.html", HTML, f"<p>Trang {number}: {text}")
        for number, text in enumerate(texts)
    ]
    archive = make_archive(tmp_path / "others.zim", extra=extra)

    def fill(at: Path) -> None:
        change.add(at / "library", [archive], now=NOW, report=lambda *_: None, floor_bytes=0)

    made = make_disk(tmp_path, fill, megabytes=400)
    run("mount", "-o", "loop", made.image, made.at)
    yield made
    with contextlib.suppress(subprocess.CalledProcessError):
        run("umount", "-l", made.at)


def get(address: str) -> tuple[int, str]:
    """Return status and body; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def soon(ask: Callable[[], tuple[int, str]], status: int) -> str:
    """Return the body as soon as the status is the one wanted."""
    seen = []
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        code, body = ask()
        if code == status:
            return body
        seen.append(code)
        time.sleep(0.2)
    raise AssertionError(f"no {status} within {WITHIN_S} s, only {seen}")


def test_a_disk_that_is_pulled_out_is_told_and_may_come_back(disk: Disk) -> None:
    rng = random.Random(4)
    port = two_free_ports()

    def a_page() -> tuple[int, str]:
        number = rng.randrange(PAGES)
        return get(f"http://127.0.0.1:{port + 1}/content/others/p/{number}.html")

    with serving(disk.at / "library", port=port):
        assert "Trang" in soon(a_page, 200)
        disk.shut_down()
        told = soon(a_page, 503)
        assert "<!doctype html>" in told.lower()
        assert "Traceback" not in told
        # It stays so, and the point itself goes on.
        for _ in range(5):
            assert a_page()[0] == 503
        front = soon(lambda: get(f"http://127.0.0.1:{port}/"), 503)
        assert "Traceback" not in front
        run("umount", "-l", disk.at)
        # Another file: of the same one, the kernel would give the device that is shut.
        run("cp", "--sparse=always", disk.image, disk.copy)
        run("mount", "-o", "loop", disk.copy, disk.at)
        assert "Trang" in soon(a_page, 200)
        soon(lambda: get(f"http://127.0.0.1:{port}/"), 200)
