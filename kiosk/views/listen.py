"""Listen to a work: a player that works without JavaScript and is comfortable with it."""

from collections import Counter

from flask import Blueprint, Response, abort, redirect, render_template, request

from content.terms import PartKind, Record, Sound
from kiosk.views.context import content_address, library, public_address, record_or_404

bp = Blueprint("listen", __name__)
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
        chapters={place: sound.size_bytes for place, sound in _own_files(found).items()},
    )


@bp.get("/download/<identifier>/part/<int:number>")
def part(identifier: str, number: int) -> Response:
    """Send the file of one part to be kept, under the part's name."""
    found = record_or_404(identifier)
    sound = _own_files(found).get(number)
    if sound is None:
        abort(404)
    title = found.parts[number - 1].title or str(number)
    ending = ENDINGS.get(sound.media_type.partition(";")[0], "bin")
    name = f"{found.title} - {number:02d} {title}"[:150].replace("/", "-") + f".{ending}"
    response = redirect(content_address(library().book(identifier), sound.path, download=name))
    assert isinstance(response, Response)
    return response


def _own_files(record: Record) -> dict[int, Sound]:
    """Return the sound of each part that has a file to itself, of a work of several parts.

    The last of a part's sounds is the one that every phone plays.
    """
    shared = Counter(sound.path for part in record.parts for sound in part.sounds)
    return {
        number: part.sounds[-1]
        for number, part in enumerate(record.parts, start=1)
        if len(record.parts) > 1 and part.sounds and shared[part.sounds[-1].path] == 1
    }
