"""One page of a PDF as a picture: as wide as the archive wants it, never larger than memory allows.

A page of 1 by 14,400 points or of five metres is drawn coarser, or stays white when it has no shape
to read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from content.builder.page_pictures import LARGE_WIDTH
from content.builder.page_text import PageText, read_page_text
from content.builder.pictures import is_decodable

POINTS_AN_INCH = 72
MAX_DPI = 300
# The longest side is at most so many times the other.
MAX_RATIO = 100
MAX_PIXELS = 9_000_000
# Pictures on the page below this are drawn without a look at how they are packed.
LARGE_IMAGE_PIXELS = 40_000_000
MAX_IMAGE_PIXELS = 1_000_000_000
MAX_IMAGES = 5_000
# Print recognised below this loses marks; measured: docs/measurements/build.md.
OCR_LEAST_DPI = 150
OCR_DPI = 200
OCR_MAX_PIXELS = 16_000_000
# A4 at the small width.
_WHITE = (720, 1018)


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page as picture and text.

    Args:
        dpi: Pixels an inch of the paper.
        fault: What is wrong with it, in words that follow its number and a colon; "" is nothing.
    """

    image: Image.Image
    text: PageText
    dpi: int
    fault: str = ""


def draw_page(document: pdfium.PdfDocument, index: int, turned: int = 0) -> DrawnPage:
    """Return a page with its text layer; one that cannot be drawn is white, with its fault.

    Args:
        index: From 0.
        turned: Degrees clockwise by which to turn it.
    """
    try:
        page = document[index]
    except pdfium.PdfiumError:
        return _white("damaged, left white")
    try:
        width, height = page.get_size()
        if not (min(width, height) >= 1 and max(width, height) <= MAX_RATIO * min(width, height)):
            return _white("impossible size, left white")
        if turned in {90, 270}:
            width, height = height, width
        scale = min(LARGE_WIDTH / width, MAX_DPI / POINTS_AN_INCH)
        scale = min(scale, (MAX_PIXELS / (width * height)) ** 0.5)
        if _holds_too_much(page):
            return _white("holds a picture too large to decode, left white")
        image = _render(page, scale, turned, "RGB")
        text = PageText() if turned else read_page_text(page)
        fault = ""
        if not text.text and _is_white(image) and any(_images(page)):
            fault = "its picture cannot be decoded, left white"
        return DrawnPage(image, text, round(scale * POINTS_AN_INCH), fault)
    except (pdfium.PdfiumError, MemoryError):
        return _white("cannot be drawn, left white")
    finally:
        page.close()


def draw_for_ocr(document: pdfium.PdfDocument, index: int, drawn: DrawnPage) -> DrawnPage:
    """Return the page in grey, fine enough to be recognised: a wide page is drawn anew."""
    if drawn.fault or drawn.dpi >= OCR_LEAST_DPI:
        return DrawnPage(drawn.image.convert("L"), drawn.text, drawn.dpi)
    page = document[index]
    try:
        width, height = page.get_size()
        scale = min(OCR_DPI / POINTS_AN_INCH, (OCR_MAX_PIXELS / (width * height)) ** 0.5)
        image = _render(page, scale, 0, "L")
        return DrawnPage(image, drawn.text, round(scale * POINTS_AN_INCH))
    except (pdfium.PdfiumError, MemoryError):
        return DrawnPage(drawn.image.convert("L"), drawn.text, drawn.dpi)
    finally:
        page.close()


def _holds_too_much(page: pdfium.PdfPage) -> bool:
    """Return whether a picture on the page would take all memory: some kinds are decoded whole."""
    return any(_is_too_large(image) for image in _images(page))


def _images(page: pdfium.PdfPage) -> Iterator[pdfium.PdfImage]:
    found = page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=4)
    return islice(found, MAX_IMAGES)


def _is_white(image: Image.Image) -> bool:
    shades = image.getextrema()
    return all(isinstance(one, tuple) and one == (255, 255) for one in shades)


def _is_too_large(image: pdfium.PdfImage) -> bool:
    width, height = image.get_px_size()
    pixels = width * height
    if pixels <= LARGE_IMAGE_PIXELS:
        return False
    # pdfium decodes JPEG 2000 at a smaller scale, and gives nothing when it cannot.
    if image.get_filters()[-1:] == ["DCTDecode"]:
        return not is_decodable(bytes(image.get_data(decode_simple=True)))
    return bool(pixels > MAX_IMAGE_PIXELS)


def _render(page: pdfium.PdfPage, scale: float, turned: int, mode: str) -> Image.Image:
    bitmap = page.render(scale=scale, rotation=turned, may_draw_forms=False, grayscale=mode == "L")
    try:
        shared: Image.Image = bitmap.to_pil()
        # `convert` copies unless the mode is the same; pdfium's own memory ends with the bitmap.
        return shared.copy() if shared.mode == mode else shared.convert(mode)
    finally:
        bitmap.close()


def _white(fault: str) -> DrawnPage:
    return DrawnPage(Image.new("L", _WHITE, 255), PageText(), POINTS_AN_INCH, fault)
