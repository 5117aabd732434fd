"""Jobs that wait for a worker: urgent ones first, each with its fair share of the time.

A suggestion is a matter of a blink and a search of a second, so one worker takes urgent jobs only:
a search that is under way never holds up a suggestion.
"""

import heapq
import itertools
import threading
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

URGENT = frozenset({"suggest", "titles"})
# Whoever asked is answered within this, whatever else is asked; the rest of the 2 s is the page's.
ANSWER_BY_S = 1.5
# More never wait for each other: the connections are few, and each asks one thing at a time.
MAX_WAITING = 256
# Nobody gets more, so that those who come meanwhile have something left.
MOST_S = 1.0


@dataclass(order=True, slots=True)
class Waiting:
    """A job that waits.

    Args:
        asker: Whom the reply is for; opaque here.
        arrived: Monotonic seconds.
    """

    urgency: int
    number: int
    arrived: float = field(compare=False)
    job: dict[str, Any] = field(compare=False)
    asker: Any = field(compare=False)


class Lanes:
    """The queue between those who ask and the workers, for several threads."""

    def __init__(self) -> None:
        self._heap: list[Waiting] = []
        self._ready = threading.Condition()
        self._numbers = itertools.count()
        self._is_open = True

    def put(self, job: dict[str, Any], asker: Any) -> bool:
        """Have a job done; return False when too many wait already."""
        urgency = 0 if str(job.get("do")) in URGENT else 1
        with self._ready:
            if len(self._heap) >= MAX_WAITING:
                return False
            one = Waiting(urgency, next(self._numbers), monotonic(), job, asker)
            heapq.heappush(self._heap, one)
            self._ready.notify_all()
            return True

    def take(self, *, only_urgent: bool) -> tuple[Waiting, float] | None:
        """Wait for a job and return it with its share of the time; None when the queue is closed.

        The share is what is left until the asker must be answered, divided among all that wait, and
        `MOST_S` at most; it is 0 or less for a job that waited too long.
        """
        with self._ready:
            while self._is_open:
                if self._heap and (not only_urgent or self._heap[0].urgency == 0):
                    one = heapq.heappop(self._heap)
                    left_s = one.arrived + ANSWER_BY_S - monotonic()
                    behind = sum(other.urgency == one.urgency for other in self._heap)
                    return one, min(MOST_S, left_s / (1 + behind))
                self._ready.wait()
        return None

    def forget(self, asker: Any) -> None:
        """Drop the jobs of somebody who has left."""
        with self._ready:
            self._heap = [one for one in self._heap if one.asker is not asker]
            heapq.heapify(self._heap)

    def close(self) -> None:
        """Send the workers home."""
        with self._ready:
            self._is_open = False
            self._ready.notify_all()
