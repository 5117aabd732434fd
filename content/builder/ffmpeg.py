"""The only place that runs ffprobe and ffmpeg for the builder: look into a recording, convert it.

A recording may come from anywhere, so the programs get no say: they open this one local file (as a
`file:` address, so no name is taken for an option or a protocol), only as one of the containers of
`CONTAINERS` (a playlist that names other files is none of them), read a bounded stretch to
recognise it, write a bounded amount, and end by a clock. What they print about errors is not shown;
errors are told here in plain words. Conversions give the same bytes for the same input.
"""

import json
import math
import os
import re
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content.errors import MissingToolError, SourceError
from content.vietnamese import normalize

# Names of ffmpeg's readers; `mov` is MP4, M4A and M4B, `aac` is a bare ADTS stream.
CONTAINERS = ("mov", "mp3", "ogg", "flac", "wav", "aac")

PROBE_TIMEOUT_S = 120.0
# The longest audiobooks are near 100 hours; a small hostile FLAC can claim years.
MAX_DURATION_S = 200 * 3600.0
# Telephone sound has 8,000. Below, a few bytes would become hours.
MIN_SAMPLE_RATE = 4_000
MAX_CHAPTERS = 5_000
MAX_COVER_BYTES = 20_000_000
_MAX_ANSWER_BYTES = 16_000_000
_MAX_TAG = 10_000

# Bit rates of MPEG-2 layer III (sampling up to 24 kHz) and of MPEG-1 layer III.
_LOW_RATES = (16, 24, 32, 40)
_HIGH_RATES = (48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)

# Tags that shops put on recordings which only their own player opens (Audible, iTunes).
_LOCKED = {"aavd", "aavx", "drms", "drmi"}

_READ_SAFELY = (
    *("-protocol_whitelist", "file"),
    *("-format_whitelist", ",".join(CONTAINERS)),
    *("-probesize", "10000000", "-analyzeduration", "10000000"),
)
_SAME_BYTES = ("-fflags", "+bitexact", "-flags:a", "+bitexact")
_REMEDY = "play the file on a computer; if it plays there, convert it to M4A or MP3"


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter as the file states it, in seconds; the title may be empty."""

    start_s: float
    end_s: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a recording says of itself.

    Args:
        container: One of `CONTAINERS`.
        codec: ffmpeg's name of the sound's codec, such as `aac`, `mp3`, `opus`, `vorbis`.
        media_type: IANA media type of the file, with the codec where players need it to choose.
        duration_s: Playing time; 0 is unknown.
        bitrate_kbps: Mean over the sound; 0 is unknown.
        tags: Names in lower case, values NFC without control characters.
        chapters: In order of their start, as stated; not yet checked against the duration.
        has_cover: Whether a picture lies inside.
        has_video: Whether it is a film.
        mended_tags: Whether tags were UTF-8 marked as Latin-1 (`Pháº§n`), and were put right.
    """

    container: str
    codec: str
    media_type: str
    duration_s: float
    bitrate_kbps: int
    channels: int
    sample_rate: int
    tags: Mapping[str, str]
    chapters: tuple[Chapter, ...] = ()
    has_cover: bool = False
    has_video: bool = False
    mended_tags: bool = False


@dataclass(frozen=True, slots=True)
class Mp3:
    """A copy to make: MP3 of constant bit rate (docs/adr/0006-ffmpeg-for-sound.md tells why).

    Args:
        bitrate_kbps: Rounded to the nearest rate that MP3 has.
        channels: 1 for speech; 2 keeps stereo.
    """

    bitrate_kbps: int
    channels: int = 1

    @property
    def rate_kbps(self) -> int:
        """The bit rate that MP3 has nearest to the wanted one."""
        return min((*_LOW_RATES, *_HIGH_RATES), key=lambda one: abs(one - self.bitrate_kbps))

    @property
    def sample_rate(self) -> int:
        """Samples a second: what leaves speech the least dull at this rate."""
        return 22_050 if self.rate_kbps in _LOW_RATES else 44_100


def probe(path: Path) -> Probe:
    """Return what the recording says of itself; only headers are read, not the sound.

    Raises:
        SourceError: It is no recording of a known kind, is damaged, locked, or too long.
        MissingToolError: ffprobe is not installed.
    """
    if path.stat().st_size == 0:
        raise SourceError("the file is empty", remedy="copy it again from where it came")
    entries = (
        "format=format_name,duration,bit_rate:format_tags"
        ":stream=codec_type,codec_name,codec_tag_string,channels,sample_rate,bit_rate,duration"
        ":stream_tags:stream_disposition=attached_pic"
        ":chapter=start_time,end_time:chapter_tags"
    )
    command = ("ffprobe", "-hide_banner", "-v", "quiet", *_READ_SAFELY)
    command = (*command, "-show_entries", entries, "-of", "json", "-i", _address(path))
    status, answer = _run(command, PROBE_TIMEOUT_S, _MAX_ANSWER_BYTES)
    data = _json(answer) if status == 0 else {}
    if not data.get("format"):
        raise SourceError(
            "the file is not a recording that can be played: damaged, cut short, or of another"
            " kind than its name says",
            remedy=_REMEDY,
        )
    return _understand(data)


def extract_cover(path: Path) -> bytes | None:
    """Return the picture inside the recording as it was put there, or None without one."""
    command = ("ffmpeg", "-nostdin", "-hide_banner", "-v", "quiet", *_READ_SAFELY)
    command = (*command, "-i", _address(path), "-map", "0:v:0", "-frames:v", "1")
    command = (*command, "-c", "copy", "-f", "image2pipe", "pipe:1")
    status, picture = _run(command, PROBE_TIMEOUT_S, MAX_COVER_BYTES)
    return picture if status == 0 and picture else None


def transcode(
    path: Path,
    out: Path,
    wanted: Mp3,
    *,
    duration_s: float = 0.0,
    report: Callable[[float], None] = lambda _done_s: None,
) -> None:
    """Write the sound of `path` to `out` anew, without tags, chapters or pictures.

    Args:
        out: Replaced when it exists; incomplete after an error or a power cut, so give a
            temporary name.
        duration_s: As probed; bounds time and size. 0 is unknown.
        report: Called with the seconds of sound that are done, about once a second, in a thread
            of its own.

    Raises:
        SourceError: The sound cannot be decoded, or the disk is full.
    """
    length_s = (duration_s or MAX_DURATION_S) + 60
    limit = int(length_s * wanted.rate_kbps * 125) + 1_000_000
    command = (
        *("ffmpeg", "-nostdin", "-hide_banner", "-v", "quiet", "-y", "-threads", "1"),
        *("-progress", "pipe:1", "-stats_period", "1"),
        *_READ_SAFELY,
        *("-i", _address(path), "-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-c:a", "libmp3lame", "-b:a", f"{wanted.rate_kbps}k", "-ac", str(wanted.channels)),
        *("-ar", str(wanted.sample_rate), "-fs", str(limit)),
        *(*_SAME_BYTES, "-write_xing", "1", "-id3v2_version", "0", "-f", "mp3", _address(out)),
    )
    _make(command, out, limit, 300 + length_s / 4, report)


def remux(path: Path, out: Path, container: str) -> None:
    """Write the same sound to `out` with its index at the front; tags, chapters, picture stay.

    Args:
        out: As for `transcode`.
        container: `mov` gives an M4A that players can seek in by HTTP ranges; `mp3` gives an MP3
            with the header that states its length.

    Raises:
        SourceError: The file is damaged, or the disk is full.
    """
    limit = path.stat().st_size * 2 + 10_000_000
    shape = ("-movflags", "+faststart", "-f", "ipod") if container == "mov" else ("-f", "mp3")
    command = (
        *("ffmpeg", "-nostdin", "-hide_banner", "-v", "quiet", "-y", *_READ_SAFELY),
        *("-i", _address(path), "-map", "0:a:0", "-map", "0:v?", "-c", "copy"),
        *("-map_metadata", "0", "-map_chapters", "0", "-fs", str(limit)),
        *(*_SAME_BYTES, *shape, _address(out)),
    )
    _make(command, out, limit, 300 + limit / 1_000_000, lambda _done_s: None)


def _make(
    command: Sequence[str],
    out: Path,
    limit: int,
    timeout_s: float,
    report: Callable[[float], None],
) -> None:
    status, _ = _run(command, timeout_s, 0, lambda line: _tell(line, report))
    size = out.stat().st_size if out.exists() else 0
    if status != 0 or size == 0:
        raise SourceError(
            "the sound cannot be converted: it is damaged, or the disk is full", remedy=_REMEDY
        )
    if size >= limit:
        raise SourceError("the sound is longer than the file says", remedy=_REMEDY)


def _tell(line: bytes, report: Callable[[float], None]) -> None:
    if (done := re.fullmatch(rb"out_time_us=(\d{1,15})\s*", line)) is not None:
        report(int(done[1]) / 1e6)


def _run(
    command: Sequence[str],
    timeout_s: float,
    limit: int,
    hear: Callable[[bytes], None] | None = None,
) -> tuple[int, bytes]:
    """Run a program; return its status and at most `limit` bytes of what it says.

    Args:
        hear: Called with each line instead of keeping it.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 -- no shell; the file stands behind `file:`
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise MissingToolError(
            f"the program {command[0]} is not installed; on Debian and Ubuntu:"
            " sudo apt install ffmpeg"
        ) from error
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    clock = threading.Timer(timeout_s, stop)
    clock.start()
    said = b""
    try:
        with process:
            assert process.stdout is not None
            if hear is None:
                said = process.stdout.read(limit + 1)
                if len(said) > limit:
                    process.kill()
            else:
                for line in iter(lambda: process.stdout.readline(4096), b""):
                    hear(line)
    finally:
        clock.cancel()
        process.kill()
    if late.is_set():
        minutes = math.ceil(timeout_s / 60)
        raise SourceError(
            f"reading the recording took more than {minutes} minutes, so it was left",
            remedy=_REMEDY,
        )
    if len(said) > limit:
        raise SourceError("the recording holds more tags or pictures than can be used")
    return process.returncode, said


def _address(path: Path) -> str:
    """Return the path as the programs take it: never an option, never a protocol."""
    return "file:" + os.path.abspath(path)  # noqa: PTH100 -- Path.resolve would follow links


def _json(answer: bytes) -> dict[str, Any]:
    try:
        data = json.loads(answer.decode("utf-8", "replace"))
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _understand(data: dict[str, Any]) -> Probe:
    form = data["format"]
    streams = data.get("streams", [])
    sound = next((one for one in streams if one.get("codec_type") == "audio"), None)
    if sound is None:
        raise SourceError("the file holds no sound", remedy="take the file with the recording")
    if sound.get("codec_tag_string") in _LOCKED:
        raise SourceError(
            "the recording is locked by the shop that sold it (DRM)",
            remedy="ask the publisher for a copy without a lock",
        )
    pictures = [one for one in streams if one.get("codec_type") == "video"]
    inside = [bool(one.get("disposition", {}).get("attached_pic")) for one in pictures]
    duration_s = _number(form.get("duration")) or _number(sound.get("duration"))
    if duration_s > MAX_DURATION_S:
        raise SourceError(
            f"the recording says it lasts {duration_s / 3600:.0f} hours;"
            f" {MAX_DURATION_S / 3600:.0f} is the most",
            remedy="split it into several files",
        )
    sample_rate = int(_number(sound.get("sample_rate")))
    if sample_rate < MIN_SAMPLE_RATE:
        raise SourceError(
            f"the file has {sample_rate} samples a second; speech needs {MIN_SAMPLE_RATE}",
            remedy=_REMEDY,
        )
    names = str(form.get("format_name", "")).split(",")
    container = next((one for one in CONTAINERS if one in names), names[0])
    codec = str(sound.get("codec_name", "unknown"))
    bits = _number(sound.get("bit_rate")) or _number(form.get("bit_rate"))
    return Probe(
        container=container,
        codec=codec,
        media_type=_media_type(container, codec),
        duration_s=round(duration_s, 3),
        bitrate_kbps=round(bits / 1000),
        channels=int(_number(sound.get("channels"))),
        sample_rate=sample_rate,
        tags={**_tags(sound), **_tags(form)},
        chapters=_chapters(data.get("chapters", [])),
        has_cover=any(inside),
        has_video=not all(inside),
        mended_tags=_is_mangled([*streams, form, *data.get("chapters", [])]),
    )


def _media_type(container: str, codec: str) -> str:
    if container == "ogg":
        return f"audio/ogg; codecs={codec}"
    return {
        "mov": "audio/mp4",
        "mp3": "audio/mpeg",
        "flac": "audio/flac",
        "wav": "audio/wav",
        "aac": "audio/aac",
    }.get(container, "application/octet-stream")


def _chapters(found: Sequence[dict[str, Any]]) -> tuple[Chapter, ...]:
    stated = (
        Chapter(
            _number(one.get("start_time")),
            _number(one.get("end_time")),
            _tags(one).get("title", ""),
        )
        for one in found[:MAX_CHAPTERS]
    )
    return tuple(sorted(stated, key=lambda one: (one.start_s, one.end_s)))


def _tags(holder: Mapping[str, Any]) -> dict[str, str]:
    tags = holder.get("tags", {})
    return {str(name).lower(): _clean(str(value)) for name, value in tags.items()}


def _clean(text: str) -> str:
    """Return a tag as NFC in one line, without control characters and replaced bytes."""
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\ufffd\s]+", " ", _mended(text[:_MAX_TAG]))
    return normalize(text).strip()


def _mended(text: str) -> str:
    """Return UTF-8 that was marked as Latin-1 as what it is; true Latin-1 hardly ever is UTF-8."""
    for encoding in ("latin-1", "cp1252"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _is_mangled(holders: Sequence[Mapping[str, Any]]) -> bool:
    values = (str(value) for one in holders for value in one.get("tags", {}).values())
    return any(_mended(value[:_MAX_TAG]) != value[:_MAX_TAG] for value in values)


def _number(value: Any) -> float:
    """Return a number from 0 up; 0 for what is absent or no number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    return number if math.isfinite(number) and number > 0 else 0.0
