"""Which hour it is, on a box whose clock may not be right yet; pure.

Events are timed by a clock that only counts seconds since the start (CLOCK_BOOTTIME). The timeline
says what that is in the world's time. While the time is not proved, counts are marked with the line
they are on; once it is, all of them move by the same distance. Days are those of Vietnam, UTC+7
without summer time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from content.clock import Reading, Trust

HOUR_S = 3600
DAY_S = 24 * HOUR_S
VIETNAM_S = 7 * HOUR_S
VIETNAM = timezone(timedelta(seconds=VIETNAM_S))
PROVED = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """How seconds since the start become the time.

    Args:
        offset: Seconds to add to get seconds since 1970.
        is_proved: Whether a time server vouched for it, in this run of the machine.
    """

    offset: float
    is_proved: bool = False

    def hour(self, at: float) -> str:
        """Return the hour of a moment, `2026-11-25T14`."""
        return name_of(at + self.offset)


def begin(at: float, reading: Reading, latest: str) -> Timeline:
    """Return the timeline of a machine that has just started.

    Args:
        latest: Newest hour, day or month that has counts: an unproven time begins no earlier.
    """
    now = reading.now.timestamp()
    if reading.trust == Trust.SYNCHRONISED:
        return Timeline(now - at, is_proved=True)
    return Timeline(max(now, _begin_of(latest)) - at)


def follow(line: Timeline, at: float, reading: Reading) -> tuple[Timeline, float]:
    """Return the timeline by a new reading, and by how many seconds counts not proved move.

    What was proved stays so until the machine stops: its clock goes on by itself.
    """
    now = reading.now.timestamp()
    if reading.trust == Trust.SYNCHRONISED:
        moved = Timeline(now - at, is_proved=True)
    elif line.is_proved:
        return line, 0.0
    elif reading.trust == Trust.OFFERED or now > at + line.offset:
        moved = Timeline(now - at)
    else:
        return line, 0.0
    return moved, 0.0 if line.is_proved else moved.offset - line.offset


def shifted(when: str, seconds: float) -> str:
    """Return an hour, day or month moved in time, as coarse as it was.

    An hour goes by its middle, so it is wrong by half an hour at most.
    """
    begin = _begin_of(when)
    middle = {13: HOUR_S / 2, 10: 12 * HOUR_S, 7: 0}[len(when)]
    return name_of(begin + middle + seconds)[: len(when)]


def name_of(epoch_s: float) -> str:
    """Return the hour in Vietnam of a moment, `2026-11-25T14`."""
    return datetime.fromtimestamp(epoch_s, VIETNAM).strftime("%Y-%m-%dT%H")


def _begin_of(when: str) -> float:
    """Return when an hour, day or month begins, in seconds since 1970; 0 for ""."""
    if not when:
        return 0.0
    whole = datetime.fromisoformat(when + "0000-01-01T00"[len(when) :])
    return whole.replace(tzinfo=VIETNAM).timestamp()
