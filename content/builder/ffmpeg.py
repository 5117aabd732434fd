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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content.builder.probe import CONTAINERS, MAX_DURATION_S, REMEDY, Probe, understand
from content.errors import MissingToolError, SourceError

PROBE_TIMEOUT_S = 120.0
MAX_COVER_BYTES = 20_000_000
_MAX_ANSWER_BYTES = 16_000_000


# What MP3 has: MPEG-1 layer III from 32,000 samples a second up, MPEG-2 below.
_SAMPLE_RATES = (16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_RATES_OF_MPEG2 = (16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES_OF_MPEG1 = (48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)

_READ_SAFELY = (
    *("-protocol_whitelist", "file"),
    *("-format_whitelist", ",".join(CONTAINERS)),
    *("-probesize", "10000000", "-analyzeduration", "10000000"),
)
_SAME_BYTES = ("-fflags", "+bitexact", "-flags:a", "+bitexact")


@dataclass(frozen=True, slots=True)
class Mp3:
    """A copy to make: MP3 of constant bit rate (docs/adr/0006-ffmpeg-for-sound.md tells why).

    Args:
        bitrate_kbps: One that MP3 has at this sample rate.
        sample_rate: Samples a second.
        channels: 1 for speech; 2 keeps stereo.
    """

    bitrate_kbps: int
    sample_rate: int = 22_050
    channels: int = 1


def nearest_mp3(bitrate_kbps: int, sample_rate: int, channels: int = 1) -> Mp3:
    """Return the copy nearest to a wanted bit rate, with no more samples than the source has."""
    # Below 48 kbit/s more samples only make speech noisy; 22,050 keep what is heard of it.
    limit = min(sample_rate, 22_050) if bitrate_kbps < 48 else sample_rate
    rate = max((one for one in _SAMPLE_RATES if one <= limit), default=_SAMPLE_RATES[0])
    allowed = _RATES_OF_MPEG1 if rate >= 32_000 else _RATES_OF_MPEG2
    return Mp3(min(allowed, key=lambda one: abs(one - bitrate_kbps)), rate, channels)


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
    command = (
        *("ffprobe", "-hide_banner", "-v", "quiet", *_READ_SAFELY),
        *("-show_entries", entries, "-of", "json", "-i", _address(path)),
    )
    status, answer = _run(command, PROBE_TIMEOUT_S, _MAX_ANSWER_BYTES)
    data = _json(answer) if status == 0 else {}
    if not data.get("format"):
        raise SourceError(
            "the file is not a recording that can be played: damaged, cut short, or of another"
            " kind than its name says",
            remedy=REMEDY,
        )
    return understand(data)


def extract_cover(path: Path) -> bytes | None:
    """Return the picture inside the recording as it was put there, or None without one."""
    command = (
        *("ffmpeg", "-nostdin", "-hide_banner", "-v", "quiet", *_READ_SAFELY),
        *("-i", _address(path), "-map", "0:v:0", "-frames:v", "1"),
        *("-c", "copy", "-f", "image2pipe", "pipe:1"),
    )
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
    limit = int(length_s * wanted.bitrate_kbps * 125) + 1_000_000
    command = (
        *("ffmpeg", "-nostdin", "-hide_banner", "-v", "quiet", "-y", "-threads", "1"),
        *("-progress", "pipe:1", "-stats_period", "1"),
        *_READ_SAFELY,
        *("-i", _address(path), "-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-c:a", "libmp3lame", "-b:a", f"{wanted.bitrate_kbps}k", "-ac", str(wanted.channels)),
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
            "the sound cannot be converted: it is damaged, or the disk is full", remedy=REMEDY
        )
    if size >= limit:
        raise SourceError("the sound is longer than the file says", remedy=REMEDY)


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
            pipe = process.stdout
            assert pipe is not None
            if hear is None:
                said = pipe.read(limit + 1)
                if len(said) > limit:
                    process.kill()
            else:
                for line in iter(lambda: pipe.readline(4096), b""):
                    hear(line)
    finally:
        clock.cancel()
        process.kill()
    if late.is_set():
        minutes = math.ceil(timeout_s / 60)
        raise SourceError(
            f"reading the recording took more than {minutes} minutes, so it was left",
            remedy=REMEDY,
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
