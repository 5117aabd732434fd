"""Small PDFs for tests, written object by object: text, pictures, contents, rotation, passwords."""

import hashlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

# PDF 32000-1:2008, 7.6.3.3, algorithm 2: what fills up a short password.
_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_FONT = "DejaVuSerif.ttf"
_ID = bytes(range(16))
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"


@dataclass
class Page:
    """A page to write.

    Args:
        lines: (x, y, text in cp1252) each, y from the bottom, in points.
        picture: A JPEG that fills the page, with its size in pixels.
        more: Entries for the page's dictionary, such as `/Rotate 90`.
    """

    lines: Sequence[tuple[float, float, str | bytes]] = ()
    picture: bytes = b""
    box: tuple[float, float] = (420, 595)
    more: str = ""


@dataclass
class Pdf:
    """A document to write.

    Args:
        contents: (title, page from 1) each; a title that begins with a tab is one deeper.
        info: The information dictionary; keys without the stroke.
        user, owner: Passwords; None is no encryption.
    """

    pages: list[Page]
    contents: Sequence[tuple[str, int]] = ()
    info: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    owner: str = "owner"

    def write(self, path: Path) -> Path:
        path.write_bytes(self.made())
        return path

    def made(self) -> bytes:
        """Return the bytes of the file."""
        objects: dict[int, bytes] = {3: FONT}
        streams: dict[int, bytes] = {}
        kids = []
        number = 10
        for page in self.pages:
            self._page(page, number, objects, streams)
            kids.append(f"{number} 0 R")
            number += 3
        objects[2] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
        key = b""
        trailer = "/Root 1 0 R"
        if self.user is not None:
            key, encrypt = _encryption(self.user.encode(), self.owner.encode())
            objects[5] = encrypt
            trailer += f"/Encrypt 5 0 R/ID[<{_ID.hex()}><{_ID.hex()}>]"
        outline = self._outline(number, objects, key) if self.contents else ""
        objects[1] = f"<</Type/Catalog/Pages 2 0 R{outline}>>".encode()
        if self.info:
            entries = [f"/{name}{_text(value, key, 4)}" for name, value in self.info.items()]
            objects[4] = f"<<{''.join(entries)}>>".encode()
            trailer += "/Info 4 0 R"
        return _file(objects, streams, trailer, key)

    def _page(
        self, page: Page, number: int, objects: dict[int, bytes], streams: dict[int, bytes]
    ) -> None:
        width, height = page.box
        paint = b""
        resources = "/Font<</F 3 0 R>>"
        if page.picture:
            with _opened(page.picture) as image:
                across, down = image.size
                kind = "DeviceGray" if image.mode == "L" else "DeviceRGB"
                code = "JPXDecode" if image.format == "JPEG2000" else "DCTDecode"
            resources += f"/XObject<</I {number + 2} 0 R>>"
            paint += b"q %g 0 0 %g 0 0 cm /I Do Q\n" % (width, height)
            objects[number + 2] = (
                f"/Type/XObject/Subtype/Image/Width {across}/Height {down}/BitsPerComponent 8"
                f"/ColorSpace/{kind}/Filter/{code}"
            ).encode()
            streams[number + 2] = page.picture
        for x, y, words in page.lines:
            data = words if isinstance(words, bytes) else words.encode("cp1252")
            paint += b"BT /F 12 Tf %g %g Td <%s> Tj ET\n" % (x, y, data.hex().encode())
        objects[number] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width:g} {height:g}]"
            f"/Contents {number + 1} 0 R/Resources<<{resources}>>{page.more}>>"
        ).encode()
        objects[number + 1] = b""
        streams[number + 1] = paint

    def _outline(self, root: int, objects: dict[int, bytes], key: bytes) -> str:
        """Write the contents; a deeper entry must follow one that is not."""
        tops: list[tuple[int, list[int]]] = []
        numbers = range(root + 1, root + 1 + len(self.contents))
        for number, (title, _) in zip(numbers, self.contents, strict=True):
            if title.startswith("\t"):
                tops[-1][1].append(number)
            else:
                tops.append((number, []))
        above = {child: top for top, children in tops for child in children}
        rows = [[top for top, _ in tops], *(children for _, children in tops)]
        for row in rows:
            for place, number in enumerate(row):
                title, page = self.contents[number - root - 1]
                parent = above.get(number, root)
                entry = f"<</Title{_text(title.strip(), key, number)}/Parent {parent} 0 R"
                entry += f"/Dest[{10 + 3 * (page - 1)} 0 R/Fit]"
                if place:
                    entry += f"/Prev {row[place - 1]} 0 R"
                if place + 1 < len(row):
                    entry += f"/Next {row[place + 1]} 0 R"
                children = dict(tops).get(number, [])
                if children:
                    entry += f"/First {children[0]} 0 R/Last {children[-1]} 0 R/Count 1"
                objects[number] = f"{entry}>>".encode()
        first, last = rows[0][0], rows[0][-1]
        objects[root] = f"<</First {first} 0 R/Last {last} 0 R/Count {len(tops)}>>".encode()
        return f"/Outlines {root} 0 R"


def has_font() -> bool:
    """Return whether this machine has the font that `scan` prints with."""
    try:
        ImageFont.truetype(_FONT, 12)
    except OSError:
        return False
    return True


def scan(
    lines: Sequence[str], *, size: int = 30, width: int = 1240, height: int = 900, turn: int = 0
) -> bytes:
    """Return a JPEG of a page with printed lines, at 150 dpi A4 if `width` is 1240.

    Args:
        turn: Degrees clockwise by which the paper lay turned on the glass.
    """
    page = Image.new("L", (width, height), 245)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(_FONT, size)
    for number, line in enumerate(lines):
        draw.text((90, 80 + number * size * 1.7), line, fill=25, font=font)
    if turn:
        page = page.rotate(-turn, expand=True)
    out = io.BytesIO()
    page.save(out, "JPEG", quality=80)
    return out.getvalue()


def photograph(width: int, height: int, shade: int = 128, **options: bool | int) -> bytes:
    """Return a plain grey JPEG."""
    out = io.BytesIO()
    Image.new("L", (width, height), shade).save(out, "JPEG", quality=30, **options)
    return out.getvalue()


def _opened(picture: bytes) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(picture))


def _file(objects: dict[int, bytes], streams: dict[int, bytes], trailer: str, key: bytes) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = {}
    for number, content in sorted(objects.items()):
        places[number] = len(out)
        if number in streams:
            data = _rc4(_object_key(key, number), streams[number]) if key else streams[number]
            body = b"<<%s/Length %d>>stream\n%s\nendstream" % (content, len(data), data)
        else:
            body = content
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        if number in places:
            out += b"%010d 00000 n \n" % places[number]
        else:
            out += b"0000000000 65535 f \n"
    out += b"trailer<<%s/Size %d>>\n" % (trailer.encode(), size)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def _text(words: str, key: bytes, number: int) -> str:
    data = b"\xfe\xff" + words.encode("utf-16-be")
    return f"<{(_rc4(_object_key(key, number), data) if key else data).hex()}>"


def _encryption(user: bytes, owner: bytes) -> tuple[bytes, bytes]:
    """Return the key and the dictionary of the standard handler, revision 2 (7.6.3)."""
    user, owner = (user + _PAD)[:32], (owner + _PAD)[:32]
    stored = _rc4(hashlib.md5(owner).digest()[:5], user)
    rights = (-4).to_bytes(4, "little", signed=True)
    key = hashlib.md5(user + stored + rights + _ID).digest()[:5]
    check = _rc4(key, _PAD)
    entry = f"<</Filter/Standard/V 1/R 2/P -4/O<{stored.hex()}>/U<{check.hex()}>>>"
    return key, entry.encode()


def _object_key(key: bytes, number: int) -> bytes:
    return hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10]


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    other = 0
    for one in range(256):
        other = (other + state[one] + key[one % len(key)]) % 256
        state[one], state[other] = state[other], state[one]
    out = bytearray()
    one = other = 0
    for byte in data:
        one = (one + 1) % 256
        other = (other + state[one]) % 256
        state[one], state[other] = state[other], state[one]
        out.append(byte ^ state[(state[one] + state[other]) % 256])
    return bytes(out)
