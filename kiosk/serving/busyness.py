"""How busy readers keep the archive server: requests of the last seconds, for whoever can wait.

A request costs one addition; the rest is done once a second.
"""

from time import monotonic

# Half of what is said comes from the last second, so a pause between two pages is no end.
_WEIGHT = 0.5


class Busyness:
    """Counts requests; `count` is added to by the site, `look` is called about once a second."""

    __slots__ = ("_at", "_before", "count", "requests_per_s")

    def __init__(self) -> None:
        self.count = 0
        self.requests_per_s = 0.0
        self._before = 0
        self._at = monotonic()

    def look(self) -> None:
        """Take the requests since the last look into `requests_per_s`."""
        now = monotonic()
        rate = (self.count - self._before) / max(now - self._at, 1e-3)
        self.requests_per_s += _WEIGHT * (rate - self.requests_per_s)
        self._before, self._at = self.count, now
