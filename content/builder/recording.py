"""One recording made ready for readers: what is in the file, and the copies that phones need.

A recording goes into the archive as it came where every browser plays it and can seek in it by HTTP
ranges. Otherwise a copy is made, and the librarian is told:

- M4A/M4B with its index (`moov`) at the end: the same sound with the index first, so that a phone
  need not fetch the end of the file before the first second is heard.
- MP3 without a header that states its length (Xing, Info or VBRI), and bare AAC: the same sound
  behind such a header. Without it a player guesses the length, wrongly when the bit rate varies.
- FLAC, WAV, Apple Lossless, films: sound only, as MP3; these are ten times too heavy.
- MP3 of variable bit rate: a copy of constant bit rate is heard, since browsers find a second in
  the original only to within some seconds (docs/adr/0051-jumps-land-in-a-steady-copy.md); the
  original is there to be taken along.
- Ogg (Opus, Vorbis): as it came, and a second recording as MP3, since older iPhones and many cheap
  players know no Ogg.

On request there is also a low-bandwidth copy. Copies that cost minutes are kept in the cache of the
build, named by the SHA-256 of the input and the settings, and replaced in one step.
"""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from content.builder.ffmpeg import Mp3, nearest_mp3, probe, remux, transcode
from content.builder.probe import Probe
from content.errors import SourceError
from content.files import sha256_of
from content.mp3 import stated_bytes, varies
from content.terms import Sound

# Raised when ffmpeg's arguments change, so that copies in old caches are not taken.
COPY_VERSION = 1

# Where nothing was asked for: clear speech at 14.4 MB an hour (docs/measurements/audio.md).
SPEECH_KBPS = 32
# For what comes without loss and may be music; twice for stereo.
FULL_KBPS_PER_CHANNEL = 64

_PLAYED_EVERYWHERE = {("mov", "aac"), ("mp3", "mp3"), ("aac", "aac")}
_PLAYED_MOSTLY = {("ogg", "opus"), ("ogg", "vorbis")}
_SUFFIXES = {"mov": ".m4a", "mp3": ".mp3", "ogg": ".ogg", "aac": ".m4a"}
_CUT = "the file is cut short: its end is missing"
_JUMPS = "its bit rate varies, so that jumps would land seconds away; readers hear a copy"
_COPY_AGAIN = "copy it again from where it came, and compare the sizes"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One file of a recording: the sound as it goes into the archive.

    Args:
        file: Where its bytes are now.
        suffix: What its name ends with, such as `.m4b`.
        sound: Its description; the path is for the caller to give.
    """

    file: Path
    suffix: str
    sound: Sound


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording made ready: its probe and its renditions, the best first.

    Args:
        original: What is taken along where that is not the first rendition.
        notes: What the librarian should know, in plain words: (reason, remedy).
    """

    source: Path
    probe: Probe
    renditions: tuple[Rendition, ...]
    notes: tuple[tuple[str, str], ...] = ()
    original: Rendition | None = None


def prepare_recording(
    path: Path,
    cache: Path,
    work: Path,
    *,
    low_kbps: int = 0,
    report: Callable[[float], None] = lambda _done_s: None,
) -> Recording:
    """Look into a recording and make the copies it needs.

    Args:
        cache: Folder that outlives the run; after a power cut it holds whole copies, and maybe
            `*.part` files that nothing reads.
        work: Folder for copies that are cheap to make; the caller removes it.
        low_kbps: Bit rate of a low-bandwidth copy; 0 makes none.
        report: Called with the seconds of sound converted, in a thread of its own.

    Raises:
        SourceError: The recording cannot be used.
        MissingToolError: ffmpeg is not installed.
    """
    found = probe(path)
    notes = _check_whole(path, found)
    kind = (found.container, found.codec)
    if kind in _PLAYED_EVERYWHERE and not found.has_video:
        first, why = _streamable(path, found, work)
        notes += why
    elif kind in _PLAYED_MOSTLY:
        first = _as_it_came(path, found)
    else:
        channels = 1 if found.channels == 1 else 2
        copy = nearest_mp3(FULL_KBPS_PER_CHANNEL * channels, found.sample_rate, channels)
        first = _copy(path, found, copy, cache, report)
        what = "the film's sound alone" if found.has_video else f"a copy as MP3, not {found.codec}"
        notes += ((f"{what} is in the archive: {copy.bitrate_kbps} kbit/s", ""),)
    if first.file != path:
        # Only with a header is the length known and not guessed.
        found = replace(found, duration_s=probe(first.file).duration_s)
    original = None
    if kind == ("mp3", "mp3") and not found.has_video and varies(first.file):
        original, copy = first, _steady(first, found)
        first = _copy(path, found, copy, cache, report)
        notes += ((f"{_JUMPS}, steady {copy.bitrate_kbps} kbit/s", ""),)
    renditions = [first]
    if (low := _second_copy(first, found, low_kbps)) is not None:
        renditions.append(_copy(path, found, low, cache, report))
    return Recording(path, found, tuple(renditions), notes, original)


def _steady(varying: Rendition, found: Probe) -> Mp3:
    """Return the copy of constant bit rate that is about as good as one whose rate varies."""
    channels = 1 if found.channels == 1 else 2
    mean_kbps = varying.file.stat().st_size / 125 / found.duration_s if found.duration_s else 0
    most_kbps = FULL_KBPS_PER_CHANNEL * channels
    return nearest_mp3(min(round(mean_kbps) or most_kbps, most_kbps), found.sample_rate, channels)


def _second_copy(first: Rendition, found: Probe, low_kbps: int) -> Mp3 | None:
    """Return the copy that old phones or slow links need beside the first, if any."""
    is_ogg = first.suffix in {".ogg", ".opus"}
    if not low_kbps and not is_ogg:
        return None
    copy = nearest_mp3(low_kbps or SPEECH_KBPS, found.sample_rate)
    known = first.sound.bitrate_kbps
    # A copy that saves less than a sixth only fills the disk.
    return copy if is_ogg or not known or known >= 1.2 * copy.bitrate_kbps else None


def _as_it_came(path: Path, found: Probe) -> Rendition:
    suffix = path.suffix.lower()
    fits = {"mov": {".m4a", ".m4b", ".mp4"}, "ogg": {".ogg", ".oga", ".opus"}}
    if suffix not in fits.get(found.container, set()):
        suffix = _SUFFIXES[found.container]
    return _rendition(path, suffix, found)


def _rendition(file: Path, suffix: str, found: Probe) -> Rendition:
    size = file.stat().st_size
    kbps = found.bitrate_kbps or round(size / 125 / found.duration_s) if found.duration_s else 0
    sound = Sound("", found.media_type, size_bytes=size, bitrate_kbps=kbps)
    return Rendition(file, suffix, sound)


def _streamable(
    path: Path, found: Probe, work: Path
) -> tuple[Rendition, tuple[tuple[str, str], ...]]:
    """Return the recording with its index or header in front, and what was done for that."""
    if found.container == "mov" and _moov_is_first(path):
        return _as_it_came(path, found), ()
    if found.container == "mp3" and stated_bytes(path) is not None:
        return _as_it_came(path, found), ()
    handle, name = tempfile.mkstemp(suffix=".remuxed", dir=work)
    os.close(handle)
    made = Path(name)
    target = "mp3" if found.container == "mp3" else "mov"
    remux(path, made, target)
    what = "header that states its length" if target == "mp3" else "index"
    note = (f"the {what} was not at the front; the archive has the same sound with it there", "")
    changed = replace(probe(made), bitrate_kbps=found.bitrate_kbps)
    suffix = path.suffix.lower() if path.suffix.lower() in {".m4a", ".m4b"} else _SUFFIXES[target]
    return _rendition(made, suffix, changed), (note,)


def _copy(
    path: Path, found: Probe, copy: Mp3, cache: Path, report: Callable[[float], None]
) -> Rendition:
    """Return the MP3 copy of a recording, from the cache when it was made before."""
    folder = cache / "sound"
    folder.mkdir(parents=True, exist_ok=True)
    settings = f"v{COPY_VERSION}-{copy.bitrate_kbps}k-{copy.channels}ch-{copy.sample_rate}"
    kept = folder / f"{sha256_of(path)}-{settings}.mp3"
    if not kept.exists():
        handle, name = tempfile.mkstemp(suffix=".part", dir=folder)
        os.close(handle)
        part = Path(name)
        try:
            transcode(path, part, copy, duration_s=found.duration_s, report=report)
            part.replace(kept)
        finally:
            part.unlink(missing_ok=True)
    sound = Sound("", "audio/mpeg", kept.stat().st_size, bitrate_kbps=copy.bitrate_kbps)
    return Rendition(kept, ".mp3", sound)


def _check_whole(path: Path, found: Probe) -> tuple[tuple[str, str], ...]:
    """Return a note when an end is missing that can be done without.

    Raises:
        SourceError: Too much is missing.
    """
    size = path.stat().st_size
    if found.container == "mov":
        end = max((start + length for _, start, length in _boxes(path)), default=0)
        if end > size:
            raise SourceError(_CUT, remedy=_COPY_AGAIN)
    if found.container == "mp3":
        stated = stated_bytes(path)
        # 2 %: tags at the end and padding are not in the stated number.
        if stated and size < stated * 0.98:
            part = f"{100 * size // stated} % of it is there"
            return ((f"{_CUT}; {part}", _COPY_AGAIN),)
    return ()


def _moov_is_first(path: Path) -> bool:
    names = [name for name, _, _ in _boxes(path)]
    return b"moov" in names and (
        b"mdat" not in names or names.index(b"moov") < names.index(b"mdat")
    )


def _boxes(path: Path) -> list[tuple[bytes, int, int]]:
    """Return (name, start, length) of the boxes on the top level (ISO/IEC 14496-12, 4.2)."""
    size = path.stat().st_size
    boxes: list[tuple[bytes, int, int]] = []
    with path.open("rb") as file:
        start = 0
        while start + 8 <= size and len(boxes) < 10_000:
            file.seek(start)
            head = file.read(16)
            length, name = int.from_bytes(head[:4], "big"), head[4:8]
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            elif length == 0:
                length = size - start
            if length < 8:
                break
            boxes.append((name, start, length))
            start += length
    return boxes
