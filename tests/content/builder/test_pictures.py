"""A picture from anywhere is opened upright within bounded memory, or refused in plain words."""

import io
import random
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from content.builder.page_pictures import make_picture
from content.builder.pictures import MAX_PIXELS, MAX_SIDE, encode, is_decodable, open_picture
from content.errors import SourceError
from tests.content.builder.pdfs import photograph


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + head + rows + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("mode", "kind", "colour", "shown"),
    [
        ("CMYK", "JPEG", (0, 255, 255, 0), (255, 0, 0)),
        ("CMYK", "TIFF", (255, 0, 0, 0), (0, 255, 255)),
        ("RGBA", "PNG", (0, 0, 0, 0), (255, 255, 255)),
        ("RGBA", "WEBP", (0, 0, 255, 255), (0, 0, 255)),
        ("LA", "PNG", (0, 0), (255, 255, 255)),
        ("RGB", "BMP", (9, 99, 199), (9, 99, 199)),
        ("1", "TIFF", 1, (255, 255, 255)),
        ("I;16", "PNG", 0x8000, (128, 128, 128)),
        ("I;16", "TIFF", 0xFFFF, (255, 255, 255)),
        ("F", "TIFF", 0.5, (127, 127, 127)),
        ("L", "GIF", 77, (77, 77, 77)),
    ],
)
def test_every_kind_of_colour_becomes_what_the_eye_sees(
    mode: str, kind: str, colour: object, shown: tuple[int, int, int]
) -> None:
    picture = open_picture(saved(Image.new(mode, (16, 16), colour), kind))  # type: ignore[arg-type]
    assert picture.mode in {"L", "RGB"}
    seen = picture.convert("RGB").getpixel((8, 8))
    assert isinstance(seen, tuple)
    assert all(abs(one - two) < 4 for one, two in zip(seen, shown, strict=True))


def test_a_palette_with_a_transparent_colour_stands_on_white() -> None:
    image = Image.new("P", (8, 8), 0)
    image.putpalette([200, 0, 0, 0, 0, 200])
    assert open_picture(saved(image, "PNG", transparency=0)).getpixel((4, 4)) == (255, 255, 255)
    assert open_picture(saved(image, "PNG")).convert("RGB").getpixel((4, 4)) == (200, 0, 0)


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [
        (1, (0, 0)),
        (3, (29, 19)),
        (6, (19, 0)),
        (8, (0, 29)),
        (2, (29, 0)),
        (5, (0, 0)),
        (99, (0, 0)),
    ],
)
def test_a_photograph_stands_as_the_camera_was_held(
    orientation: int, corner: tuple[int, int]
) -> None:
    image = Image.new("L", (30, 20), 255)
    image.paste(0, (0, 0, 6, 6))
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = open_picture(saved(image, "PNG", exif=exif))
    assert upright.size == ((20, 30) if orientation in {5, 6, 8} else (30, 20))
    assert upright.getpixel(corner) == 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"])
def test_a_picture_cut_short_is_refused(kind: str) -> None:
    noise = Image.effect_noise((200, 200), 60).convert("RGB")
    whole = saved(noise, kind)
    with pytest.raises(SourceError) as caught:
        open_picture(whole[: len(whole) // 2])
    assert "damaged" in caught.value.reason
    assert caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>", b"%PDF-1.4", b"\xff\xd8\xff"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(SourceError):
        open_picture(content)


def test_a_kind_that_no_document_holds_is_refused() -> None:
    with pytest.raises(SourceError, match="no known kind"):
        open_picture(saved(Image.new("L", (4, 4)), "PPM"))


def test_the_limit_of_pixels_is_where_it_says() -> None:
    side = int(MAX_PIXELS**0.5)
    with pytest.raises(SourceError, match="damaged"):
        open_picture(png_that_claims(side, side))
    with pytest.raises(SourceError, match="too large") as caught:
        open_picture(png_that_claims(side, side + 2))
    assert "smaller" in caught.value.remedy


def test_a_progressive_jpeg_is_weighed_before_it_is_decoded() -> None:
    assert is_decodable(photograph(10_000, 10_000))
    assert is_decodable(photograph(10_000, 10_000, progressive=True))
    colour = Image.new("RGB", (8_000, 8_000))
    assert not is_decodable(saved(colour, "JPEG", progressive=True, subsampling=0, quality=5))
    assert not is_decodable(b"no picture")


def test_a_large_picture_comes_out_smaller_but_fine_enough() -> None:
    image = Image.new("RGB", (7_000, 4_000), (10, 200, 30))
    image.paste((250, 250, 250), (3_500, 0, 7_000, 4_000))
    for kind in ("PNG", "JPEG"):
        picture = open_picture(saved(image, kind))
        assert 9_000_000 * 0.7 < picture.width * picture.height < 36_000_000
        assert abs(picture.width / picture.height - 7 / 4) < 0.01
        assert picture.getpixel((picture.width // 4, picture.height - 1)) == (10, 200, 30)
        assert picture.getpixel((picture.width - 1, picture.height - 1)) == (250, 250, 250)


@pytest.mark.parametrize(
    ("mode", "kind", "side"),
    [("RGBA", "PNG", 7_000), ("CMYK", "TIFF", 7_000), ("L", "JPEG", 30_000)],
)
def test_the_largest_pictures_fit_into_600_megabytes(
    tmp_path: Path, mode: str, kind: str, side: int
) -> None:
    path = tmp_path / "large"
    if kind == "JPEG":
        path.write_bytes(photograph(side, side))
    else:
        Image.new(mode, (side, side)).save(path, kind)
    program = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from content.builder.pictures import open_picture, encode\n"
        "encode(open_picture(Path(sys.argv[1])), 1440, 'image/webp', 60)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (800 << 20, 800 << 20)),
    )
    assert int(done.stdout) < 600 * 1024


def test_bytes_made_to_confuse_are_refused_and_nothing_else_happens() -> None:
    chance = random.Random(2)
    image = Image.effect_noise((60, 60), 50).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    wholes = [saved(image, kind) for kind in ("PNG", "WEBP", "GIF", "TIFF", "BMP")]
    wholes.append(saved(image, "JPEG", exif=exif))
    opened = refused = 0
    for _ in range(600):
        broken = bytearray(chance.choice(wholes))
        for _ in range(chance.choice((1, 3, 30))):
            place = chance.randrange(min(len(broken), chance.choice((64, 100_000))))
            broken[place] = chance.randrange(256)
        try:
            picture = open_picture(bytes(broken))
        except SourceError:
            refused += 1
        else:
            opened += 1
            assert picture.mode in {"L", "RGB"}
    assert opened > 20
    assert refused > 20


def test_encoding_keeps_no_metadata_and_gives_the_same_bytes() -> None:
    image = Image.effect_noise((300, 200), 40).convert("RGB")
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "secret place")
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    sources = (
        saved(image, "JPEG", comment=b"secret place", exif=exif, icc_profile=b"secret place"),
        saved(image, "PNG", pnginfo=notes, icc_profile=b"secret place", exif=exif),
    )
    for source in sources:
        assert b"secret place" in source or b"iCCP" in source
        for kind in ("image/webp", "image/jpeg", "image/png"):
            for width in (300, 100):
                first, second = (encode(open_picture(source), width, kind, 60) for _ in "ab")
                assert first == second
                for mark in (b"secret", b"Exif\0", b"EXIF", b"ICC_PROFILE", b"iCCP", b"tEXt"):
                    assert mark not in first.content
                raw = Image.open(io.BytesIO(source))
                assert b"secret" not in encode(raw, 300, kind, 60).content


def test_encoding_never_makes_a_picture_larger_nor_out_of_shape() -> None:
    image = Image.new("RGB", (400, 600))
    assert encode(image, 1440, "image/webp", 60).width == 400
    small = encode(image, 100, "image/jpeg", 60)
    assert (small.width, small.height) == (100, 150)
    with Image.open(io.BytesIO(small.content)) as decoded:
        assert decoded.size == (100, 150)


@pytest.mark.parametrize("size", [(1, 60_000), (60_000, 1), (700, 20_000)])
def test_a_strip_can_be_encoded_in_every_kind(size: tuple[int, int]) -> None:
    made = make_picture(Image.new("L", size), jpeg=True, cover=True)
    assert made.cover is not None
    for one in (*made.sizes, made.cover):
        assert 1 <= one.width <= MAX_SIDE
        assert 1 <= one.height <= MAX_SIDE


def test_a_page_has_two_widths_and_a_jpeg_in_this_order() -> None:
    sizes = make_picture(Image.new("L", (2000, 1000)), jpeg=True).sizes
    assert [(one.width, one.media_type) for one in sizes] == [
        (720, "image/webp"),
        (1440, "image/webp"),
        (720, "image/jpeg"),
    ]
    small = make_picture(Image.new("L", (800, 1000)), jpeg=False).sizes
    assert [(one.width, one.media_type) for one in small] == [(720, "image/webp")]
