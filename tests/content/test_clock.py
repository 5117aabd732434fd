"""The time never falls below what was proven, and nothing unproven moves that floor."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from content.clock import BUILT, NTP_REACH, ClockState, Trust, TrustedClock, floor_of, read_clock

DAY = timedelta(days=1)
instants = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 -- hypothesis wants them without a zone
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def clock(path: Path, wall: datetime, *, synchronised: bool = False) -> TrustedClock:
    return TrustedClock(
        path / "clock.json", wall=lambda: wall, is_synchronised=lambda: synchronised
    )


@given(instants, instants, instants, st.booleans(), st.none() | instants)
def test_no_time_is_below_the_floor(
    signed: datetime, served: datetime, wall: datetime, synchronised: bool, offered: datetime | None
) -> None:
    state = ClockState(signed, served)
    reading = read_clock(state, wall, is_synchronised=synchronised, offered=offered)
    assert reading.now >= reading.floor >= max(BUILT, signed)
    assert reading.proven >= reading.floor
    assert reading.floor <= max(BUILT, signed) + NTP_REACH
    if not synchronised:
        assert reading.proven == reading.floor


def test_the_clock_of_1970_is_not_believed(tmp_path: Path) -> None:
    reading = clock(tmp_path, datetime(1970, 1, 1, tzinfo=UTC)).reading()
    assert (reading.now, reading.trust) == (BUILT, Trust.FLOOR)


def test_a_clock_500_days_ahead_is_believed_only_when_synchronised(tmp_path: Path) -> None:
    ahead = BUILT + 500 * DAY
    assert clock(tmp_path, ahead).reading().proven == BUILT
    assert clock(tmp_path, ahead, synchronised=True).reading().proven == ahead


def test_a_verified_time_moves_the_floor_and_stays(tmp_path: Path) -> None:
    clock(tmp_path, BUILT).raise_to_signed(BUILT + 30 * DAY)
    clock(tmp_path, BUILT).raise_to_signed(BUILT + 10 * DAY)
    assert clock(tmp_path, BUILT).reading().floor == BUILT + 30 * DAY


def test_an_offered_time_is_marked_and_moves_nothing(tmp_path: Path) -> None:
    one = clock(tmp_path, BUILT)
    reading = one.reading(offered=BUILT + 5 * DAY)
    assert (reading.now, reading.trust) == (BUILT + 5 * DAY, Trust.OFFERED)
    assert reading.proven == BUILT
    assert one.reading().now == BUILT
    assert one.reading(offered=BUILT - DAY).trust == Trust.FLOOR


def test_a_lying_time_server_cannot_lock_the_box_out(tmp_path: Path) -> None:
    clock(tmp_path, BUILT + 9_000 * DAY, synchronised=True).raise_to_served()
    later = clock(tmp_path, BUILT + DAY).reading()
    assert later.floor == BUILT + NTP_REACH
    assert floor_of(ClockState(BUILT, BUILT + 9_000 * DAY)) < BUILT + 400 * DAY


def test_an_unsynchronised_clock_moves_nothing(tmp_path: Path) -> None:
    clock(tmp_path, BUILT + 90 * DAY).raise_to_served()
    assert not (tmp_path / "clock.json").exists()


def test_a_damaged_memory_counts_as_none(tmp_path: Path) -> None:
    for text in ("", "{", "[]", '{"signed": 3, "served": 4}', '{"signed": "2030-01-01"}'):
        (tmp_path / "clock.json").write_text(text)
        assert clock(tmp_path, BUILT).reading().floor == BUILT


def test_build_day_has_come() -> None:
    assert datetime.now(UTC) > BUILT
