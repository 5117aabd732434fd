"""The sizes in which a page or picture goes into an archive, and why these.

720 px fills an old phone, 1440 px shows print that is small. WebP is a third smaller than JPEG and
AVIF costs four times the processor for nothing more (docs/measurements/build.md); one JPEG of the
small size serves phones that know no WebP. The order is WebP by width, then the JPEG.
"""

from dataclasses import dataclass

from PIL import Image

from content.builder.pictures import Encoded, encode
from content.builder.spool import Spool
from content.terms import Picture

SMALL_WIDTH = 720
LARGE_WIDTH = 1440
SMALL_QUALITY = 55
LARGE_QUALITY = 60
JPEG_QUALITY = 60
COVER_HEIGHT = 960
COVER_QUALITY = 80


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page in its sizes, encoded; much smaller to keep waiting than its pixels.

    Args:
        sizes: In the order of `Part.pictures`.
        cover: The same page as a cover, where one is wanted.
    """

    sizes: tuple[Encoded, ...]
    cover: Encoded | None = None


def make_picture(image: Image.Image, *, jpeg: bool, cover: bool = False) -> PagePicture:
    """Return `image` in its sizes.

    Args:
        jpeg: Whether phones without WebP get a picture.
        cover: Whether it is also the work's cover.
    """
    wanted = [(SMALL_WIDTH, "image/webp", SMALL_QUALITY)]
    # A picture hardly wider than the small size gains nothing from a second one.
    if image.width > SMALL_WIDTH * 1.25:
        wanted.append((LARGE_WIDTH, "image/webp", LARGE_QUALITY))
    if jpeg:
        wanted.append((SMALL_WIDTH, "image/jpeg", JPEG_QUALITY))
    sizes = tuple(encode(image, width, kind, quality) for width, kind, quality in wanted)
    if not cover:
        return PagePicture(sizes)
    width = max(1, round(image.width * min(1.0, COVER_HEIGHT / image.height)))
    return PagePicture(sizes, encode(image, width, "image/jpeg", COVER_QUALITY))


def keep_picture(spool: Spool, name: str, made: PagePicture) -> tuple[Picture, ...]:
    """Add the sizes to the work and describe them.

    Args:
        name: Path without ending, such as `img/0001`.
    """
    kept: list[Picture] = []
    for one in made.sizes:
        webp = one.media_type == "image/webp"
        mark = "-large" if webp and kept else ""
        path = f"{name}{mark}.{'webp' if webp else 'jpg'}"
        spool.add_asset(path, one.media_type, one.content)
        kept.append(Picture(path, one.width, one.height, one.media_type))
    if made.cover is not None:
        cover = made.cover
        spool.set_cover(spool.add_asset("img/cover.jpg", cover.media_type, cover.content))
    return tuple(kept)
