"""Listen to a work: a player that works without JavaScript and is comfortable with it."""

from flask import Blueprint, abort, render_template

from content.terms import PartKind
from kiosk.views.context import content_address, library, record_or_404

bp = Blueprint("listen", __name__)


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
    )
