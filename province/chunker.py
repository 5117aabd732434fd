"""Cut an archive into chunks by its content, so that an insertion moves no other chunk."""

import hashlib
import mmap
from pathlib import Path

from fastcdc import fastcdc

from content.repository.chunk_map import pack

# Measured for FINDINGS: about 64 KiB is where bytes moved and size of the map meet.
MIN_SIZE, AVERAGE_SIZE, MAX_SIZE = 16 << 10, 64 << 10, 256 << 10


def make_map(path: Path) -> bytes:
    """Return the chunk map of an archive; the same bytes give the same map."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        chunks = [
            (one.length, hashlib.sha256(data[one.offset : one.offset + one.length]).digest())
            for one in fastcdc(str(path), MIN_SIZE, AVERAGE_SIZE, MAX_SIZE)
        ]
        return pack(len(data), chunks)
