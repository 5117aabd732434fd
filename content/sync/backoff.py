"""How long to wait after failures in a row, kept on disk so that a restart does not hammer."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from content.files import atomic_write

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=24)


def wait_after(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row: doubling, at most a day."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - 1, 12)) if failures else timedelta()


class Backoff:
    """The failures of one kind of sending.

    Args:
        path: `{"failures": N, "after": INSTANT}`; a damaged one counts as none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def holds_until(self, now: datetime) -> datetime | None:
        """Return before when nothing is to be sent, or None when it may be sent.

        A clock that was ahead once must not silence a point for ever: longer than a day is no wait.
        """
        _, after = self._load()
        return after if now < after <= now + LONGEST_WAIT else None

    def failed(self, now: datetime) -> None:
        """Remember one failure more; after a power cut it counts or does not."""
        failures, _ = self._load()
        self._save(failures + 1, now + wait_after(failures + 1))

    def succeeded(self, now: datetime) -> None:
        """Forget the failures."""
        self._save(0, now)

    def _load(self) -> tuple[int, datetime]:
        try:
            raw = json.loads(self._path.read_bytes())
            return int(raw["failures"]), datetime.fromisoformat(raw["after"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0, datetime.min.replace(tzinfo=UTC)

    def _save(self, failures: int, after: datetime) -> None:
        data = {"failures": failures, "after": after.isoformat()}
        atomic_write(self._path, json.dumps(data).encode())
