"""Listen to a work: a player that works without JavaScript and is comfortable with it."""

from collections import Counter
from collections.abc import Iterator

from flask import Blueprint, Response, abort, redirect, render_template, request

from content.terms import PartKind, Record, Sound
from kiosk.ui.chapter_cut import CutError, cut_mp3, cut_mp4
from kiosk.views.context import content_address, library, public_address, record_or_404

bp = Blueprint("listen", __name__)
# How a part is cut out of a file that several share, what comes of it and its ending.
CUTS = {"audio/mpeg": (cut_mp3, "audio/mpeg", "mp3"), "audio/mp4": (cut_mp4, "audio/aac", "aac")}
FRAMES_AT_ONCE = 2000
# What a file of sound is called when it is saved, by media type.
ENDINGS = {"audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/ogg": "ogg", "audio/flac": "flac"}


@bp.get("/listen/<identifier>")
@bp.get("/listen/<identifier>/<int:number>")
def listen(identifier: str, number: int = 1) -> str:
    """Show the player at a track, and all tracks."""
    found = record_or_404(identifier)
    if not 1 <= number <= len(found.parts) or found.parts[0].kind != PartKind.TRACK:
        abort(404)
    book = library().book(identifier)
    tracks = [
        {
            "title": part.title,
            "duration": part.duration_s,
            "sounds": [
                {
                    "src": content_address(book, sound.path),
                    "type": sound.media_type,
                    "start": sound.start_s,
                    "end": sound.end_s,
                }
                for sound in part.sounds
            ],
        }
        for part in found.parts
    ]
    return render_template(
        "listen.html",
        record=found,
        book=book,
        number=number,
        part=found.parts[number - 1],
        numbered=list(enumerate(found.parts, start=1)),
        tracks=tracks,
        link=public_address(request.path),
        chapters=_sizes(found),
    )


@bp.get("/download/<identifier>/part/<int:number>")
def part(identifier: str, number: int) -> Response:
    """Send the sound of one part to be kept, under the part's name.

    A file of its own is sent as it is; out of a file that several parts share the part is cut.
    """
    found = record_or_404(identifier)
    if number not in _sizes(found):
        abort(404)
    sound, book = found.parts[number - 1].sounds[-1], library().book(identifier)
    title = found.parts[number - 1].title or str(number)
    name = f"{found.title} - {number:02d} {title}"[:150].replace("/", "-")
    kind = sound.media_type.partition(";")[0]
    if not _is_shared(found, sound):
        whole = f"{name}.{ENDINGS.get(kind, 'bin')}"
        response = redirect(content_address(book, sound.path, download=whole))
        assert isinstance(response, Response)
        return response
    cut, media_type, ending = CUTS[kind]
    frames = cut(library().entry(book, sound.path).content, sound.start_s, sound.end_s)
    try:
        first = next(frames, b"")
    except CutError:
        abort(404)
    response = Response(_joined(first, frames), mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{ending}")
    return response


def _joined(first: bytes, frames: Iterator[bytes]) -> Iterator[bytes]:
    """Yield frames some thousand at a time: each is smaller than a packet."""
    waiting = [first]
    for frame in frames:
        waiting.append(frame)
        if len(waiting) >= FRAMES_AT_ONCE:
            yield b"".join(waiting)
            waiting.clear()
    yield b"".join(waiting)


def _is_shared(record: Record, sound: Sound) -> bool:
    return sum(part.sounds[-1].path == sound.path for part in record.parts if part.sounds) > 1


def _sizes(record: Record) -> dict[int, int]:
    """Return about how many bytes each part has that can be taken along by itself, by its number.

    The last of a part's sounds is the one that every phone plays.
    """
    if len(record.parts) < 2:
        return {}
    playing: Counter[str] = Counter()
    for part in record.parts:
        for sound in part.sounds[-1:]:
            playing[sound.path] += max(1, round(part.duration_s))
    sizes = {}
    for number, part in enumerate(record.parts, start=1):
        for sound in part.sounds[-1:]:
            share = max(1, round(part.duration_s)) / playing[sound.path]
            if share == 1 or sound.media_type.partition(";")[0] in CUTS:
                sizes[number] = round(sound.size_bytes * share)
    return sizes
