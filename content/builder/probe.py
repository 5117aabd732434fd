"""What ffprobe says of a recording, checked and cleaned; functions of values, no I/O.

Everything in it was written by whoever made the file: numbers may be missing, endless or negative,
tags in the wrong encoding, chapters out of order.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from content.errors import SourceError
from content.vietnamese import normalize

# Names of ffmpeg's readers; `mov` is MP4, M4A and M4B, `aac` is a bare ADTS stream.
CONTAINERS = ("mov", "mp3", "ogg", "flac", "wav", "aac")

# The longest audiobooks are near 100 hours; a small hostile FLAC can claim years.
MAX_DURATION_S = 200 * 3600.0
# Telephone sound has 8,000. Below, a few bytes would become hours.
MIN_SAMPLE_RATE = 4_000
MAX_CHAPTERS = 5_000
_MAX_TAG = 10_000

# Tags that shops put on recordings which only their own player opens (Audible, iTunes).
_LOCKED = {"aavd", "aavx", "drms", "drmi"}

REMEDY = "play the file on a computer; if it plays there, convert it to M4A or MP3"


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


def understand(data: dict[str, Any]) -> Probe:
    """Return what ffprobe's JSON says.

    Raises:
        SourceError: It is no recording that readers can be given.
    """
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
            remedy=REMEDY,
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
