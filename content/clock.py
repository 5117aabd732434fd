"""What time it is on a box without a clock chip, and how far that may be trusted.

The time never falls below the *floor*: the newest of the day this software was made, the newest
time the province signed in a timestamp that was verified, and the newest time a time server gave.
The machine's own clock counts only while a time server keeps it right. A phone or a staff browser
may offer a time; it is used for counting, marked as unproven, and never moves the floor.

A lying time server may move the floor by at most `NTP_REACH` beyond what was proven, which is less
than a timestamp lives: it can delay an update, never lock the box out for good.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from content.files import atomic_write

# No clock of this software is right before the day it was written; a release moves it on.
BUILT = datetime(2026, 11, 24, tzinfo=UTC)
# Shorter than the 400 days a timestamp lives (province/settings.py).
NTP_REACH = timedelta(days=366)
# systemd-timesyncd(8) makes this file when a time server has set the clock since the start.
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
_MAX_FILE = 4_096


class Trust(StrEnum):
    """How far a time may be trusted, best first."""

    SYNCHRONISED = "synchronised"
    OFFERED = "offered"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class ClockState:
    """What is remembered between starts.

    Args:
        signed: Newest time inside a verified timestamp.
        served: Newest time a time server gave.
    """

    signed: datetime = BUILT
    served: datetime = BUILT


@dataclass(frozen=True, slots=True)
class Reading:
    """A time and how far it is trusted.

    Args:
        floor: What the time is at least; signatures are judged by `proven`.
        proven: The time that may decide whether something has expired.
    """

    now: datetime
    trust: Trust
    floor: datetime
    proven: datetime


def floor_of(state: ClockState, built: datetime = BUILT) -> datetime:
    """Return the time before which it certainly is not."""
    proven = max(built, state.signed)
    return max(proven, min(state.served, proven + NTP_REACH))


def read_clock(
    state: ClockState,
    wall: datetime,
    *,
    is_synchronised: bool,
    offered: datetime | None = None,
    built: datetime = BUILT,
) -> Reading:
    """Return the time, from what is remembered, what the machine says and what was offered."""
    floor = floor_of(state, built)
    if is_synchronised and wall >= floor:
        return Reading(wall, Trust.SYNCHRONISED, floor, wall)
    if offered is not None and offered >= floor:
        return Reading(offered, Trust.OFFERED, floor, floor)
    return Reading(floor, Trust.FLOOR, floor, floor)


class TrustedClock:
    """The clock of a box, with its memory in one small file.

    Args:
        path: The file; its folder is made when the floor first moves.
        wall: Returns what the machine's own clock says.
        is_synchronised: Returns whether a time server keeps that clock right.
    """

    def __init__(
        self,
        path: Path,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        is_synchronised: Callable[[], bool] = _SYNCHRONISED.exists,
        built: datetime = BUILT,
    ) -> None:
        self._path = path
        self._wall = wall
        self._is_synchronised = is_synchronised
        self._built = built

    def reading(self, offered: datetime | None = None) -> Reading:
        """Return the time and how far it is trusted; remembers nothing."""
        return read_clock(
            self._load(),
            self._wall(),
            is_synchronised=self._is_synchronised(),
            offered=offered,
            built=self._built,
        )

    def raise_to_signed(self, signed: datetime) -> None:
        """Move the floor to a time inside a *verified* timestamp; an older one changes nothing.

        After a power cut the floor is the old one or the new one.
        """
        state = self._load()
        if signed > state.signed:
            self._save(replace(state, signed=signed))

    def raise_to_served(self) -> None:
        """Move the floor to the machine's clock, when a time server keeps it right.

        After a power cut the floor is the old one or the new one.
        """
        state = self._load()
        wall = self._wall()
        if self._is_synchronised() and wall > state.served:
            self._save(replace(state, served=wall))

    def _load(self) -> ClockState:
        """Return what is remembered; a damaged file counts as none, which is only less strict."""
        try:
            with self._path.open("rb") as file:
                raw = json.loads(file.read(_MAX_FILE))
            return ClockState(_instant(raw["signed"]), _instant(raw["served"]))
        except (OSError, ValueError, KeyError, TypeError):
            return ClockState(self._built, self._built)

    def _save(self, state: ClockState) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        data = {"signed": state.signed.isoformat(), "served": state.served.isoformat()}
        atomic_write(self._path, json.dumps(data).encode())


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("a time without a zone")
    return instant.astimezone(UTC)
