"""Open pictures from anywhere within bounded memory, and encode them small, the same each time.

Only formats that documents hold are opened. A JPEG of any size is decoded at the scale wanted
(libjpeg's draft mode), so a page of 100 million pixels costs a few megabytes; other formats cannot
be, and are refused above `MAX_PIXELS`.
"""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from content.errors import SourceError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
MAX_PIXELS = 50_000_000
# A JPEG larger than this on either side is decoded at 1/2, 1/4 or 1/8.
DRAFT_SIDE = 3000
_MAX_JPEG_PIXELS = 1_000_000_000
_REMEDY = "open the picture on a computer and save it anew as JPEG"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture ready for the archive; width and height in pixels."""

    content: bytes
    width: int
    height: int
    media_type: str


def open_picture(source: bytes | Path) -> Image.Image:
    """Return the picture upright, as RGB or grey, transparent parts white.

    Raises:
        SourceError: It is no picture, is cut short, or is too large to decode.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=FORMATS) as picture:
                _bound(picture)
                picture.load()
                upright = ImageOps.exif_transpose(picture)
                return _plain(upright)
    except UnidentifiedImageError as error:
        raise SourceError("the picture is of no known kind, or damaged", remedy=_REMEDY) from error
    except Image.DecompressionBombError as error:
        raise SourceError("the picture is too large", remedy="save it smaller") from error
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError) as error:
        raise SourceError("the picture is damaged or cut short", remedy=_REMEDY) from error


def encode(image: Image.Image, width: int, media_type: str, quality: int) -> Encoded:
    """Return the picture at most `width` pixels wide, without metadata, the same bytes each time.

    Args:
        media_type: `image/webp`, `image/jpeg` or `image/png`.
        quality: 1 to 95; not used for PNG.
    """
    if image.width > width:
        height = max(1, round(image.height * width / image.width))
        image = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    out = io.BytesIO()
    if media_type == "image/webp":
        image.save(out, "WEBP", quality=quality, method=4)
    elif media_type == "image/jpeg":
        image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    else:
        image.save(out, "PNG", optimize=True)
    return Encoded(out.getvalue(), image.width, image.height, media_type)


def _bound(picture: Image.Image) -> None:
    """Refuse what would not fit in memory before a pixel is decoded."""
    pixels = picture.width * picture.height
    if picture.format == "JPEG":
        if pixels > _MAX_JPEG_PIXELS:
            raise Image.DecompressionBombError
        side = max(picture.width, picture.height)
        if side > DRAFT_SIDE:
            scale = DRAFT_SIDE / side
            wanted = (int(picture.width * scale), int(picture.height * scale))
            picture.draft(picture.mode if picture.mode in {"L", "RGB"} else "RGB", wanted)
        return
    if pixels > MAX_PIXELS:
        raise Image.DecompressionBombError


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode in {"L", "RGB"}:
        return picture
    if picture.mode in {"1", "I;16", "I", "F"}:
        if picture.mode != "1":
            picture = picture.point(lambda value: value / 256, "F")
        return picture.convert("L")
    if picture.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in picture.info:
        layers = picture.convert("RGBA")
        ground = Image.new("RGB", layers.size, (255, 255, 255))
        ground.paste(layers, mask=layers.getchannel("A"))
        return ground
    return picture.convert("RGB")
