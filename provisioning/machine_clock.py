"""The machine's clock across starts, on a board without a battery: it never goes back.

Such a board wakes up on the day its system was made. So what the clock last said is kept in a small
file, every quarter of an hour and at each end, and put back before anything looks at the time. It
is a guess, never a proof: what decides whether a signature has run out is `content.clock` alone.

A board with a clock chip needs none of it, once the chip is right: the time goes there when it is
proved.
"""

import fcntl
import json
import os
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from content.clock import TrustedClock
from content.files import atomic_write
from provisioning.errors import ProvisioningError

LAST = "last-time.json"
# A wrong clock must not be carried on for ever: what lies further ahead is not believed.
MOST_AHEAD = timedelta(days=5 * 366)
_MOST_BYTES = 200
CHIP = Path("/dev/rtc0")
# RTC_SET_TIME of linux/rtc.h: _IOW('p', 0x0a, struct rtc_time), nine ints.
_SET_TIME = 0x4024_700A


def time_to_set(wall: datetime, floor: datetime, last: datetime | None) -> datetime | None:
    """Return what the clock shall be set to at a start, or None when it is right as it is.

    Args:
        wall: What the clock says.
        floor: Before which it certainly is not.
        last: What the clock said last.
    """
    guess = max(floor, last) if last is not None and last - floor <= MOST_AHEAD else floor
    return guess if wall < guess else None


def load_last(folder: Path) -> datetime | None:
    """Return what the clock said last; a damaged file counts as none."""
    try:
        with (folder / LAST).open("rb") as file:
            raw = json.loads(file.read(_MOST_BYTES))
        last = datetime.fromisoformat(raw["time"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return last.astimezone(UTC) if last.tzinfo is not None else None


def save_last(folder: Path, clock: TrustedClock, wall: datetime) -> None:
    """Remember what the clock says, and as proven what a time server keeps right.

    A clock that is behind what is proven is not remembered. After a power cut the time before is
    remembered or this one.
    """
    clock.raise_to_served()
    if wall >= clock.reading().floor:
        data = json.dumps({"time": wall.isoformat(timespec="seconds")}).encode()
        atomic_write(folder / LAST, data)


def write_chip(
    now: datetime, chip: Path = CHIP, ioctl: Callable[[int, int, bytes], object] = fcntl.ioctl
) -> None:
    """Set the clock chip to a time, in UTC as the system reads it.

    Raises:
        ProvisioningError: There is no chip, or it does not take it.
    """
    at = now.astimezone(UTC)
    fields = (at.second, at.minute, at.hour, at.day, at.month - 1, at.year - 1900, 0, 0, 0)
    try:
        descriptor = os.open(chip, os.O_RDONLY | os.O_CLOEXEC)
        try:
            ioctl(descriptor, _SET_TIME, struct.pack("9i", *fields))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise ProvisioningError(
            f"{chip}: the clock chip takes no time ({error.strerror}); its battery may be empty"
        ) from error
