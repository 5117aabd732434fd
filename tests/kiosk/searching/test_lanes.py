"""Nobody's search holds up another's suggestion, and everyone is answered within two seconds."""

import socket
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.library.search import BUDGET_S
from kiosk.searching import client as client_module
from kiosk.searching import lanes as lanes_module
from kiosk.searching.client import SearchBusyError, SearchClient
from kiosk.searching.jobs import Jobs
from kiosk.searching.lanes import ANSWER_BY_S, MAX_WAITING, MOST_S, Lanes
from kiosk.searching.protocol import Frames, frame
from kiosk.searching.server import TOO_LATE
from tests.kiosk.searching.test_search_process import SEARCH, SUGGEST, ask, process

ANSWERED_S = 2.0


class Busy:
    """A search takes all the time it is given, a suggestion none."""

    def __init__(self) -> None:
        self.budgets: list[float] = []

    def do(self, job: dict[str, Any], budget_s: float) -> dict[str, Any]:
        if job["do"] == "search":
            self.budgets.append(budget_s)
            time.sleep(budget_s)
            return {"partial": True}
        return {"words": []}


def test_a_search_under_way_does_not_hold_up_a_suggestion(tmp_path: Path) -> None:
    with process(tmp_path / "s", Busy()):
        thread = threading.Thread(target=ask, args=(tmp_path / "s", SEARCH))
        thread.start()
        time.sleep(0.1)
        begun = time.monotonic()
        for _ in range(5):
            assert ask(tmp_path / "s", SUGGEST) == {"words": []}
        assert time.monotonic() - begun < 0.5
        assert thread.is_alive()
        thread.join()


def test_fifty_at_once_are_all_answered_within_two_seconds(tmp_path: Path) -> None:
    jobs = Busy()
    took: list[float] = []

    def one() -> None:
        begun = time.monotonic()
        assert ask(tmp_path / "s", SEARCH)["partial"] is True
        took.append(time.monotonic() - begun)

    with process(tmp_path / "s", jobs):
        threads = [threading.Thread(target=one) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(took) == 50
    assert max(took) < ANSWERED_S
    # The first one came alone and could not know of the others; it left them something.
    assert max(jobs.budgets) <= MOST_S
    assert min(jobs.budgets) > 0


def test_the_time_is_shared_among_those_who_wait() -> None:
    lanes = Lanes()
    for _ in range(4):
        assert lanes.put(SEARCH, None)
    shares: list[float] = []
    while len(shares) < 4:
        taken = lanes.take(only_urgent=False)
        assert taken is not None
        shares.append(taken[1])
    assert shares[0] == pytest.approx(ANSWER_BY_S / 4, rel=0.1)
    assert shares[3] == MOST_S


def test_who_waited_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes_module, "ANSWER_BY_S", 0.0)
    with process(tmp_path / "s", Busy()), pytest.raises(SearchBusyError, match="too many"):
        ask(tmp_path / "s", SEARCH)


def test_a_flood_on_one_connection_is_refused_beyond_what_can_wait(tmp_path: Path) -> None:
    with process(tmp_path / "s", Busy()), socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(tmp_path / "s"))
        sock.sendall(frame(SEARCH) * (MAX_WAITING + 40))
        sock.settimeout(5)
        frames = Frames()
        replies: list[dict[str, Any]] = []
        while len(replies) < 30:
            replies += frames.feed(sock.recv(65_536))
        assert TOO_LATE in replies


def test_an_app_keeps_threads_for_its_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "MAX_WAITING", 1)
    with process(tmp_path / "s", Busy()), closing(SearchClient(tmp_path / "s")) as client:

        def one() -> None:
            client.ask(SEARCH)
            client.close()

        thread = threading.Thread(target=one)
        thread.start()
        time.sleep(0.1)
        with pytest.raises(SearchBusyError, match="too many"):
            client.ask(SEARCH)
        assert client.ask(SUGGEST) == {"words": []}  # suggestions do not wait in line
        thread.join()


def test_those_who_left_are_forgotten() -> None:
    lanes = Lanes()
    here, gone = object(), object()
    for asker in (gone, here, gone):
        lanes.put(SEARCH, asker)
    lanes.forget(gone)
    taken = lanes.take(only_urgent=False)
    assert taken is not None
    assert taken[0].asker is here
    lanes.close()
    assert lanes.take(only_urgent=False) is None


def test_an_answer_that_was_cut_short_is_not_kept(library_root: Path) -> None:
    jobs = Jobs(library_root)
    assert jobs.do(SEARCH, 0.0)["partial"] is True
    whole = jobs.do(SEARCH, BUDGET_S)
    assert whole["partial"] is False
    assert jobs.do(SEARCH, 0.0) is whole


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
JOB = st.fixed_dictionaries(
    {},
    optional={
        "do": st.sampled_from(["search", "suggest", "titles", "fulltext", "inside"]) | ANYTHING,
        "words": st.text(max_size=10_000) | ANYTHING,
        "limit": ANYTHING,
        "offset": ANYTHING,
        "query": st.dictionaries(
            st.sampled_from(["form", "collection", "sort", "place", "period"]), ANYTHING
        )
        | ANYTHING,
        "books": ANYTHING,
        "book": ANYTHING,
        "work": ANYTHING,
        "language": ANYTHING,
        "explain": ANYTHING,
    },
)


@pytest.fixture(scope="module")
def jobs(library_root: Path) -> Jobs:
    return Jobs(library_root)


@settings(max_examples=150, deadline=None)
@given(job=JOB)
def test_any_job_is_answered_in_time(jobs: Jobs, job: dict[str, Any]) -> None:
    begun = time.monotonic()
    reply = jobs.do(job)
    assert time.monotonic() - begun < ANSWERED_S
    assert frame(reply)
    assert reply.get("error") != "the search failed"
