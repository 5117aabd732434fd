"""The 48 by 48 picture by which Kiwix readers show an archive (openZIM Illustration_48x48@1)."""

import io
from pathlib import Path

from PIL import Image, ImageDraw

from content.builder.pictures import open_picture

SIZE = 48
_INDIGO = (47, 58, 143)
_PAPER = (255, 253, 248)
_GOLD = (242, 193, 78)


def archive_illustration(cover: Path | None) -> bytes:
    """Return a PNG of the cover, or of an open book where there is none."""
    if cover is None:
        picture = _book()
    else:
        picture = Image.new("RGB", (SIZE, SIZE), _PAPER)
        with open_picture(cover) as source:
            source.thumbnail((SIZE, SIZE), Image.Resampling.LANCZOS)
            picture.paste(source, ((SIZE - source.width) // 2, (SIZE - source.height) // 2))
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _book() -> Image.Image:
    scale = 4
    picture = Image.new("RGB", (SIZE * scale, SIZE * scale), _INDIGO)
    draw = ImageDraw.Draw(picture)
    for side in (1, -1):
        page = [(24, 14), (24 + 16 * side, 11), (24 + 16 * side, 33), (24, 37)]
        draw.polygon([(x * scale, y * scale) for x, y in page], fill=_PAPER)
    draw.line([(24 * scale, 14 * scale), (24 * scale, 37 * scale)], fill=_GOLD, width=scale * 2)
    return picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
