"""The chunk map of an archive: into which pieces it was cut, and the digest of each.

With it an update fetches only what an installed archive does not hold, goes on where it stopped, by
another carrier if need be, and finds a wrong byte where it is. Format, all numbers little-endian:

    8 bytes   b"diemmap2"
    8 bytes   size of the archive
    20 bytes  for each chunk in order: length (4), the first half of its SHA-256 (16)

Half a digest is as hard to forge as any key here is to guess, and the whole archive is compared
with its signed SHA-256 at the end all the same; a map comes with every update, so its size counts.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from content.errors import TamperedError

MAGIC = b"diemmap2"
DIGEST_BYTES = 16
_HEAD = struct.Struct("<8sQ")
_ENTRY = struct.Struct(f"<I{DIGEST_BYTES}s")
MAX_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of an archive: where it begins, how long it is, its digest."""

    start: int
    length: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class ChunkMap:
    """A checked chunk map; kept packed, since a large archive has 40,000 chunks."""

    size_bytes: int
    packed: bytes

    def __iter__(self) -> Iterator[Chunk]:
        """Yield the chunks in order."""
        start = 0
        for length, digest in _ENTRY.iter_unpack(memoryview(self.packed)[_HEAD.size :]):
            yield Chunk(start, length, digest)
            start += length


def digest_of(data: bytes | memoryview) -> bytes:
    """Return the digest of a chunk."""
    return hashlib.sha256(data).digest()[:DIGEST_BYTES]


def pack(size_bytes: int, chunks: Iterable[tuple[int, bytes]]) -> bytes:
    """Return the file of a map from the length and digest of each chunk."""
    entries = b"".join(_ENTRY.pack(length, digest) for length, digest in chunks)
    return _HEAD.pack(MAGIC, size_bytes) + entries


def parse(data: bytes, size_bytes: int) -> ChunkMap:
    """Return the map in `data`.

    Raises:
        TamperedError: It is no map of an archive of `size_bytes`.
    """
    if len(data) < _HEAD.size or (len(data) - _HEAD.size) % _ENTRY.size:
        raise TamperedError("a chunk map is cut off")
    magic, size = _HEAD.unpack_from(data)
    chunk_map = ChunkMap(size, data)
    if magic != MAGIC or size != size_bytes:
        raise TamperedError("a chunk map belongs to another archive")
    total = 0
    for chunk in chunk_map:
        if not 0 < chunk.length <= MAX_CHUNK:
            raise TamperedError("a chunk map holds an impossible length")
        total += chunk.length
    if total != size_bytes:
        raise TamperedError("a chunk map does not add up to its archive")
    return chunk_map
