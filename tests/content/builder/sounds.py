"""Small recordings for tests: tones of a few seconds, with chapters, tags, a picture on demand."""

import io
import struct
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

CODECS = {
    ".m4a": ("-c:a", "aac", "-b:a", "64k", "-f", "ipod"),
    ".m4b": ("-c:a", "aac", "-b:a", "64k", "-f", "ipod"),
    ".mp3": ("-c:a", "libmp3lame", "-b:a", "64k", "-f", "mp3"),
    ".opus": ("-c:a", "libopus", "-b:a", "24k", "-f", "ogg"),
    ".ogg": ("-c:a", "libvorbis", "-f", "ogg"),
    ".flac": ("-c:a", "flac", "-f", "flac"),
    ".wav": ("-c:a", "pcm_s16le", "-f", "wav"),
    ".aac": ("-c:a", "aac", "-f", "adts"),
}


def tone(
    path: Path,
    seconds: float = 2.0,
    *extra: str,
    chapters: Sequence[tuple[float, float, str]] = (),
    tags: Mapping[str, str] | None = None,
    cover: bytes = b"",
    pitch: int = 440,
) -> Path:
    """Write a tone in the kind its ending names and return the path.

    Args:
        extra: More of ffmpeg's arguments for the output.
        chapters: (start, end, title) each, in seconds.
        cover: A picture to put inside (M4B and MP3).
    """
    lines = [";FFMETADATA1", *(f"{name}={value}" for name, value in (tags or {}).items())]
    for start, end, title in chapters:
        times = f"START={round(start * 1000)}\nEND={round(end * 1000)}"
        lines.append(f"[CHAPTER]\nTIMEBASE=1/1000\n{times}\ntitle={title}")
    sine = f"sine=frequency={pitch}:sample_rate=22050:duration={seconds}"
    picture = path.parent / "cover.picture"
    inputs = ["-f", "lavfi", "-i", sine, "-f", "ffmetadata", "-i", "pipe:0"]
    maps = ["-map", "0:a", "-map_metadata", "1", "-map_chapters", "1"]
    if cover:
        picture.write_bytes(cover)
        inputs += ["-i", f"file:{picture}"]
        maps += ["-map", "2:v", "-c:v", "copy", "-disposition:v:0", "attached_pic"]
    kind = CODECS[path.suffix.lower()]
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", *inputs, *maps, *kind, *extra, f"file:{path}"],
        input="\n".join(lines).encode(),
        check=True,
    )
    picture.unlink(missing_ok=True)
    return path


def varying(
    path: Path, *extra: str, seconds: float = 4.0, chapters: Sequence[tuple[float, float, str]] = ()
) -> Path:
    """Write an MP3 whose bit rate varies: noise that is silent every other second."""
    on_off = ("-af", "aeval='0.5*(random(0)-0.5)*gt(mod(t,2),1)'")
    return tone(path, seconds, "-q:a", "4", "-b:a", "0", *on_off, *extra, chapters=chapters)


def encode(source: Path, path: Path, *extra: str) -> Path:
    """Write a recording anew in the kind its ending names and return the path."""
    kind = CODECS[path.suffix.lower()]
    command = ["ffmpeg", "-v", "error", "-y", "-i", f"file:{source}", *kind, *extra]
    subprocess.run([*command, f"file:{path}"], check=True)
    return path


def picture(width: int = 60, height: int = 80) -> bytes:
    """Return a small JPEG."""
    kept = io.BytesIO()
    Image.new("RGB", (width, height), (47, 58, 143)).save(kept, "JPEG")
    return kept.getvalue()


def id3v23_latin1(tags: Mapping[str, str]) -> bytes:
    """Return an ID3v2.3 tag that says Latin-1 and holds UTF-8, as careless programs write it."""
    frames = b""
    for name, value in tags.items():
        content = b"\0" + value.encode()
        frames += name.encode() + struct.pack(">IH", len(content), 0) + content
    size = len(frames)
    stated = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + stated + frames


def box_names(path: Path) -> list[bytes]:
    """Return the names of an MP4's boxes on the top level."""
    names, content, at = [], path.read_bytes(), 0
    while at + 8 <= len(content):
        names.append(content[at + 4 : at + 8])
        at += int.from_bytes(content[at : at + 4], "big")
    return names
