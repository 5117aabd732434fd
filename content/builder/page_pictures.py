"""The sizes in which a page or picture goes into an archive, and why these.

720 px fills an old phone, 1440 px shows print that is small. WebP is a third smaller than JPEG and
AVIF costs four times the processor for nothing more (docs/measurements/build.md); one JPEG of the
small size serves phones that know no WebP.
"""

from PIL import Image

from content.builder.pictures import encode
from content.builder.spool import Spool
from content.terms import Picture

SMALL_WIDTH = 720
LARGE_WIDTH = 1440
SMALL_QUALITY = 55
LARGE_QUALITY = 60
JPEG_QUALITY = 60
COVER_HEIGHT = 960


def keep_picture(spool: Spool, name: str, image: Image.Image, *, jpeg: bool) -> tuple[Picture, ...]:
    """Keep `image` in its sizes and describe them: WebP by width, then JPEG.

    Args:
        name: Path without ending, such as `img/0001`.
        jpeg: Whether phones without WebP get a picture.
    """
    wanted = [(SMALL_WIDTH, "image/webp", SMALL_QUALITY, "")]
    # A picture hardly wider than the small size gains nothing from a second one.
    if image.width > SMALL_WIDTH * 1.25:
        wanted.append((LARGE_WIDTH, "image/webp", LARGE_QUALITY, "-large"))
    if jpeg:
        wanted.append((SMALL_WIDTH, "image/jpeg", JPEG_QUALITY, ""))
    kept = []
    for width, kind, quality, mark in wanted:
        made = encode(image, width, kind, quality)
        suffix = "webp" if kind == "image/webp" else "jpg"
        path = spool.add_asset(f"{name}{mark}.{suffix}", kind, made.content)
        kept.append(Picture(path, made.width, made.height, kind))
    return tuple(kept)


def keep_cover(spool: Spool, image: Image.Image) -> None:
    """Make `image` the work's cover."""
    width = max(1, round(image.width * min(1.0, COVER_HEIGHT / image.height)))
    made = encode(image, width, "image/jpeg", 80)
    spool.set_cover(spool.add_asset("img/cover.jpg", made.media_type, made.content))
