"""Answers that are ready to send, the least recently used dropped; for one thread."""

from collections import OrderedDict
from dataclasses import dataclass

from kiosk.serving.message import Response

# What an answer takes besides its content: headers, key, and the objects that hold them.
OVERHEAD_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class Ready:
    """A whole answer with the short one that stands for it.

    Args:
        etag: What a client says it has when the short one is enough; b"" when there is none.
    """

    full: Response
    short: Response
    etag: bytes


class ReadyAnswers:
    """Answers by what was asked, bounded by their bytes; 0 keeps none."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[bytes, ...], Ready] = OrderedDict()

    def get(self, key: tuple[bytes, ...]) -> Ready | None:
        """Return the answer kept under `key`."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: tuple[bytes, ...], ready: Ready) -> None:
        """Keep an answer whose pieces hold no memory of their own."""
        size = len(ready.full.body) + OVERHEAD_BYTES
        if size > self._max_bytes // 16 or key in self._kept:
            return
        self._kept[key] = ready
        self._bytes += size
        while self._bytes > self._max_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped.full.body) + OVERHEAD_BYTES

    def clear(self) -> None:
        """Drop everything."""
        self._kept.clear()
        self._bytes = 0
