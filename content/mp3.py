"""MP3 as a row of frames: where each lies, when it begins, and whether the bit rate varies.

Nothing is decoded. A recording is not trusted: what is no frame ends the row, or is passed over
when frames go on behind it; nothing is read that the recording does not hold.
"""

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# ISO/IEC 11172-3 and 13818-3, layer III: kbit/s by version 1 and 2, Hz by version.
_KBPS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
# Recordings put one behind the other have tags between them, with a picture at times.
_MOST_BETWEEN = 1_000_000
# The largest frame is 1,441 bytes; the header for players stands within the first 200.
_FIRST_BYTES = 4_096
_HEADER_BYTES = 200


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of sound: where it lies in the file and when it begins, in seconds."""

    offset: int
    size: int
    start_s: float


def frames(data: memoryview) -> Iterator[Frame]:
    """Yield the frames of an MP3, up to whatever follows the sound (an ID3v1 tag, an APE tag)."""
    at, time_s = _tag_size(bytes(data[:10])), 0.0
    while at + 4 <= len(data):
        size, duration_s = _header(bytes(data[at : at + 4]))
        if size == 0:
            at = _next_frame(data, at)
        elif at + size > len(data):
            return
        else:
            yield Frame(at, size, time_s)
            at += size
            time_s += duration_s


def varies(path: Path) -> bool:
    """Return whether the bit rate of an MP3 varies, as its frames show and not as it says."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as data,
    ):
        found = frames(data)
        first = next(found, None)
        if first is None:
            return False
        # The frame of the header for players may be smaller than those of sound.
        if stated_bytes(path) is not None:
            first = next(found, first)
        rate = data[first.offset + 2] >> 4
        return any(data[one.offset + 2] >> 4 != rate for one in found)


def stated_bytes(path: Path) -> int | None:
    """Return the bytes an MP3's first frame says the sound has (0: not said), None without it.

    The header stands in the first frame after an ID3v2 tag: `Xing` or `Info` after the side
    information (its length depends on version and channels), `VBRI` 36 bytes in.
    """
    with path.open("rb") as file:
        file.seek(_tag_size(file.read(10)))
        frame = file.read(_FIRST_BYTES)
    sync = re.search(rb"\xff[\xe2-\xff]", frame)
    if sync is None:
        return None
    frame = frame[sync.start() : sync.start() + _HEADER_BYTES]
    if (at := max(frame.find(b"Xing"), frame.find(b"Info"))) > 0:
        flags = int.from_bytes(frame[at + 4 : at + 8], "big")
        where = at + 8 + (4 if flags & 1 else 0)
        return int.from_bytes(frame[where : where + 4], "big") if flags & 2 else 0
    if (at := frame.find(b"VBRI")) > 0:
        return int.from_bytes(frame[at + 10 : at + 14], "big")
    return None


def _tag_size(head: bytes) -> int:
    """Return the bytes of an ID3v2 tag by its first ten (id3v2.4.0, 3.1); 0 without one."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = 10 + sum((byte & 0x7F) << 7 * (3 - place) for place, byte in enumerate(head[6:10]))
    return size + (10 if head[5] & 0x10 else 0)


def _header(head: bytes) -> tuple[int, float]:
    """Return size in bytes and length in seconds of a frame; (0, 0) for what is none."""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    kbps, hz, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    is_frame = head[0] == 0xFF and head[1] >= 0xE0 and layer == 1 and version != 1
    if not is_frame or not 0 < kbps < 15 or hz == 3:
        return 0, 0.0
    rate = _HZ[version][hz]
    samples = 1152 if version == 3 else 576
    bits = _KBPS[1 if version == 3 else 2][kbps] * 1000
    return samples // 8 * bits // rate + padding, samples / rate


def _next_frame(data: memoryview, at: int) -> int:
    """Return where frames go on behind what is none: two in a row; the end when they do not."""
    between = bytes(data[at : at + _MOST_BETWEEN])
    for sync in re.finditer(rb"\xff[\xe2-\xff]..", between, re.DOTALL):
        size, _ = _header(sync[0])
        behind = bytes(data[at + sync.start() + size :][:4])
        if size and len(behind) == 4 and _header(behind)[0]:
            return at + sync.start()
    return len(data)
