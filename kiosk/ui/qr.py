"""QR codes as pictures that need nothing else (ADR 9)."""

import io

import segno

BORDER = 2  # modules; phones of today need less than the four of ISO/IEC 18004


def qr_svg(address: str) -> str:
    """Return a QR code of an address as SVG, black on nothing, of no size of its own."""
    out = io.BytesIO()
    code = segno.make(address, micro=False, error="m")
    code.save(out, kind="svg", xmldecl=False, svgns=True, nl=False, border=BORDER, omitsize=True)
    return out.getvalue().decode()
