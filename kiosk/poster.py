"""The poster at the door: join the Wi-Fi, open the library; one drawing for A4 and A5.

Drawn in millimetres of A4; A5 is the same drawing smaller (ISO 216). The two QR codes are pictures
of squares, so the poster needs nothing but a printer.
"""

import io
import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import segno
from segno.helpers import make_wifi_data

from content.errors import MissingToolError

SIZES = {"a4": (210, 297), "a5": (148, 210)}
_INDIGO, _INK, _QUIET, _PAPER = "#2f3a8f", "#1f2330", "#5a6072", "#fffdf8"
_FONT = "Noto Sans, DejaVu Sans, Arial, sans-serif"
# Of the letters' height; Vietnamese text in a sans-serif, bold.
_LETTER_WIDTH = 0.7
_PDF_S = 40
_MARK = (
    '<g transform="translate(93 7) scale(.75)">'
    '<path fill="#fffdf8" d="M16 9c-4-3-8-3-12-1.5V25c4-1.5 8-1.5 12 1.5'
    ' 4-3 8-3 12-1.5V7.5C24 6 20 6 16 9z"/>'
    '<path fill="none" stroke="#f2c14e" stroke-width="2" d="M16 9v17.5"/></g>'
)


@dataclass(frozen=True, slots=True)
class Poster:
    """What stands on a poster.

    Args:
        address: Of the library, as phones open it.
        ssid: Name of the Wi-Fi; "" leaves its code out.
        password: Of the Wi-Fi; "" when it is open.
        contact: Whom readers ask; "" is nobody.
    """

    point_name: str
    address: str
    ssid: str = ""
    password: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    """Where a text stands: its middle, the height of its letters and the room, in millimetres."""

    x: float
    y: float
    size: float
    width: float
    colour: str = _INK
    rows: int = 1


def poster_svg(poster: Poster, size: str, say: Callable[[str], str]) -> str:
    """Return the poster as a whole SVG document.

    Args:
        size: `a4` or `a5`.
        say: Translates a sentence.
    """
    width, height = SIZES[size]
    _ = say
    name = re.sub(r"^http://", "", poster.address).rstrip("/")
    parts = [
        f'<rect width="210" height="297" fill="{_PAPER}"/>',
        f'<rect width="210" height="66" fill="{_INDIGO}"/>',
        _MARK,
        *_centred(poster.point_name, _Line(105, 46, 15, 190, _PAPER, rows=2)),
        *_centred(_("Books to read and hear, free"), _Line(105, 80, 9, 190)),
    ]
    if poster.ssid:
        parts += _step(55, _("1. Join the Wi-Fi"), _wifi_code(poster), poster.ssid)
        if poster.password:
            words = _("Password: %(password)s") % {"password": poster.password}
            parts += _centred(words, _Line(55, 216, 6.5, 88))
        parts += _step(155, _("2. Open the library"), _code(poster.address), name)
    else:
        parts += _step(105, _("Open the library"), _code(poster.address), name)
    parts += [
        *_centred(_("Point the phone's camera at the squares."), _Line(105, 236, 7.5, 190)),
        *_centred(_("Or open the browser and type the address."), _Line(105, 248, 7.5, 190)),
        *_centred(_("No internet, no account, no money."), _Line(105, 264, 7.5, 190, _QUIET)),
    ]
    if poster.contact:
        words = _("Need help? Ask:") + " " + poster.contact
        parts += _centred(words, _Line(105, 281, 7.5, 190))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 210 297" font-family="{_FONT}" text-anchor="middle">{"".join(parts)}</svg>'
    )


def poster_pdf(poster: Poster, size: str, say: Callable[[str], str]) -> bytes:
    """Return the poster as a PDF of one page, made by the system's Chromium.

    Raises:
        MissingToolError: Chromium is not here or does not print.
    """
    width, height = SIZES[size]
    html = (
        f'<!doctype html><meta charset="utf-8"><style>@page{{size:{width}mm {height}mm;margin:0}}'
        f"body{{margin:0}}svg{{display:block}}</style>{poster_svg(poster, size, say)}"
    )
    with tempfile.TemporaryDirectory(prefix="diemdoc-poster-") as folder:
        page, out = Path(folder, "poster.html"), Path(folder, "poster.pdf")
        page.write_text(html, encoding="utf-8")
        command = [
            # Chromium refuses its sandbox to root; the page is ours.
            "chromium", "--headless", *(["--no-sandbox"] if os.geteuid() == 0 else []),
            "--disable-gpu", "--disable-quic",
            "--disable-background-networking", f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer", f"--print-to-pdf={out}", page.as_uri(),
        ]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_PDF_S)  # noqa: S603
            return out.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise MissingToolError(
                "a PDF needs Chromium, which is not here or does not print; take the SVG and print "
                "it from any browser"
            ) from error


def _wifi_code(poster: Poster) -> segno.QRCode:
    security = "WPA" if poster.password else "nopass"
    data = make_wifi_data(poster.ssid, poster.password or None, security)
    # With its encoding named (ECI): readers that guess take Vietnamese for Japanese.
    return segno.make(data, micro=False, error="m", encoding="utf-8", eci=not data.isascii())


def _code(address: str) -> segno.QRCode:
    return segno.make(address, micro=False, error="m")


def _step(x: int, title: str, code: segno.QRCode, under: str) -> list[str]:
    """Draw one step: its title, its code 78 mm wide, and what to type when there is no camera."""
    out = io.BytesIO()
    code.save(out, kind="svg", xmldecl=False, svgns=False, nl=False, border=4, omitsize=True)
    drawn = out.getvalue().decode().replace("<svg ", f'<svg x="{x - 39}" y="106" width="78" ', 1)
    drawn = drawn.replace("<svg ", '<svg height="78" ', 1)
    return [
        *_centred(title, _Line(x, 101, 9, 96, _INDIGO)),
        f'<rect x="{x - 39}" y="106" width="78" height="78" fill="#fff"/>',
        drawn,
        *_centred(under, _Line(x, 200, 10, 92, rows=2)),
    ]


def _centred(text: str, at: _Line) -> list[str]:
    """Draw text around a place, on its rows and as small as it must be to fit."""
    letters = int(at.width / (at.size * _LETTER_WIDTH))
    while len(rows := _rows(text, letters)) > at.rows:
        letters += 1
    longest = max((len(one) for one in rows), default=1)
    size = min(at.size, at.width / (max(longest, 1) * _LETTER_WIDTH))
    first = at.y - (len(rows) - 1) * size * 0.55
    return [
        f'<text x="{at.x}" y="{first + number * size * 1.25:.1f}" font-size="{size:.2f}" '
        f'font-weight="700" fill="{at.colour}">{escape(row)}</text>'
        for number, row in enumerate(rows)
    ]


def _rows(text: str, letters: int) -> list[str]:
    rows: list[str] = []
    for word in text.split():
        if rows and len(rows[-1]) + 1 + len(word) <= letters:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    return rows
