"""Searches that find nothing: words become known only when enough visits asked for the same.

Until then they are in the memory of this process alone; a restart forgets them. So a name that
somebody typed is never kept.
"""

from content.usage.cells import K

REMEMBERED_DAYS = 30
MAX_QUERIES = 2_000


class Unmet:
    """What was searched for in vain in the last days, not yet by enough."""

    def __init__(self) -> None:
        # Folded words -> visitor -> (day, whether it is handed out).
        self._asked: dict[str, dict[bytes, tuple[int, bool]]] = {}

    def take(self, words: str, visitor: bytes, day: int) -> int:
        """Return how many visits are now to be added to what is kept of these words.

        0 until K asked; a visitor counts once a day, because tomorrow's token is another.

        Args:
            day: Any number that grows by one each day.
        """
        asked = self._asked.setdefault(words, {})
        if visitor in asked:
            return 0
        asked[visitor] = (day, False)
        if len(self._asked) > MAX_QUERIES:
            del self._asked[next(iter(self._asked))]
        if len(asked) < K:
            return 0
        fresh = [one for one, (_, is_out) in asked.items() if not is_out]
        for one in fresh:
            asked[one] = (asked[one][0], True)
        return len(fresh)

    def forget(self, day: int) -> None:
        """Forget what was asked more than some weeks ago; called once a day."""
        for words, asked in list(self._asked.items()):
            kept = {one: when for one, when in asked.items() if day - when[0] < REMEMBERED_DAYS}
            self._asked[words] = kept
            if not kept:
                del self._asked[words]
