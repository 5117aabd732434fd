"""Style sheets and scripts: read once, packed once, cached by phones for ever.

Their address holds a digest of the bytes, so a new release has new addresses.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, request

FOLDER = Path(__file__).parent.parent / "static"
# What a bare machine's table of types may lack.
TYPES = {".woff2": "font/woff2"}
YEAR_S = 365 * 24 * 3600
bp = Blueprint("assets", __name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    content: bytes
    packed: bytes
    digest: str
    media_type: str


def load_assets() -> dict[str, Asset]:
    """Return every file of the static folder by its path."""
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            found[path.relative_to(FOLDER).as_posix()] = Asset(
                content=content,
                packed=gzip.compress(content, 9, mtime=0),
                digest=hashlib.sha256(content).hexdigest()[:12],
                media_type=TYPES.get(path.suffix)
                or mimetypes.guess_type(path.name)[0]
                or "application/octet-stream",
            )
    return found


def asset_address(name: str) -> str:
    """Return the address of a static file."""
    asset: Asset = current_app.extensions["assets"][name]
    return f"/static/{asset.digest}/{name}"


@bp.get("/static/<digest>/<path:name>")
def static(digest: str, name: str) -> Response:
    """Send a static file; an old digest gets today's file, not for keeping."""
    asset: Asset | None = current_app.extensions["assets"].get(name)
    if asset is None:
        abort(404)
    packs = "gzip" in request.headers.get("Accept-Encoding", "") and len(asset.packed) < len(
        asset.content
    )
    response = Response(asset.packed if packs else asset.content, mimetype=asset.media_type)
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    # A style sheet names a font of others under its own digest; the font's version is in its path.
    is_kept = digest == asset.digest or name.startswith("vendor/")
    response.cache_control.max_age = YEAR_S if is_kept else 0
    response.cache_control.public = True
    response.cache_control.immutable = is_kept
    return response
