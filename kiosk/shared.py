"""Small numbers by key that all workers of a server share: in memory only, gone with the server.

Made before the workers are started, so that each inherits it. Nothing of it reaches a disk: it is
a file without a name in memory (memfd_create(2)). A worker that dies leaves no lock behind, because
the kernel gives its record locks back (fcntl(2)).
"""

import fcntl
import mmap
import os
import struct
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

KEY_BYTES = 16
_SLOT = struct.Struct("=16sdd")


class Entry(NamedTuple):
    """What is kept under a key.

    Args:
        tries: A number of the owner's choice.
        until: Seconds of `time.monotonic`, the same in every process, until when it matters.
    """

    tries: float = 0.0
    until: float = 0.0


class Ledger:
    """Entries by keys of 16 bytes; when it is full the one that ends first makes room.

    Args:
        slots: How many entries there is room for.
    """

    def __init__(self, slots: int = 1024) -> None:
        self._file = os.memfd_create("diemdoc-ledger")
        weakref.finalize(self, os.close, self._file)
        os.ftruncate(self._file, slots * _SLOT.size)
        self._map = mmap.mmap(self._file, slots * _SLOT.size)
        self._lock = threading.Lock()

    def get(self, key: bytes) -> Entry:
        """Return what is kept under `key`; nothing kept is zeroes."""
        with self._alone():
            place = self._place(key)
            return Entry() if place is None else self._entry(place)

    def change(self, key: bytes, new: Callable[[Entry], Entry]) -> Entry:
        """Replace what is kept under `key` by what `new` makes of it, and return that."""
        with self._alone():
            place = self._place(key)
            entry = new(Entry() if place is None else self._entry(place))
            _SLOT.pack_into(self._map, self._room() if place is None else place, key, *entry)
            return entry

    def clear(self) -> None:
        """Forget everything."""
        with self._alone():
            self._map[:] = bytes(len(self._map))

    def _place(self, key: bytes) -> int | None:
        """Return the offset of a key's slot; C looks for it: microseconds among 1,000 phones."""
        place = self._map.find(key)
        while place >= 0 and place % _SLOT.size:
            place = self._map.find(key, place + 1)
        return None if place < 0 else place

    def _entry(self, place: int) -> Entry:
        _, tries, until = _SLOT.unpack_from(self._map, place)
        return Entry(tries, until)

    def _room(self) -> int:
        """Return the offset of the slot that is given up: an empty one has ended before all."""
        ends = [until for _, _, until in _SLOT.iter_unpack(self._map)]
        return ends.index(min(ends)) * _SLOT.size

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # A record lock keeps other processes out but not our own threads.
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)
