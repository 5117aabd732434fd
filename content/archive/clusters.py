"""Compressed items of archives, unpacked no further than they lie.

libzim 9 reads a compressed cluster through memory maps of a thousand bytes: in a block of 2 MiB
that is half of what a random page costs (docs/measurements/serving.md). Here the cluster's bytes
come in pieces of `PIECE_BYTES` and go through zstd once (RFC 8878; openZIM: ZIM file format,
clusters). Whatever does not fit is None, and the item is then read through libzim.
"""

import threading
from collections import OrderedDict

from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

from content.archive.direct import BlobPlace, DirectAccess

KEPT_BYTES = 8_000_000
PIECE_BYTES = 128 * 1024
# An archive of ours ends its clusters at 2 MiB, others go to some more; a bomb does not.
MAX_BYTES = 32 * 1024 * 1024
# 8 MiB, what zstd's highest usual level asks for; a hostile frame can ask for 2 GiB.
WINDOW_LOG = 23


class Clusters:
    """The clusters that were read last, for several archives and threads.

    Args:
        kept_bytes: How much of them stays unpacked.
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[tuple[int, int], _Cluster] = OrderedDict()
        self._lock = threading.Lock()

    def content(self, file: DirectAccess, index: int, size: int) -> bytes | None:
        """Return the content of entry `index`; None when it is better read through libzim.

        Args:
            size: Length of the content as libzim gives it; a file that says otherwise is not
                believed.

        Raises:
            OSError: The disk does not give it.
        """
        place = file.packed_place(index)
        if place is None:
            return None
        with self._lock:
            key = (file.serial, place.offset)
            cluster = self._kept.pop(key, None) or _Cluster(place.offset)
            try:
                found = cluster.blob(file, place, size)
            except ZstdError:
                return None
            self._kept[key] = cluster
            while len(self._kept) > 1 and self._size() > self._kept_bytes:
                self._kept.popitem(last=False)
            return found

    def _size(self) -> int:
        return sum(len(one.data) for one in self._kept.values())


class _Cluster:
    """One cluster, unpacked from its beginning as far as was asked."""

    def __init__(self, offset: int) -> None:
        self._next = offset
        self._zstd = ZstdDecompressor(options={DecompressionParameter.window_log_max: WINDOW_LOG})
        self.data = bytearray()

    def blob(self, file: DirectAccess, place: BlobPlace, size: int) -> bytes | None:
        """Return a blob when it is `size` long."""
        width = place.width
        at = place.number * width
        if not self._reach(file, at + 2 * width):
            return None
        first = int.from_bytes(self.data[at : at + width], "little")
        after = int.from_bytes(self.data[at + width : at + 2 * width], "little")
        if after - first != size or not self._reach(file, after):
            return None
        return bytes(memoryview(self.data)[first:after])

    def _reach(self, file: DirectAccess, length: int) -> bool:
        """Unpack until `length` bytes are there; return whether they are."""
        if length > MAX_BYTES:
            return False
        while len(self.data) < length and not self._zstd.eof:
            piece = b""
            if self._zstd.needs_input:
                piece = file.read(self._next, PIECE_BYTES)
                if not piece:
                    return False
                self._next += len(piece)
            self.data += self._zstd.decompress(piece, max_length=length - len(self.data))
        return len(self.data) >= length
