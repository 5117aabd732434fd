"""Open pictures from anywhere within bounded memory, and encode them small, the same each time.

Only formats that documents hold are opened. A JPEG is decoded at the scale wanted (libjpeg's draft
mode), so a page of 100 million pixels costs a few megabytes; a format that must be decoded whole is
refused above its limit and made smaller strip by strip before any colour is changed. A picture that
is cut short is refused: half a page or half a face helps no reader.
"""

import io
import struct
import warnings
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

from PIL import Image, ImageFile, JpegImagePlugin, UnidentifiedImageError

from content.errors import SourceError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
MAX_PIXELS = 50_000_000
# libwebp keeps the picture four times over while it decodes.
MAX_WEBP_PIXELS = 20_000_000
# Pictures come out with 9 to 36 million pixels at most: enough for 1,440 pixels of any width.
WANTED_PIXELS = 9_000_000
# The longest side that WebP can hold.
MAX_SIDE = 16_383
_MAX_JPEG_PIXELS = 1_000_000_000
# A progressive JPEG is decoded only when all its coefficients are in memory, at every scale.
_MAX_COEFFICIENT_BYTES = 320_000_000
_JPEG = b"\xff\xd8\xff"
_STRIP_PIXELS = 4_000_000
_REMEDY = "open the picture on a computer and save it anew as JPEG"
_SMALLER = "make the picture smaller on a computer and save it as plain (baseline) JPEG"
# EXIF 2.32, 4.6.4 A, Orientation (tag 0x0112): what brings the picture upright.
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's readers raise on bytes made to confuse them.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture ready for the archive; width and height in pixels."""

    content: bytes
    width: int
    height: int
    media_type: str


def open_picture(source: bytes | Path) -> Image.Image:
    """Return the picture upright, as RGB or grey, transparent parts white, without metadata.

    A large picture comes out smaller than it is, never with less than `WANTED_PIXELS`.

    Raises:
        SourceError: It is no picture, is cut short, or is too large to decode.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with _opened(file) as picture:
                _bound(picture)
                picture.load()
                plain = _reduced(picture)
                turn = _UPRIGHT.get(_orientation(picture))
        if turn is not None:
            plain = plain.transpose(turn)
        plain.info = {}
    except UnidentifiedImageError as error:
        raise SourceError("the picture is of no known kind, or damaged", remedy=_REMEDY) from error
    except (Image.DecompressionBombError, MemoryError) as error:
        raise SourceError("the picture is too large", remedy=_SMALLER) from error
    except _BROKEN as error:
        raise SourceError("the picture is damaged or cut short", remedy=_REMEDY) from error
    return plain


def is_decodable(jpeg: bytes) -> bool:
    """Return whether memory suffices to decode a JPEG, by its head alone; False for no JPEG."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with JpegImagePlugin.JpegImageFile(io.BytesIO(jpeg)) as picture:
                _bound(picture)
    except (Image.DecompressionBombError, *_BROKEN):
        return False
    return True


def encode(image: Image.Image, width: int, media_type: str, quality: int) -> Encoded:
    """Return the picture at most `width` pixels wide, without metadata, the same bytes each time.

    It is never made larger, and a very tall one is made narrower, so that `MAX_SIDE` holds it.

    Args:
        media_type: `image/webp`, `image/jpeg` or `image/png`.
        quality: 1 to 95; not used for PNG.
    """
    scale = min(1.0, min(width, MAX_SIDE) / image.width, MAX_SIDE / image.height)
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    elif image.info:
        # Pillow writes comments and profiles that a picture carries.
        image = image.copy()
    image.info = {}
    out = io.BytesIO()
    if media_type == "image/webp":
        image.save(out, "WEBP", quality=quality, method=4)
    elif media_type == "image/jpeg":
        image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    else:
        image.save(out, "PNG", optimize=True)
    return Encoded(out.getvalue(), image.width, image.height, media_type)


def _opened(file: io.BytesIO | Path) -> ImageFile.ImageFile:
    head = bytes(file.getbuffer()[:3]) if isinstance(file, io.BytesIO) else _head(file)
    if head == _JPEG:
        # Pillow's own limit, 179 million pixels, is below what phones make; `_bound` has ours.
        return JpegImagePlugin.JpegImageFile(file)
    return Image.open(file, formats=FORMATS)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(_JPEG))


def _bound(picture: Image.Image) -> None:
    """Refuse what would not fit in memory before a pixel is decoded."""
    pixels = picture.width * picture.height
    if isinstance(picture, JpegImagePlugin.JpegImageFile):
        if pixels > _MAX_JPEG_PIXELS or _coefficient_bytes(picture) > _MAX_COEFFICIENT_BYTES:
            raise Image.DecompressionBombError
        if pixels > WANTED_PIXELS:
            scale = (WANTED_PIXELS / pixels) ** 0.5
            wanted = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
            picture.draft(None, wanted)
    elif pixels > (MAX_WEBP_PIXELS if picture.format == "WEBP" else MAX_PIXELS):
        raise Image.DecompressionBombError


def _coefficient_bytes(picture: JpegImagePlugin.JpegImageFile) -> int:
    """Return what libjpeg keeps of a progressive JPEG: two bytes a sample (jdcoefct.c)."""
    if not picture.info.get("progressive"):
        return 0
    layers: list[tuple[int, int, int, int]] = picture.layer
    finest = max((across * down for _, across, down, _ in layers), default=1) or 1
    samples = sum(across * down for _, across, down, _ in layers)
    return picture.width * picture.height * 2 * samples // finest


def _orientation(picture: Image.Image) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except _BROKEN:
        return 1
    return value if isinstance(value, int) else 1


def _reduced(picture: Image.Image) -> Image.Image:
    """Return the picture as RGB or grey, in strips when it is large: colours cost four times it."""
    factor = isqrt(picture.width * picture.height // WANTED_PIXELS)
    if factor < 2:
        return _plain(picture)
    width, height = (-(-side // factor) for side in picture.size)
    rows = factor * max(1, _STRIP_PIXELS // (factor * picture.width))
    whole: Image.Image | None = None
    for top in range(0, picture.height, rows):
        bottom = min(picture.height, top + rows)
        strip = _plain(picture.crop((0, top, picture.width, bottom))).reduce(factor)
        if whole is None:
            whole = Image.new(strip.mode, (width, height))
        whole.paste(strip, (0, top // factor))
    assert whole is not None
    return whole


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode in {"L", "RGB"} and "transparency" not in picture.info:
        return picture
    if picture.mode == "1":
        return picture.convert("L")
    if picture.mode in {"I;16", "I;16L", "I;16B", "I", "F"}:
        return _eight_bits(picture)
    if picture.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in picture.info:
        layers = picture.convert("RGBA")
        ground = Image.new("RGB", layers.size, (255, 255, 255))
        ground.paste(layers, mask=layers.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Return a deep grey picture in 8 bits: 16 bits by their high byte, 0 to 1 by 255."""
    deep = picture.convert("F")
    extrema = deep.getextrema()
    highest = extrema[1]
    assert isinstance(highest, float)
    scale = 255.0 if picture.mode == "F" and highest <= 1 else 1 / 256 if highest > 255 else 1.0
    return deep.point(lambda value: value * scale + 0.0).convert("L")
