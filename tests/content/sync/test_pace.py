"""An update keeps to its rate and its hours, and waits while readers are busy."""

from datetime import UTC, datetime, timedelta

import pytest

from content.sync.pace import LONGEST_FOR_READERS_S, Pace, is_within


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self, hour: int = 12) -> None:
        self.start = datetime(2027, 1, 1, hour, tzinfo=UTC)
        self.slept = 0.0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.slept)

    def monotonic(self) -> float:
        return 100.0 + self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def test_the_mean_rate_is_kept() -> None:
    time = Time()
    pace = Pace(1000.0, now=time.now, sleep=time.sleep, monotonic=time.monotonic)
    for _ in range(10):
        pace(5000)
    assert time.slept == pytest.approx(45.0)


def test_it_waits_for_its_hours() -> None:
    time = Time(hour=20)
    Pace(hours=(22, 5), now=time.now, sleep=time.sleep)(1)
    assert time.now().hour == 22


def test_it_waits_while_readers_are_busy_but_not_for_ever() -> None:
    time = Time()
    pace = Pace(is_busy=lambda: time.slept < 10, now=time.now, sleep=time.sleep)
    pace(1)
    assert time.slept == 10
    pace(1)
    assert time.slept == 10
    time = Time()
    pace = Pace(is_busy=lambda: True, now=time.now, sleep=time.sleep)
    for _ in range(3):
        pace(1)
    assert time.slept == 3 * LONGEST_FOR_READERS_S


@pytest.mark.parametrize(
    ("hours", "hour", "expected"),
    [
        (None, 3, True),
        ((22, 5), 21, False),
        ((22, 5), 22, True),
        ((22, 5), 4, True),
        ((22, 5), 5, False),
        ((8, 10), 8, True),
        ((8, 10), 10, False),
    ],
)
def test_hours_begin_at_the_first_and_end_before_the_last(
    hours: tuple[int, int] | None, hour: int, expected: bool
) -> None:
    assert is_within(hours, hour) is expected
