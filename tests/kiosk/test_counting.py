"""What phones read from app and archive server comes to one count each, and slows nobody."""

import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from content.catalogue.records import Query
from content.errors import ConfigError, StoreError
from content.library.library import Library
from content.terms import Form, PartKind, Record
from content.usage.cells import Cells
from content.usage.events import Family, Metric
from content.usage.memory import Memory
from content.usage.sighting import Sighting, decode
from content.usage.teller import MAX_WAITING, Teller
from kiosk.app import create_app
from kiosk.config import KioskConfig
from kiosk.recording import record, run
from tests.content.usage.point import cells_of, total
from tests.kiosk.serving.conftest import serving

AGENT = "Mozilla/5.0 (Linux; Android 8.1) Chrome/90"
PHONE = {"User-Agent": AGENT}
REQUESTS = Metric.TOTAL_ITEM_REQUESTS
ONE = Sighting(b"a", b"10.0.0.7", AGENT.encode(), b"/", 200)


@contextmanager
def recording(library: Path, folder: Path) -> Iterator[Path]:
    """Count at a socket until the block ends; then everything is on the disk."""
    goes_on = threading.Event()
    goes_on.set()
    address = folder / "usage.sock"
    arguments = (library, folder / "state", address, Memory(None), goes_on.is_set)
    thread = threading.Thread(target=record, args=arguments)
    thread.start()
    while not address.exists():
        time.sleep(0.01)
    try:
        yield address
    finally:
        goes_on.clear()
        thread.join(10)
        assert not thread.is_alive()


def work_of_form(root: Path, form: Form, kind: PartKind) -> tuple[Record, str]:
    library = Library(root)
    for summary in library.summaries(Query(form=str(form)), limit=100).items:
        found = library.record(summary.identifier)
        if found is not None and found.parts and found.parts[0].kind == kind:
            return found, library.book(found.identifier)
    raise AssertionError(form)


def counts(folder: Path) -> Cells:
    return cells_of(folder / "state")


def test_pages_of_the_app_count(library_root: Path, tmp_path: Path) -> None:
    book, _ = work_of_form(library_root, Form.EBOOK, PartKind.CHAPTER)
    with recording(library_root, tmp_path) as address:
        config = KioskConfig(library=library_root, usage_socket=str(address))
        client = create_app(config).test_client()
        for path in ("/", f"/record/{book.identifier}", f"/read/{book.identifier}/1"):
            for _ in range(2):
                assert client.get(path, headers=PHONE).status_code == 200
        assert client.get("/read/nothing/1", headers=PHONE).status_code == 404
        client.get("/search?q=zzzzqqq", headers=PHONE)
        client.get("/search?q=m%C6%B0%E1%BB%9Dng", headers=PHONE)
        client.get("/healthz", headers=PHONE)
        client.get("/read/nothing", headers={"User-Agent": "curl/8"})
    cells = counts(tmp_path)
    assert total(cells, Metric.VISITS, Family.TRAFFIC) == 1
    assert total(cells, REQUESTS, Family.WORK, book.identifier) == 1
    assert total(cells, Metric.TOTAL_ITEM_INVESTIGATIONS, Family.POINT) == 2
    assert total(cells, Metric.SEARCHES_PLATFORM, Family.TRAFFIC) == 2
    assert total(cells, Metric.UNMET_SEARCHES, Family.TRAFFIC) == 1


def get(port: int, path: str, first: int | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    wanted = {} if first is None else {"Range": f"bytes={first}-"}
    connection.request("GET", path, headers={**PHONE, **wanted})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_pages_and_sound_of_the_archive_server_count(library_root: Path, tmp_path: Path) -> None:
    book, archive = work_of_form(library_root, Form.EBOOK, PartKind.CHAPTER)
    sound, _ = work_of_form(library_root, Form.AUDIOBOOK, PartKind.TRACK)
    with (
        recording(library_root, tmp_path) as address,
        serving(library_root, usage_socket=address) as point,
    ):
        assert get(point.port, f"/content/{archive}/{book.parts[0].path}") == 200
        assert get(point.port, f"/content/{archive}/{book.parts[0].path}") == 200
        assert get(point.port, f"/content/{archive}/{book.covers[0].path}") == 200
        assert get(point.port, f"/content/{archive}/nothing.html") == 404
        assert get(point.port, "/content/others/evil.html") == 200
        track = sound.parts[0].sounds[0]
        assert get(point.port, f"/content/{archive}/{track.path}", track.size_bytes - 10) == 206
        assert get(point.port, f"/content/{archive}/{track.path}", 0) == 206
    cells = counts(tmp_path)
    assert total(cells, REQUESTS, Family.WORK, book.identifier) == 1
    assert total(cells, REQUESTS, Family.FORM, Form.WEBSITE) == 1
    # One phone heard it: that is told, not how much.
    assert total(cells, REQUESTS, Family.FORM, Form.AUDIOBOOK) == 1
    # The phone took the whole file, and with it every chapter that lies in it.
    chapters = sum(part.sounds[0].path == track.path for part in sound.parts)
    assert total(cells, REQUESTS, Family.POINT) == 2 + chapters


def test_what_the_recorder_cannot_take_waits_and_then_is_told_as_lost(tmp_path: Path) -> None:
    address = tmp_path / "sock"
    teller = Teller(address)
    for _ in range(MAX_WAITING + 7):
        teller.tell(ONE)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as recorder:
        recorder.bind(str(address))
        recorder.setblocking(False)
        heard = []
        for _ in range(MAX_WAITING):
            teller.tell(ONE)
            while True:
                try:
                    heard.append(decode(recorder.recv(65_536)))
                except BlockingIOError:
                    break
        assert all(one is not None for one in heard)
        assert sum(one.lost for one in heard if one) >= 7
    teller.close()


def test_a_request_that_is_told_costs_little_even_when_nobody_listens(tmp_path: Path) -> None:
    for address in (tmp_path / "none", None):
        teller = Teller(address)
        began = time.thread_time()
        for _ in range(5_000):
            teller.tell(ONE)
        # 20 us on the box; a loaded machine of other people gets three times that.
        assert (time.thread_time() - began) / 5_000 < 60e-6
        teller.close()


def test_two_recorders_do_not_count_the_same(library_root: Path, tmp_path: Path) -> None:
    with recording(library_root, tmp_path), pytest.raises(StoreError, match="another recorder"):
        record(library_root, tmp_path / "state", tmp_path / "x", Memory(None), lambda: False)


def test_only_our_own_processes_may_tell(library_root: Path, tmp_path: Path) -> None:
    with recording(library_root, tmp_path) as address:
        assert address.stat().st_mode & 0o007 == 0


def test_a_recorder_without_a_socket_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="usage_socket"):
        run(KioskConfig(library=tmp_path))


def test_a_crash_leaves_no_picture_of_memory() -> None:
    asked = (
        "from kiosk.recording import keep_off_disk; keep_off_disk(); import resource, ctypes;"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True, text=True)
    # prctl(2): 3 is PR_GET_DUMPABLE.
    assert done.stdout.split("\n")[0] == "(0, 0) 0"
