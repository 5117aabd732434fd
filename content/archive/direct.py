"""Where an item lies in a ZIM file, so that the kernel can send it, or zstd unpack it, by itself.

libzim tells no offset, so four fields of the file are read here (openZIM: ZIM file format; header,
path pointers, directory entries, clusters). Everything in the file may be hostile: whatever does
not fit is None, and the item is then read through libzim.
"""

import itertools
import os
import struct
from dataclasses import dataclass
from pathlib import Path

MAGIC = 0x044D495A
_HEADER = struct.Struct("<IHH16sIIQQQQIIQ")
_DIRENT = struct.Struct("<HBBIII")
_REDIRECT_OR_OLDER = 0xFFFD
_UNCOMPRESSED = (0, 1)
_ZSTD = 5
_EXTENDED = 0x10
_COMPRESSION = 0x0F
_serials = itertools.count()


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a file: `length` from `offset`."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class BlobPlace:
    """Where an item lies in its cluster.

    Args:
        offset: Where the cluster's table of blobs begins, or the zstd frame with it.
        number: Number of the item's blob in the cluster.
        width: Bytes of an offset in the cluster's table of blobs.
    """

    offset: int
    number: int
    width: int


class DirectAccess:
    """The tables of one ZIM file, read as they are needed.

    Args:
        path: The `.zim` file.

    Attributes:
        serial: A number that no other open file of this process has had.

    Raises:
        OSError: It cannot be opened or read.
    """

    def __init__(self, path: Path) -> None:
        self.serial = next(_serials)
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self.descriptor).st_size
        head = os.pread(self.descriptor, _HEADER.size, 0)
        fields = _HEADER.unpack(head) if len(head) == _HEADER.size else (0,) * 13
        self._is_zim = fields[0] == MAGIC
        self._entries, self._clusters = int(fields[4]), int(fields[5])
        self._path_pointers, self._cluster_pointers = int(fields[6]), int(fields[8])

    def __del__(self) -> None:
        # An answer that is still being sent keeps the file open after the library has let it go.
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)

    def place(self, index: int) -> tuple[int, int] | None:
        """Return cluster and number in it of entry `index`; None for a redirect or nonsense."""
        if not self._is_zim or not 0 <= index < self._entries:
            return None
        offset = self._number(self._path_pointers + 8 * index, 8)
        raw = b"" if offset is None else self.read(offset, _DIRENT.size)
        if len(raw) < _DIRENT.size:
            return None
        kind, _, _, _, cluster, blob = _DIRENT.unpack(raw)
        return None if kind >= _REDIRECT_OR_OLDER or cluster >= self._clusters else (cluster, blob)

    def span(self, index: int, size: int) -> Span | None:
        """Return where the content of entry `index` lies; None when it is compressed.

        Args:
            size: Length of the content as libzim gives it; a file that says otherwise is not
                believed.
        """
        found = self._blob(index)
        if found is None or found[0] not in _UNCOMPRESSED:
            return None
        _, place = found
        first = self._number(place.offset + place.width * place.number, place.width)
        after = self._number(place.offset + place.width * (place.number + 1), place.width)
        if first is None or after is None or after - first != size:
            return None
        offset = place.offset + first
        return Span(offset, size) if offset + size <= self.size else None

    def packed_place(self, index: int) -> BlobPlace | None:
        """Return where entry `index` lies in a cluster of zstd; None when it lies in no such."""
        found = self._blob(index)
        return None if found is None or found[0] != _ZSTD else found[1]

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes of the file; fewer at its end, none beyond it.

        Raises:
            OSError: The disk does not give them.
        """
        return os.pread(self.descriptor, length, offset) if 0 <= offset < self.size else b""

    def answers(self) -> bool:
        """Return whether the disk still gives the file: asks it, not the kernel's memory of it."""
        middle = self.size // 2
        try:
            os.posix_fadvise(self.descriptor, middle, 1, os.POSIX_FADV_DONTNEED)
            return len(os.pread(self.descriptor, 1, middle)) == 1
        except OSError:
            return False

    def _blob(self, index: int) -> tuple[int, BlobPlace] | None:
        """Return the kind of compression of an entry's cluster, and the place in it."""
        place = self.place(index)
        if place is None:
            return None
        cluster, number = place
        start = self._number(self._cluster_pointers + 8 * cluster, 8)
        info = None if start is None else self._number(start, 1)
        if start is None or info is None:
            return None
        width = 8 if info & _EXTENDED else 4
        return info & _COMPRESSION, BlobPlace(start + 1, number, width)

    def _number(self, offset: int, width: int) -> int | None:
        if not 0 <= offset <= self.size - width:
            return None
        raw = os.pread(self.descriptor, width, offset)
        return int.from_bytes(raw, "little") if len(raw) == width else None
