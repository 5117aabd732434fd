"""A cover for a work that has none: its title on cloth, drawn as SVG; no fonts, no pictures.

The colours follow the collection, so that a shelf looks like one; the woven band follows the title,
so that two neighbours differ. The same words always give the same drawing.
"""

import hashlib
from html import escape

WIDTH = 240
HEIGHT = 340

# Ground, band, ink: cloth of the north-west. Ink on ground >= 7:1 (WCAG 2.2, 1.4.6).
_CLOTHS = (
    ("#2F3A8F", "#F2C14E", "#FFFDF8"),
    ("#1E5A3C", "#F2C14E", "#FFFDF8"),
    ("#7A2E2A", "#F3D9A4", "#FFFDF8"),
    ("#20405C", "#E8A87C", "#FFFDF8"),
    ("#5B2A5E", "#F0C6D8", "#FFFDF8"),
    ("#4A3B1C", "#E6C15A", "#FFFDF8"),
    ("#0F4C50", "#F4B78A", "#FFFDF8"),
    ("#3C3A4E", "#B9D4A0", "#FFFDF8"),
)
_MARKS = {
    "audiobook": "M-18 4v-6a18 18 0 0 1 36 0v6M-18 2h7v14h-7zM11 2h7v14h-7z",
    "document": "M-12-16h16l8 8v24h-24zM4-16v8h8M-7 0h14M-7 7h14",
    "image": "M-18-13h36v26h-36zM-18 8l11-10 8 7 6-5 11 9M6-6h.1",
    "website": "M0-17a17 17 0 1 0 .1 0M-17 0h34M0-17c-12 10-12 24 0 34M0-17c12 10 12 24 0 34",
}
_BOOK = "M0-11c-6-5-13-5-19-3v24c6-2 13-2 19 3 6-5 13-5 19-3v-24c-6-2-13-2-19 3zM0-11v24"


def cover_svg(title: str, creator: str = "", form: str = "", collection: str = "") -> str:
    """Return an SVG drawing, 240 by 340 units, that shows the work by its words."""
    cloth = _CLOTHS[_digest(collection or form)[0] % len(_CLOTHS)]
    ground, band, ink = cloth
    size, lines = _fit(title)
    top = 88 + size
    rows = "".join(
        f'<text x="20" y="{top + number * size * 1.28:.0f}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    by = "".join(
        f'<text x="20" y="{286 + number * 18}">{escape(line)}</text>'
        for number, line in enumerate(_wrap(creator, 22)[:2])
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<path fill="{ground}" d="M0 0h{WIDTH}v{HEIGHT}h-{WIDTH}z"/>'
        f'<path fill="#000" fill-opacity=".16" d="M0 0h10v{HEIGHT}h-10z"/>'
        f"{_weave(title, band)}"
        f'<g fill="{ink}" font-family="serif" font-weight="700" font-size="{size}">{rows}</g>'
        f'<g fill="{ink}" font-family="sans-serif" font-size="14">{by}</g>'
        f'<path transform="translate(205 312) scale(.8)" fill="none" stroke="{band}" '
        f'stroke-width="3" stroke-linejoin="round" d="{_MARKS.get(form, _BOOK)}"/></svg>'
    )


def _digest(words: str) -> bytes:
    return hashlib.sha256(words.encode()).digest()


def _weave(title: str, colour: str) -> str:
    """Return a band of diamonds, as on a Thái scarf; the title chooses its thread count."""
    seed = _digest(title)
    step = (20, 24, 30)[seed[0] % 3]
    half = step / 2
    inner = (0.0, 0.35, 0.55)[seed[1] % 3]
    diamonds = []
    for x in range(10, WIDTH + step, step):
        diamonds.append(f"M{x} 52l{half:g}-{half:g} {half:g} {half:g}-{half:g} {half:g}z")
        if inner:
            cut = half * inner
            left = x + half - cut
            diamonds.append(f"M{left:g} 52l{cut:g} {cut:g} {cut:g}-{cut:g}-{cut:g}-{cut:g}z")
    lines = "".join(f"M10 {y}h{WIDTH}v2h-{WIDTH}z" for y in (26, 32, 70, 76))
    return f'<path fill="{colour}" fill-rule="evenodd" d="{"".join(diamonds)}{lines}"/>'


def _fit(title: str) -> tuple[int, list[str]]:
    """Return the largest type size at which the title fits, and its lines."""
    for size, letters, most in ((30, 10, 4), (25, 12, 5), (21, 15, 6)):
        lines = _wrap(title, letters)
        if len(lines) <= most and all(len(line) <= letters + 1 for line in lines):
            return size, lines
    lines = [line[:22] for line in _wrap(title, 19)]
    return 17, [*lines[:6], lines[6] + "…"] if len(lines) > 7 else lines


def _wrap(words: str, letters: int) -> list[str]:
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + 1 + len(word) <= letters:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines
