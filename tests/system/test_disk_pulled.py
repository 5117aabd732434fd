"""A disk pulled out under a reading point is told plainly; put back, the books are there again.

The library lies on an ext4 of its own on a loop device. Pulling is the file system's own shutdown
(EXT4_IOC_SHUTDOWN): from then on every read of it is an error, in a memory map the end of the
process. Nobody starts anything anew but the point itself.
"""

import contextlib
import fcntl
import os
import random
import shutil
import struct
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

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]
# linux/ext4.h: EXT4_IOC_SHUTDOWN is _IOR('X', 125, __u32), 2 is EXT4_GOING_FLAGS_NOLOGFLUSH.
SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
PAGES = 1_500
WITHIN_S = 30


def run(*command: str | Path) -> None:
    subprocess.run([str(one) for one in command], check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Yield where a disk with a library is mounted."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("needs root and mkfs.ext4")
    image, at = tmp_path / "image", tmp_path / "disk"
    at.mkdir()
    with image.open("wb") as file:
        file.truncate(400 << 20)
    run("mkfs.ext4", "-q", image)
    try:
        run("mount", "-o", "loop", image, at)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"loop mounts are not possible here: {error.stderr.decode().strip()}")
    rng = random.Random(3)
    words = [f"chữ{number}" for number in range(4_000)]
    extra = [
        EntryItem(
            f"p/{number}.html", HTML, f"<p>Trang {number}: {' '.join(rng.choices(words, k=900))}"
        )
        for number in range(PAGES)
    ]
    archive = make_archive(tmp_path / "others.zim", extra=extra)
    change.add(at / "library", [archive], now=NOW, report=lambda *_: None, floor_bytes=0)
    os.sync()
    yield at
    with contextlib.suppress(subprocess.CalledProcessError):
        run("umount", "-l", at)


def pull(disk: Path) -> None:
    descriptor = os.open(disk, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    finally:
        os.close(descriptor)


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


def test_a_disk_that_is_pulled_out_is_told_and_may_come_back(disk: Path) -> None:
    rng = random.Random(4)
    port = two_free_ports()

    def a_page() -> tuple[int, str]:
        number = rng.randrange(PAGES)
        return get(f"http://127.0.0.1:{port + 1}/content/others/p/{number}.html")

    with serving(disk / "library", port=port):
        assert "Trang" in soon(a_page, 200)
        pull(disk)
        told = soon(a_page, 503)
        assert "<!doctype html>" in told.lower()
        assert "Traceback" not in told
        # It stays so, and the point itself goes on.
        for _ in range(5):
            assert a_page()[0] == 503
        front = soon(lambda: get(f"http://127.0.0.1:{port}/"), 503)
        assert "Traceback" not in front
        run("umount", "-l", disk)
        # Another file: of the same one, the kernel would give the device that is shut.
        run("cp", "--sparse=always", disk.parent / "image", disk.parent / "again")
        run("mount", "-o", "loop", disk.parent / "again", disk)
        assert "Trang" in soon(a_page, 200)
        soon(lambda: get(f"http://127.0.0.1:{port}/"), 200)
