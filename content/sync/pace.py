"""How fast and when an update may fetch: a mean rate, hours of the day, and busy readers.

Readers come first: the whole process runs at the lowest priority, and while they are busy each
request waits. It waits a bounded time, so that a point that is always busy is brought up to date
all the same, only slowly.
"""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

# Longest wait at a stretch, so that a stop is noticed.
_STEP_S = 30.0
# A request brings 8 MB at most (content/sync/fetch.py): about 1 GB an hour beside busy readers.
LONGEST_FOR_READERS_S = 30.0
_LOOK_S = 2.0


def is_within(hours: tuple[int, int] | None, hour: int) -> bool:
    """Return whether an hour of the day lies within `hours`, which may pass midnight."""
    if hours is None:
        return True
    begin, end = hours
    return begin <= hour < end if begin <= end else hour >= begin or hour < end


def give_way() -> None:
    """Put this process behind all others, for processor and disk; where it may not, it goes on."""
    with contextlib.suppress(OSError):
        os.nice(19)
        # sched(7): runs when nothing else wants the processor. The disk follows (ioprio_get(2)).
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


@dataclass
class Pace:
    """Holds an update back; call it with the bytes that are about to be fetched.

    Args:
        bytes_per_s: Mean rate, or None.
        hours: First hour and the hour after the last, local time, or None.
        is_busy: Returns whether readers need the machine at the moment.
    """

    bytes_per_s: float | None = None
    hours: tuple[int, int] | None = None
    is_busy: Callable[[], bool] = lambda: False
    now: Callable[[], datetime] = lambda: datetime.now().astimezone()
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    _free_at: float = field(default=0.0, init=False)

    def __call__(self, wanted_bytes: int) -> None:
        """Return when `wanted_bytes` may be fetched."""
        while not is_within(self.hours, self.now().hour):
            self.sleep(_STEP_S)
        waited = 0.0
        while waited < LONGEST_FOR_READERS_S and self.is_busy():
            self.sleep(_LOOK_S)
            waited += _LOOK_S
        if self.bytes_per_s:
            here = self.monotonic()
            if self._free_at > here:
                self.sleep(self._free_at - here)
            self._free_at = max(here, self._free_at) + wanted_bytes / self.bytes_per_s
