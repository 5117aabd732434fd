"""Every count comes to its day: over midnight, restarts, and clocks that become right late."""

import tempfile
from collections import Counter as Multiset
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.clock import BUILT, Reading, Trust
from content.usage.events import Action, Event, Family, Metric
from content.usage.memory import is_in_memory
from content.usage.timeline import Timeline, begin, follow, name_of, shifted
from tests.content.usage.point import MORNING, SHM, Point, Works
from tests.content.usage.slow_model import slow_model

WORKS = Works()
# Steps that go over half an hour, midnight (17:00 UTC) and whole days.
STEPS = st.sampled_from([0, 20, 31, 900, 1_801, 3_600, 7_200, 50_000, 86_400])
DEEDS = st.lists(
    st.tuples(
        STEPS,
        st.sampled_from(["10.0.0.1", "10.0.0.2"]),
        st.integers(0, 2),
        st.integers(1, 2),
        st.sampled_from(["", "flush", "restart"]),
    ),
    min_size=1,
    max_size=25,
)


def by_day(point: Point, metric: Metric) -> Multiset[str]:
    found: Multiset[str] = Multiset()
    for (when, _, key), figures in point.cells().items():
        if key[0] == Family.TRAFFIC and figures[metric]:
            found[when[:10]] += figures[metric]
    return found


def slow_days(events: Sequence[Event], metric: Metric) -> Multiset[str]:
    found: Multiset[str] = Multiset()
    for (minute, key, one), count in slow_model(events).items():
        if key[0] == Family.TRAFFIC and one == metric:
            found[name_of(minute * 60)[:10]] += count
    return found


@settings(max_examples=40, deadline=None)
@given(DEEDS)
def test_over_midnight_and_restarts_it_is_what_the_slow_model_says(
    deeds: list[tuple[int, str, int, int, str]],
) -> None:
    if not SHM.is_dir() or not is_in_memory(SHM):
        pytest.skip("no file system in memory here")
    with (
        mock.patch("os.fsync"),
        tempfile.TemporaryDirectory(dir=SHM) as memory,
        tempfile.TemporaryDirectory() as root,
    ):
        point = Point(Path(root), Path(memory))
        events = []
        for step, address, work, part, then in deeds:
            point.wait(step)
            point.see(f"/read/w{work}/{part}", address)
            at = point.now.timestamp()
            # Nobody is known after midnight: the same phone is another visitor each day.
            visitor = f"{name_of(at)[:10]} {address}".encode()
            events.append(Event(at, visitor, Action.READ, WORKS.record(f"w{work}"), str(part)))
            if then:
                point.flush()
            if then == "restart":
                point.start()
        point.wait(31)
        point.flush()
        for metric in (Metric.VISITS, Metric.VISITORS):
            assert by_day(point, metric) == slow_days(events, metric)
        expected = sum(
            count
            for (_, key, metric), count in slow_model(events).items()
            if key[0] == Family.POINT and metric == Metric.TOTAL_ITEM_REQUESTS
        )
        assert point.total(Metric.TOTAL_ITEM_REQUESTS) == expected
        assert point.total(Metric.TOTAL_ITEM_REQUESTS, Family.WORK) == expected
        # Two phones are few, whenever they come: no work tells how often it was read.
        told = [one for (_, _, key), one in point.cells().items() if key[0] == "work" and key[1]]
        assert {one[Metric.VISITS] for one in told} <= {1}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=8),
    st.integers(0, 10_000),
    st.lists(st.integers(1, 30), max_size=5),
    st.booleans(),
)
def test_a_clock_that_becomes_right_late_brings_visits_to_their_day(
    hours: list[int], ahead: int, after: list[int], restarts: bool
) -> None:
    with mock.patch("os.fsync"), tempfile.TemporaryDirectory() as root:
        point = Point(Path(root))
        point.run, point.at = "no clock", 10.0
        point.trust = Trust.FLOOR
        # The floor stands still, whatever passes; the truth is whole hours away, so none is cut.
        point.now = BUILT
        point.start()
        real = BUILT + timedelta(hours=ahead)
        expected: Multiset[str] = Multiset()
        began = point.at
        number = 0

        def come() -> None:
            nonlocal number
            number += 1
            point.see("/", f"10.0.{number}.1")
            expected[name_of(real.timestamp() + point.at - began)[:10]] += 1

        for step in hours:
            come()
            point.at += step * 3_600
            point.flush()
            if restarts:
                point.start()
        point.trust = Trust.SYNCHRONISED
        point.now = real + timedelta(seconds=point.at - began)
        point.flush()
        for step in after:
            come()
            point.wait(step * 3_600)
            point.flush()
        assert by_day(point, Metric.VISITS) == expected
        lines = {line for _, line, key in point.cells() if key[0] == Family.TRAFFIC}
        assert lines == {""}


def reading(now: datetime, trust: Trust) -> Reading:
    return Reading(now, trust, now, now)


@given(st.lists(st.tuples(st.integers(-400, 400), st.sampled_from(list(Trust))), max_size=12))
def test_once_proved_time_stays_proved_and_unproved_time_moves_as_a_whole(
    jumps: list[tuple[int, Trust]],
) -> None:
    at, moved = 100.0, 0.0
    line = begin(at, reading(MORNING, Trust.FLOOR), "")
    first = line.offset
    for days, trust in jumps:
        at += 60
        before = line
        line, seconds = follow(line, at, reading(MORNING + timedelta(days=days), trust))
        assert line.is_proved >= before.is_proved
        if before.is_proved:
            assert seconds == 0.0
        moved += seconds
        if not before.is_proved:
            assert line.offset == pytest.approx(first + moved)


def test_an_unproved_time_begins_after_the_newest_count() -> None:
    line = begin(5.0, reading(BUILT, Trust.FLOOR), "2031-02-03T04")
    assert line.hour(5.0) == "2031-02-03T04"
    assert begin(5.0, reading(MORNING, Trust.SYNCHRONISED), "2031-02").is_proved


@given(st.integers(0, 4_000_000_000), st.integers(-10_000, 10_000))
def test_days_are_vietnams_and_moving_back_is_moving_back(epoch: int, hours: int) -> None:
    name = name_of(epoch)
    local = datetime.fromtimestamp(epoch, UTC) + timedelta(hours=7)
    assert name == f"{local:%Y-%m-%dT%H}"
    there = shifted(name, hours * 3_600)
    assert shifted(there, -hours * 3_600) == name
    assert shifted(name[:10], hours // 24 * 86_400)[:10] == shifted(name, hours // 24 * 86_400)[:10]
    assert Timeline(float(epoch)).hour(0.0) == name


@given(st.integers(0, 3_599), st.integers(-40_000_000, 40_000_000))
def test_what_moves_is_wrong_by_half_an_hour_at_most(second: int, seconds: int) -> None:
    moment = MORNING.timestamp() + second
    lands = datetime.fromisoformat(shifted(name_of(moment), seconds) + ":00:00+07:00").timestamp()
    # The hour it lands in, made half an hour longer at both ends, holds the moment it was.
    assert lands - 1_800 <= moment + seconds < lands + 3_600 + 1_800
