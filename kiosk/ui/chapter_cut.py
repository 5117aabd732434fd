"""A chapter cut out of a recording that holds several: whole frames, nothing is decoded.

From MP4 (M4A, M4B) comes AAC in ADTS frames (ISO/IEC 14496-3, 1.A.2), which phones and cheap
players play as `.aac`; from MP3 its own frames. An archive is not trusted: what does not fit is
refused, and nothing is read that the recording does not hold.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from content.mp3 import Frame, frames

MAX_FRAMES = 4_000_000  # a day of sound
_CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_AAC_RATES = 13


class CutError(ValueError):
    """The recording is not of a kind that can be cut, or is damaged."""


def cut_mp3(data: memoryview, start_s: float, end_s: float | None) -> Iterator[bytes]:
    """Yield the frames of an MP3 from `start_s` to `end_s`.

    Raises:
        CutError: It is no MP3.
    """
    found = False
    for frame in frames(data):
        found = True
        if end_s is not None and frame.start_s >= end_s:
            return
        if frame.start_s >= start_s:
            yield bytes(data[frame.offset : frame.offset + frame.size])
    if not found:
        raise CutError("no frame of MPEG audio, layer III")


def cut_mp4(data: memoryview, start_s: float, end_s: float | None) -> Iterator[bytes]:
    """Yield the AAC frames of an MP4 from `start_s` to `end_s`, each with its ADTS header.

    Raises:
        CutError: It holds no AAC, or its tables do not fit.
    """
    track = _sound_track(data)
    header = _adts(track)
    for frame in _mp4_frames(track, len(data)):
        if end_s is not None and frame.start_s >= end_s:
            return
        if frame.start_s >= start_s:
            yield header(frame.size) + bytes(data[frame.offset : frame.offset + frame.size])


def _boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield type and content of each box (ISO/IEC 14496-12, 4.2)."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and at + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        size = len(data) - at if size == 0 else size
        if size < head or at + size > len(data):
            return
        yield kind, data[at + head : at + size]
        at += size


def _tables(data: memoryview, found: dict[bytes, memoryview]) -> dict[bytes, memoryview]:
    """Return the boxes of one track by their types, wherever they are nested."""
    for kind, content in _boxes(data):
        if kind in _CONTAINERS:
            _tables(content, found)
        else:
            found[kind] = content
    return found


def _sound_track(data: memoryview) -> dict[bytes, memoryview]:
    for kind, moov in _boxes(data):
        if kind == b"moov":
            for name, trak in _boxes(moov):
                tables = _tables(trak, {}) if name == b"trak" else {}
                if bytes(tables.get(b"hdlr", memoryview(b""))[8:12]) == b"soun":
                    return tables
    raise CutError("no track of sound")


def _mp4_frames(track: dict[bytes, memoryview], length: int) -> Iterator[Frame]:
    try:
        timescale = _timescale(track[b"mdhd"])
        sizes, chunks, runs = _sizes(track[b"stsz"]), _chunks(track), _runs(track[b"stsc"])
        durations = _durations(track[b"stts"])
    except (KeyError, struct.error, ValueError) as error:
        raise CutError("the tables of the recording do not fit") from error
    number = ticks = 0
    for chunk, offset in enumerate(chunks, start=1):
        per_chunk = next((count for first, count in reversed(runs) if first <= chunk), 0)
        at = offset
        for size in sizes[number : number + per_chunk]:
            if at + size > length:
                raise CutError("a frame lies outside the recording")
            yield Frame(at, size, ticks / timescale)
            ticks += durations[min(number, len(durations) - 1)]
            at += size
            number += 1


def _timescale(mdhd: memoryview) -> int:
    (timescale,) = struct.unpack_from(">I", mdhd, 20 if mdhd[0] == 1 else 12)
    if not timescale:
        raise ValueError("no timescale")
    return int(timescale)


def _sizes(stsz: memoryview) -> list[int]:
    size, count = struct.unpack_from(">II", stsz, 4)
    if count > MAX_FRAMES:
        raise ValueError("too many frames")
    return [size] * count if size else list(struct.unpack_from(f">{count}I", stsz, 12))


def _chunks(track: dict[bytes, memoryview]) -> list[int]:
    table, letter = (track[b"stco"], "I") if b"stco" in track else (track[b"co64"], "Q")
    (count,) = struct.unpack_from(">I", table, 4)
    return list(struct.unpack_from(f">{count}{letter}", table, 8))


def _runs(stsc: memoryview) -> list[tuple[int, int]]:
    """Return from which chunk on how many frames a chunk holds."""
    (count,) = struct.unpack_from(">I", stsc, 4)
    numbers = struct.unpack_from(f">{3 * count}I", stsc, 8)
    return list(zip(numbers[::3], numbers[1::3], strict=True))


def _durations(stts: memoryview) -> list[int]:
    (count,) = struct.unpack_from(">I", stts, 4)
    numbers = struct.unpack_from(f">{2 * count}I", stts, 8)
    if not count or max(accumulate(numbers[::2])) > MAX_FRAMES:
        raise ValueError("too many frames, or none")
    return [
        ticks
        for times, ticks in zip(numbers[::2], numbers[1::2], strict=True)
        for _ in range(times)
    ]


def _adts(track: dict[bytes, memoryview]) -> "AdtsHeader":
    """Return what writes the ADTS header of a frame, from the track's AudioSpecificConfig."""
    data = bytes(track.get(b"stsd", memoryview(b"")))
    at = data.find(b"esds")
    config = data.find(b"\x05", data.find(b"\x04", at) + 14) if at >= 0 else -1
    if b"mp4a" not in data or config < 0:
        raise CutError("the sound is not AAC")
    config += 1
    while config < len(data) and data[config] & 0x80:  # a length in several bytes
        config += 1
    config += 1
    if config + 2 > len(data):
        raise CutError("the sound is not AAC")
    (bits,) = struct.unpack_from(">H", data, config)
    kind, rate, channels = bits >> 11, bits >> 7 & 15, bits >> 3 & 15
    if kind not in {2, 5, 29} or rate >= _AAC_RATES or not 0 < channels < 8:
        raise CutError("the sound is not AAC of a common kind")
    return AdtsHeader(rate, channels)


@dataclass(frozen=True, slots=True)
class AdtsHeader:
    """Writes the seven bytes before a frame of AAC-LC (HE-AAC has an AAC-LC core).

    Args:
        rate: Index of the sampling frequency.
        channels: Channel configuration.
    """

    rate: int
    channels: int

    def __call__(self, size: int) -> bytes:
        """Return the header of a frame of `size` bytes."""
        whole = size + 7
        return bytes(
            (
                0xFF,
                0xF1,
                1 << 6 | self.rate << 2 | self.channels >> 2,
                (self.channels & 3) << 6 | whole >> 11,
                whole >> 3 & 0xFF,
                (whole & 7) << 5 | 0x1F,
                0xFC,
            )
        )
