"""Cut an archive into chunks that change when, and only when, the content in them does.

Cuts follow the parts of a ZIM file, so an edited text moves its own cluster and nothing beside it.
Large parts are cut further, by their content (FastCDC), so that an insertion moves no other chunk.
What is measured of it: docs/measurements/sync.md; why: docs/adr/0037-chunks-follow-clusters.md.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path

from fastcdc import fastcdc

from content.archive.bounds import parts_of
from content.repository.chunk_map import digest_of, pack

# Parts up to so much are one chunk each.
WHOLE_SIZE = 128 << 10
MIN_SIZE, AVERAGE_SIZE, MAX_SIZE = 32 << 10, 128 << 10, 512 << 10


def make_map(path: Path) -> bytes:
    """Return the chunk map of an archive; the same bytes give the same map."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        with memoryview(mapped) as view:
            chunks = [
                (length, digest_of(view[start : start + length])) for start, length in cut(view)
            ]
        return pack(len(mapped), chunks)


def cut(view: memoryview) -> Iterator[tuple[int, int]]:
    """Yield start and length of each chunk, in order and without gaps."""
    for start, length in parts_of(view):
        if length <= WHOLE_SIZE:
            yield start, length
            continue
        with view[start : start + length] as inside:
            for one in fastcdc(inside, MIN_SIZE, AVERAGE_SIZE, MAX_SIZE):
                yield start + one.offset, one.length
