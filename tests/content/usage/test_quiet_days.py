"""How often one reader alone read a work is on no disk: restarts, clocks and old files included."""

import json
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from content.clock import BUILT, Trust
from content.database import open_kept
from content.usage.cells import OTHERS, SHARED, Cells, K
from content.usage.events import Family, Figures, Key, Metric
from content.usage.ledger import LEDGER_FILE, MIGRATIONS, Ledger
from content.usage.live import LIVE_FILE
from content.usage.memory import is_in_memory
from tests.content.usage.point import SHM, Point, total, whole

BOOK: Key = (Family.WORK, "w2", "phone", False)
VISITS, REQUESTS = Metric.VISITS, Metric.TOTAL_ITEM_REQUESTS
ONCE: Figures = [1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1]


@pytest.fixture
def point(tmp_path: Path) -> Point:
    return Point(tmp_path)


@pytest.fixture
def in_memory() -> Iterator[Path]:
    if not SHM.is_dir() or not is_in_memory(SHM):
        pytest.skip("no file system in memory here")
    with tempfile.TemporaryDirectory(dir=SHM) as folder:
        yield Path(folder)


def a_visit(point: Point, parts: int = 2, address: str = "10.0.0.7") -> None:
    for part in range(parts):
        point.see(f"/read/w2/{part + 1}", address)
    point.wait(3_600)
    point.flush()


def next_day(point: Point) -> None:
    """Let it be the next morning, when clicks of the day before are counted too."""
    point.wait(86_400 - point.now.timestamp() % 86_400 + 3_600)
    point.flush()
    point.wait(60)
    point.flush()


def told(point: Point) -> Cells:
    return {cell: one for cell, one in point.cells().items() if cell[2][:2] == BOOK[:2]}


def test_days_of_one_reader_are_told_as_one_visit_and_sums_are_right(point: Point) -> None:
    for _ in range(8):
        for _ in range(3):
            a_visit(point)
        next_day(point)
    assert told(point) == {("2027-03", "", BOOK): ONCE}
    for family in (Family.POINT, Family.WORK, Family.FORM, Family.LANGUAGE):
        assert (point.total(VISITS, family), point.total(REQUESTS, family)) == (24, 48)


def test_a_day_of_several_phones_counts_in_full_beside(point: Point) -> None:
    a_visit(point)
    next_day(point)
    for number in range(SHARED):
        a_visit(point, 2, f"10.0.1.{number}")
    next_day(point)
    a_visit(point)
    visits = [SHARED + 1, 0, 0, 0, *[2 * SHARED + 1] * 4, *[SHARED + 1] * 2, 0, 0, 1]
    assert told(point) == {("2027-03", "", BOOK): visits}


def test_one_phone_fewer_is_quiet_and_k_visits_of_one_phone_are_too(point: Point) -> None:
    for number in range(SHARED - 1):
        a_visit(point, 2, f"10.0.1.{number}")
    next_day(point)
    for _ in range(K + 2):
        a_visit(point)
    assert told(point) == {("2027-03", "", BOOK): ONCE}


def test_what_was_only_looked_at_on_quiet_days_is_not_named_at_all(point: Point) -> None:
    point.see("/record/w2")
    point.wait(31)
    point.flush()
    assert told(point) == {}
    assert point.total(Metric.TOTAL_ITEM_INVESTIGATIONS, Family.WORK) == 1
    assert "w2" not in (point.state / LIVE_FILE).read_text()


@pytest.mark.parametrize("keeps", [True, False])
def test_restarts_within_days_tell_no_more(tmp_path: Path, in_memory: Path, *, keeps: bool) -> None:
    point = Point(tmp_path, in_memory if keeps else None)
    for _ in range(4):
        for _ in range(3):
            a_visit(point)
            point.start()
        next_day(point)
        point.start()
    assert told(point) == {("2027-03", "", BOOK): ONCE}
    assert point.total(REQUESTS) == point.total(REQUESTS, Family.WORK) == 24


def test_the_sketch_of_phones_is_in_no_file(tmp_path: Path, in_memory: Path) -> None:
    point = Point(tmp_path, in_memory)
    for number in range(SHARED):
        a_visit(point, 1, f"10.0.1.{number}")
    assert point.total(REQUESTS, Family.WORK, "w2") == SHARED
    point.start()
    point.flush()
    # It does not know any more how many phones they were.
    assert told(point) == {("2027-03", "", BOOK): ONCE}
    assert point.total(REQUESTS, Family.WORK) == SHARED


def test_starts_without_a_clock_are_not_told_apart(point: Point) -> None:
    point.trust, point.now = Trust.FLOOR, BUILT
    for number in range(6):
        point.run, point.at = f"start {number}", 10.0
        point.start()
        a_visit(point)
    lines = {line for _, line, _ in point.cells()}
    assert len(lines - {"?"}) == 1, "of the run under way, and all before together"
    assert [one for (_, line, _), one in told(point).items() if line == "?"] == [ONCE]
    assert point.total(REQUESTS, Family.WORK) == 12
    # A month later all of it is in the ledger.
    point.run, point.at, point.now = "later", 10.0, BUILT + timedelta(days=70)
    point.start()
    point.flush()
    point.flush()
    assert list(told(point).values()) == [ONCE]
    assert point.total(REQUESTS, Family.WORK) == 12


def test_a_clock_that_becomes_right_late_brings_no_second_one(point: Point) -> None:
    a_visit(point)
    point.run, point.at, point.trust = "no clock", 10.0, Trust.FLOOR
    now, point.now = point.now, BUILT
    point.start()
    a_visit(point)
    assert len(told(point)) == 2
    point.now, point.trust = now + timedelta(hours=3), Trust.SYNCHRONISED
    point.flush()
    assert told(point) == {("2027-03", "", BOOK): ONCE}
    assert point.total(REQUESTS, Family.WORK) == 4


def test_a_clock_that_becomes_right_takes_a_whole_shared_day_along(point: Point) -> None:
    point.run, point.at, point.trust = "no clock", 10.0, Trust.FLOOR
    now, point.now = point.now, BUILT
    point.start()
    for number in range(SHARED):
        point.see("/read/w2/1", f"10.0.1.{number}")
    point.flush()
    point.now, point.trust = now, Trust.SYNCHRONISED
    point.wait(31)
    point.flush()
    assert told(point)["2027-03", "", BOOK][VISITS] == SHARED


def late(requests: int) -> Cells:
    """Return what comes late of a quiet month."""
    figures = [requests, 0, 0, 0, *[requests] * 6, 0, 0, 0]
    others: Key = (Family.WORK, OTHERS, "phone", False)
    return {("2027-03", "", BOOK): ONCE.copy(), ("2027-03", "", others): figures}


def test_what_comes_to_the_ledger_late_and_twice_is_cut_and_counts_once(
    point: Point, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(point.state / LEDGER_FILE)
    for number in ("first", "late", "late"):
        ledger.add(number, late(3), [], date(2027, 4, 2))
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "_cut_quiet_visits", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ledger.add("cut off", late(3), [], date(2027, 4, 2))
    cells = ledger.cells("2027-03-01", "2027-03-31")
    ledger.close()
    assert cells["2027-03", "", BOOK] == ONCE
    assert total(cells, REQUESTS, Family.WORK) == 2 * (1 + 3)
    assert whole(point.state)


def test_files_of_the_version_before_open_and_go_on(point: Point) -> None:
    a_visit(point)
    point.recorder.close(point.at)
    path = point.state / LEDGER_FILE
    path.unlink()
    path.touch(mode=0o600)
    old = open_kept(path, MIGRATIONS[:1])
    row = ("2027-02", "", "work", "w2", "phone", 0, 27, *[0] * 3, *[40] * 6, 0, 0)
    old.execute(f"INSERT INTO cell VALUES ({', '.join('?' * len(row))})", row)
    old.close()
    live = json.loads((point.state / LIVE_FILE).read_bytes())
    live["version"] = 1
    for part in ("cells", "closing"):
        live[part] = [cell[:-1] for cell in live[part]]
    (point.state / LIVE_FILE).write_text(json.dumps(live))
    point.start()
    a_visit(point)
    # What was counted stays; what comes is told as it is now.
    assert total(point.cells(), VISITS, Family.WORK, "w2") == 27 + 1 + 1
    assert point.total(REQUESTS, Family.WORK) == 40 + 4
    kept = path.with_name("usage.db.before-2")
    assert kept.stat().st_mode & 0o777 == 0o600
    again = open_kept(kept, MIGRATIONS[:1])
    assert again.execute("SELECT visits FROM cell").fetchone() == (27,)
    again.close()
