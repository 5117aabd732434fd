"""Searches are done apart: whoever asks is answered in time, or told that they are not."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from kiosk.searching import client as client_module
from kiosk.searching.client import LocalSearch, SearchBusyError, SearchClient
from kiosk.searching.jobs import Jobs
from kiosk.searching.pool import MAX_QUEUED, SearchPool
from kiosk.searching.protocol import MAX_FRAME, Frames, frame
from kiosk.searching.server import SearchServer

SUGGEST = {"do": "suggest", "words": "con n", "limit": 5}
SEARCH = {"do": "search", "words": "giot suong", "limit": 5, "offset": 0}


def ask(path: Path, job: dict[str, Any]) -> dict[str, Any]:
    """Return the reply to one job on a connection of its own."""
    with closing(SearchClient(path)) as client:
        return client.ask(job)


@contextmanager
def process(path: Path, jobs: Any) -> Iterator[None]:
    """Run a search server in a thread."""
    goes_on = threading.Event()
    goes_on.set()
    thread = threading.Thread(target=SearchServer(path, jobs, goes_on.is_set, tick_s=0.05).run)
    thread.start()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
            probe.connect(str(path))
            break
        time.sleep(0.01)
    try:
        yield
    finally:
        goes_on.clear()
        thread.join(5)
        assert not thread.is_alive()


class Slow:
    """Jobs that take their time."""

    def __init__(self, seconds: float) -> None:
        self.done: list[str] = []
        self._seconds = seconds

    def do(self, job: dict[str, Any], budget_s: float) -> dict[str, Any]:
        time.sleep(self._seconds)
        self.done.append(str(job["do"]))
        return {"words": []}


def test_a_search_and_a_suggestion(library_root: Path, tmp_path: Path) -> None:
    with (
        process(tmp_path / "s", Jobs(library_root)),
        closing(SearchClient(tmp_path / "s")) as client,
    ):
        assert client.ask(SUGGEST)["words"][0] == ["Con nai và giọt sương", "work"]
        assert client.ask(SEARCH)["total"] >= 2
        assert client.ask(SEARCH) == LocalSearch(library_root).ask(SEARCH)


@pytest.mark.parametrize(
    "job",
    [
        {},
        {"do": "nope"},
        {"do": "search"},
        {"do": "search", "words": "x", "limit": "many", "offset": 0},
        {"do": "titles", "book": "nope", "words": "x", "limit": 5},
        {"do": "search", "words": "\ud800\0" * 9, "limit": 5, "offset": 0},
    ],
)
def test_an_odd_job_is_answered_and_the_process_lives(
    library_root: Path, tmp_path: Path, job: dict[str, Any]
) -> None:
    with (
        process(tmp_path / "s", Jobs(library_root)),
        closing(SearchClient(tmp_path / "s")) as client,
    ):
        reply = client.ask(job)
        assert "error" in reply or reply["total"] == 0
        assert client.ask(SUGGEST)["words"]


@pytest.mark.parametrize("sent", [b"\xff\xff\xff\xff", b"\0\0\0\x02[]", b"\0\0\0\x01{", b"x"])
def test_garbage_on_the_socket_ends_that_connection_only(
    library_root: Path, tmp_path: Path, sent: bytes
) -> None:
    with process(tmp_path / "s", Jobs(library_root)):
        with socket.socket(socket.AF_UNIX) as odd:
            odd.connect(str(tmp_path / "s"))
            odd.sendall(sent)
            odd.shutdown(socket.SHUT_WR)
            odd.settimeout(5)
            assert odd.recv(10) == b""
        assert ask(tmp_path / "s", SUGGEST)["words"]


def test_no_process_and_a_slow_one_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SearchBusyError, match="not there"):
        ask(tmp_path / "none", SUGGEST)
    monkeypatch.setattr(client_module, "ANSWER_S", 0.2)
    with process(tmp_path / "s", Slow(0.6)):
        begun = time.monotonic()
        with pytest.raises(SearchBusyError, match="too long"):
            ask(tmp_path / "s", SEARCH)
        assert time.monotonic() - begun < 0.5


def test_a_process_that_was_started_anew_is_found_again(library_root: Path, tmp_path: Path) -> None:
    client = SearchClient(tmp_path / "s")
    for _ in range(2):
        with process(tmp_path / "s", Jobs(library_root)):
            assert client.ask(SUGGEST)["words"]
    client.close()


class Held:
    """Searches that go on until they are let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.let_go = threading.Event()

    def do(self, job: dict[str, Any], budget_s: float) -> dict[str, Any]:
        if job["do"] == "search":
            self.begun.set()
            assert self.let_go.wait(20)
        return {"words": []}


def test_a_suggestion_does_not_wait_for_searches(tmp_path: Path) -> None:
    jobs = Held()
    with process(tmp_path / "s", jobs):
        searches = [
            threading.Thread(target=ask, args=(tmp_path / "s", SEARCH), daemon=True)
            for _ in range(3)
        ]
        for one in searches:
            one.start()
        assert jobs.begun.wait(5)
        assert ask(tmp_path / "s", SUGGEST) == {"words": []}
        assert all(one.is_alive() for one in searches)
        jobs.let_go.set()
        for one in searches:
            one.join(5)


def test_what_nobody_waits_for_is_not_done(tmp_path: Path) -> None:
    jobs = Slow(0.2)
    with process(tmp_path / "s", jobs):
        gone = []
        for _ in range(5):
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(str(tmp_path / "s"))
            sock.sendall(frame(SEARCH))
            gone.append(sock)
        time.sleep(0.05)
        for sock in gone:
            sock.close()
        ask(tmp_path / "s", SUGGEST)
    assert len(jobs.done) <= 3


def wait_for(pool: SearchPool, is_there: Callable[[], bool], seconds: float = 3.0) -> None:
    """Turn a pool's wheel as the loop does."""
    deadline = time.monotonic() + seconds
    while not is_there() and time.monotonic() < deadline:
        for descriptor in list(pool._lines):
            pool.handle(descriptor)
        pool.cut_off_late(time.monotonic())
        time.sleep(0.01)
    assert is_there()


def test_the_pool_answers_each_once_and_never_waits(library_root: Path, tmp_path: Path) -> None:
    replies: list[Any] = []
    with process(tmp_path / "s", Jobs(library_root)):
        pool = SearchPool(tmp_path / "s")
        begun = time.monotonic()
        for _ in range(20):
            pool.ask(SUGGEST, replies.append)
        assert time.monotonic() - begun < 0.1
        wait_for(pool, lambda: len(replies) == 20)
        assert all(one["words"] for one in replies)
        pool.close()


def test_the_pool_refuses_more_than_it_can_queue_and_gives_up_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.searching.pool.ANSWER_S", 0.3)
    replies: list[Any] = []
    with process(tmp_path / "s", Slow(0.5)):
        pool = SearchPool(tmp_path / "s")
        for _ in range(MAX_QUEUED + 10):
            pool.ask(SEARCH, replies.append)
        assert replies.count(None) >= 6
        wait_for(pool, lambda: len(replies) == MAX_QUEUED + 10)
        pool.close()
    assert None in replies


def test_a_pool_without_a_process_says_so_at_once() -> None:
    replies: list[Any] = []
    SearchPool(None).ask(SEARCH, replies.append)
    assert replies == [None]


def test_messages_come_whole_in_any_pieces() -> None:
    sent = frame({"a": "đ"}) + frame({"b": 2})
    for size in (1, 3, 1_000):
        frames, found = Frames(), []
        for start in range(0, len(sent), size):
            found += frames.feed(sent[start : start + size])
        assert found == [{"a": "đ"}, {"b": 2}]
    with pytest.raises(ValueError, match="longer"):
        Frames().feed((MAX_FRAME + 1).to_bytes(4, "big"))
