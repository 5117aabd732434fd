"""Answers that are ready: the least recently used leave when there are too many bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable


class ReadyCache:
    """A thread-safe cache of byte strings, bounded by their total length.

    Args:
        max_bytes: Most bytes kept; an answer larger than a quarter of it is not kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, make: Callable[[], bytes]) -> bytes:
        """Return what is kept under `key`, or make and keep it.

        Two threads that miss at the same time both make it; it is the same.
        """
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = make()
        with self._lock:
            if key not in self._kept and len(made) <= self._max_bytes // 4:
                self._kept[key] = made
                self._bytes += len(made)
                while self._bytes > self._max_bytes:
                    _, dropped = self._kept.popitem(last=False)
                    self._bytes -= len(dropped)
        return made
