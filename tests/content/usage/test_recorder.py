"""Figures come to the disk once, and fine only where many readers are in them."""

import json
import os
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from content.clock import BUILT, Trust
from content.errors import StoreError
from content.usage.cells import OTHERS, K
from content.usage.events import Family, Metric
from content.usage.ledger import LEDGER_FILE, Ledger
from content.usage.live import LIVE_FILE
from content.usage.memory import Memory, is_in_memory
from tests.content.usage.point import BROWSER, SHM, Point, by_surface, whole

REQUESTS = Metric.TOTAL_ITEM_REQUESTS


@pytest.fixture
def in_memory() -> Iterator[Path]:
    if not SHM.is_dir() or not is_in_memory(SHM):
        pytest.skip("no file system in memory here")
    with tempfile.TemporaryDirectory(dir=SHM) as folder:
        yield Path(folder)


@pytest.fixture
def point(tmp_path: Path) -> Point:
    return Point(tmp_path)


def a_day_on(point: Point, days: int = 1) -> None:
    point.wait(days * 86_400)
    point.flush()


def test_reading_listening_taking_along_and_searching_count(point: Point) -> None:
    point.see("/")
    point.see("/record/w1")
    point.see("/read/w2/3")
    point.see("/content/w3@1/page.html", server=b"c")
    point.see("/content/w3/file.pdf?download=x.pdf", server=b"c")
    point.see("/search?q=M%C6%B0%E1%BB%9Dng+Lay")
    point.see("/search?q=nobody", found=False)
    point.wait(31)
    point.flush()
    assert point.total(Metric.VISITS, Family.TRAFFIC) == 1
    assert point.total(REQUESTS) == 3
    assert point.total(Metric.TOTAL_ITEM_INVESTIGATIONS) == 4
    assert point.total(REQUESTS, Family.WORK) == point.total(REQUESTS, Family.FORM) == 3
    # One phone read it: that is told, not how often.
    assert point.total(REQUESTS, Family.WORK, "w3") == 1
    assert point.total(Metric.SEARCHES_PLATFORM, Family.TRAFFIC) == 2
    assert point.total(Metric.UNMET_SEARCHES, Family.TRAFFIC) == 1


@pytest.mark.parametrize(
    ("target", "more"),
    [
        ("/read/w2/1", {"agent": b"curl/8.1"}),
        ("/read/w2/1", {"agent": b"Googlebot/2.1"}),
        ("/read/w2/1", {"status": 404}),
        ("/read/w2/1", {"status": 302}),
        ("/generate_204", {}),
        ("/hotspot-detect.html", {"agent": b"CaptiveNetworkSupport-481"}),
        ("/static/abc/css/app.css", {}),
        ("/cover/w2.svg", {}),
        ("/api/suggest?q=a", {}),
        ("/healthz", {}),
        ("/content/w2/cover.png", {"server": b"c"}),
        ("/content/w2/file.pdf?download=x", {"server": b"c", "status": 206, "wanted": b"bytes=9-"}),
    ],
)
def test_what_is_no_reading_does_not_count(
    point: Point, target: str, more: dict[str, object]
) -> None:
    point.see(target, **more)  # type: ignore[arg-type]
    point.wait(31)
    point.flush()
    assert {key[0] for _, _, key in point.cells()} == {Family.OPEN}


def test_a_datagram_of_nonsense_is_left(point: Point) -> None:
    for data in (
        b"",
        b"1",
        b"\0" * 9,
        b"1" + b"\0x" * 9,
        b"\xff" * 3_000,
        b"2\0a\0\0\0/\0200\0\0\0\0",
    ):
        point.recorder.take(data, point.at)
    point.flush()
    assert {key[0] for _, _, key in point.cells()} == {Family.OPEN}


def test_sound_counts_once_a_chapter_when_enough_was_taken(point: Point) -> None:
    half = 4_000 * 30  # bytes of 30 s
    hear(point, 0, half - 1)
    hear(point, 0, half - 1)
    assert total_after(point) == 0, "the same again is nothing new"
    hear(point, half - 1, 1)
    assert total_after(point) == 1
    hear(point, half, half)
    assert total_after(point) == 1, "once in a visit"
    hear(point, 2_400_000, half - 1)
    assert total_after(point) == 1
    hear(point, 2_400_000 + half - 1, 1)
    assert total_after(point) == 2, "another chapter in the same file"
    point.see("/content/w1/sound.mp3", server=b"c", status=206, wanted=b"bytes=-500", sent=500)
    assert total_after(point) == 2, "a player that looks at the end"


def hear(point: Point, first: int, sent: int) -> None:
    wanted = b"bytes=%d-" % first
    point.see("/content/w1/sound.mp3", server=b"c", status=206, wanted=wanted, sent=sent)


def total_after(point: Point) -> int:
    point.flush()
    return point.total(REQUESTS)


def test_the_touch_screen_is_told_apart_and_a_visit_ends_when_it_idles(point: Point) -> None:
    touch = BROWSER + b" DiemDocTouch"
    for _ in range(3):
        point.see("/read/w2/1", "127.0.0.1", touch)
        point.see("/touch/?idle=1", "127.0.0.1", touch)
        point.wait(5)
    point.see("/staff/usage", "10.0.0.9")
    point.see("/", "10.0.0.8", touch)  # says so, but is not this machine
    point.flush()
    assert by_surface(point.cells(), Metric.VISITS) == {"touch": 3, "staff": 1, "phone": 1}


def test_figures_are_as_fine_as_k_allows(point: Point) -> None:
    for visitor in range(K):
        point.see("/read/w2/1", f"10.0.0.{visitor}")
        if visitor:
            point.see("/read/w4/1", f"10.0.0.{visitor}")
    point.wait(3_600)
    point.see("/read/w4/1", "10.0.0.99")
    point.wait(31)
    point.flush()
    where = {key[1]: when for when, _, key in point.cells() if key[0] == Family.WORK}
    assert where == {"w2": "2027-03-10T08", "w4": "2027-03-10"}
    a_day_on(point)
    point.see("/read/w6/1")
    point.wait(31)
    point.flush()
    where = {key[1]: when for when, _, key in point.cells() if key[0] == Family.WORK}
    few = {"w6": "2027-03", OTHERS: "2027-03"}
    assert where == {"w2": "2027-03-10T08", "w4": "2027-03-10", **few}


def test_days_that_are_over_go_to_the_ledger_once(point: Point) -> None:
    for visitor in range(K):
        point.see("/read/w2/1", f"10.0.0.{visitor}")
    point.see("/read/w4/1")
    point.wait(31)
    point.flush()
    before = point.cells()
    for _ in range(3):
        a_day_on(point)
    after = {cell: one for cell, one in point.cells().items() if cell[2][0] != Family.OPEN}
    assert after == {cell: one for cell, one in before.items() if cell[2][0] != Family.OPEN}
    kept = json.loads((point.state / LIVE_FILE).read_bytes())
    assert {row[0] for row in kept["cells"] if row[2] == Family.WORK} == {"2027-03"}
    a_day_on(point, 40)
    a_day_on(point)
    assert point.total(REQUESTS) == K + 1
    kept = json.loads((point.state / LIVE_FILE).read_bytes())
    assert [row for row in kept["cells"] if row[2] == Family.WORK] == kept["works"] == []


def test_a_restart_counts_nobody_anew_when_it_has_memory(tmp_path: Path, in_memory: Path) -> None:
    for folder, visits in ((in_memory, 1), (None, 2)):
        point = Point(tmp_path / str(visits), folder)
        point.see("/read/w2/1")
        point.wait(31)
        point.flush()
        point.start()
        point.see("/read/w2/2")
        point.wait(31)
        point.flush()
        assert point.total(Metric.VISITS, Family.TRAFFIC) == visits
        assert point.total(REQUESTS) == 2
        assert point.total(Metric.UNIQUE_TITLE_REQUESTS) == visits


def test_memory_of_yesterday_or_of_another_start_is_not_used(
    tmp_path: Path, in_memory: Path
) -> None:
    point = Point(tmp_path, in_memory)
    point.see("/read/w2/1")
    point.flush()
    key = json.loads((in_memory / "usage.memory").read_bytes())["visitors"]["key"]
    point.wait(86_400)
    point.start()
    point.flush()
    assert json.loads((in_memory / "usage.memory").read_bytes())["visitors"]["key"] != key
    point.run = "second run"
    point.at = 5.0
    point.start()
    point.see("/read/w2/1")
    point.wait(31)
    point.flush()
    assert point.total(REQUESTS) == 2


def test_nothing_is_remembered_on_a_disk(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\ntmpfs {tmp_path} tmpfs rw 0 0\n")
    assert is_in_memory(tmp_path / "x", mounts)
    assert not is_in_memory(Path("/var"), mounts)
    mounts.write_text("/dev/sda / ext4 rw 0 0\n")
    assert not is_in_memory(tmp_path, mounts)
    memory = Memory(None)
    memory.save(lambda: {"key": "secret"})
    assert memory.load() is None


def test_time_that_becomes_known_moves_what_was_counted(point: Point) -> None:
    point.run, point.at = "no clock", 50.0
    point.trust, point.now = Trust.FLOOR, BUILT
    point.start()
    for visitor in range(K):
        point.see("/read/w2/1", f"10.0.0.{visitor}")
    point.see("/read/w4/1")
    point.wait(31)
    point.flush()
    assert {line != "" for _, line, key in point.cells() if key[0] != Family.OPEN} == {True}
    visits = point.total(Metric.VISITS, Family.TRAFFIC)
    point.trust = Trust.SYNCHRONISED
    point.now = BUILT + timedelta(days=200, hours=5)
    point.wait(3_600)
    point.flush()
    moved = {
        (when, line, key[1])
        for when, line, key in point.cells()
        if key[0] in {Family.WORK, Family.TRAFFIC}
    }
    real = BUILT + timedelta(days=200, hours=12)
    assert moved == {
        (f"{real:%Y-%m-%dT%H}", "", ""),
        (f"{real:%Y-%m-%dT%H}", "", "w2"),
        (f"{real:%Y-%m}", "", "w4"),
        (f"{real:%Y-%m}", "", OTHERS),
    }
    assert point.total(Metric.VISITS, Family.TRAFFIC) == visits
    # The same people go on with their visits.
    point.see("/read/w2/2", "10.0.0.1")
    point.wait(31)
    point.flush()
    assert point.total(Metric.VISITORS, Family.TRAFFIC) == visits


def test_time_that_never_becomes_known_is_marked_for_ever(point: Point) -> None:
    point.run, point.trust, point.now = "no clock", Trust.FLOOR, BUILT
    point.start()
    point.see("/read/w2/1")
    point.wait(31)
    point.flush()
    point.run, point.trust = "next", Trust.SYNCHRONISED
    point.now = BUILT + timedelta(days=100)
    point.at = 10.0
    point.start()
    point.flush()
    lines = {line for _, line, key in point.cells() if key[0] == Family.TRAFFIC}
    assert lines == {"?"}


def test_words_are_kept_only_when_k_visits_asked_for_them(point: Point) -> None:
    for visitor in range(K - 1):
        for _ in range(3):
            point.see("/search?q=Nguy%E1%BB%85n+V%C4%83n+A", f"10.0.0.{visitor}", found=False)
            point.wait(40)
    point.flush()
    assert "nguyen" not in (point.state / LIVE_FILE).read_text()
    point.see("/search?q=nguyen+van+a", "10.0.0.99", found=False)
    point.see("/search?q=nguyen+van+a", "10.0.0.98", found=False)
    point.wait(31)
    point.flush()
    assert point.total(Metric.VISITS, Family.UNMET, "nguyen van a") == K + 1


def test_a_flush_costs_one_fsync(point: Point, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(os, "fsync", calls.append)
    for _ in range(5):
        point.see("/read/w2/1")
        point.wait(60)
        point.flush()
    assert len(calls) == 5


def test_damaged_files_are_told_in_plain_words(tmp_path: Path) -> None:
    point = Point(tmp_path)
    point.flush()
    point.recorder.close(point.at)
    (point.state / LIVE_FILE).write_text("{")
    with pytest.raises(StoreError, match="is damaged"):
        point.start()
    (point.state / LIVE_FILE).unlink()
    (point.state / LEDGER_FILE).write_bytes(b"no database" * 1_000)
    with pytest.raises(StoreError, match="is damaged"):
        point.start()


def test_what_is_over_for_long_becomes_coarse(point: Point) -> None:
    for _ in range(3):
        for visitor in range(K):
            point.see("/read/w2/1", f"10.0.0.{visitor}")
        a_day_on(point)
    requests = point.total(REQUESTS, Family.WORK)

    def lengths() -> set[int]:
        return {len(when) for when, _, key in point.cells() if key[0] == Family.WORK}

    assert lengths() == {13}
    for days, length in ((390, 13), (20, 10), (1_100, 7)):
        a_day_on(point, days)
        a_day_on(point)
        a_day_on(point)
        assert lengths() == {length}, days
        assert point.total(REQUESTS, Family.WORK) == requests
    assert whole(point.state)


@pytest.mark.parametrize("failing", ["live", "ledger"])
def test_what_a_full_disk_does_not_take_waits_and_counts_once(
    point: Point, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    for visitor in range(K):
        point.see("/read/w2/1", f"10.0.0.{visitor}")
    point.wait(86_400)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for _ in range(3):
        with monkeypatch.context() as patch:
            if failing == "live":
                patch.setattr(os, "fsync", full)
            else:
                patch.setattr(Ledger, "_put", full)
            with pytest.raises(OSError, match="No space"):
                point.flush()
        point.see("/read/w2/1", "10.0.0.99")
        point.wait(86_400)
    point.flush()
    point.wait(86_400)
    point.flush()
    assert point.total(REQUESTS) == K + 3
    assert point.total(Metric.VISITORS, Family.TRAFFIC) == K + 3
    assert whole(point.state)
