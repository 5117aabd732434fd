"""PDF, born digital or scanned, to pages: picture in two widths, text, word boxes, contents.

pdfium opens each page, draws it, gives its text, and lets it go before the next, so 3,000 pages
cost no more memory than one. Pages without text are recognised when asked (content/builder/ocr.py).
"""

import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from content.builder.html_text import html_escape
from content.builder.language import agreed
from content.builder.ocr import Ocr, run_tesseract
from content.builder.page_pictures import LARGE_WIDTH, keep_cover, keep_picture
from content.builder.page_text import PageText, read_page_text
from content.builder.spool import Details, DraftPart, SourceJob, Spool
from content.errors import SourceError
from content.terms import Part, PartKind
from content.vietnamese import normalize

POINTS_AN_INCH = 72
MAX_DPI = 300
# A page drawn larger than this is a poster strip; it is drawn coarser instead.
MAX_PIXELS = 9_000_000
MAX_PAGES = 20_000
_REMEDY = "open it on a computer and print it to a new PDF"
# What programs write where a title should be.
_NO_TITLE = re.compile(r"untitled|microsoft word|\.(docx?|pdf|indd|rtf|tif+)$|^\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A page with its picture, waiting for its text."""

    number: int
    image: Image.Image
    text: PageText | Future[PageText]


def read_pdf(job: SourceJob, spool: Spool) -> Details:
    """Fill the spool from one PDF and return what it says of itself.

    Raises:
        SourceError: It is locked with a password, damaged, or has no pages.
        MissingToolError: Recognition was asked for and tesseract is not installed.
    """
    path = job.files[0]
    document = _open(path)
    try:
        pages = len(document)
        if not 0 < pages <= MAX_PAGES:
            raise SourceError(f"has {pages} pages; 1 to {MAX_PAGES} can be read", remedy=_REMEDY)
        contents = _contents(document)
        details = _details(document)
        sample = _read_pages(job, spool, document, contents)
    finally:
        document.close()
    if job.options.originals:
        name = normalize(path.name)[-120:]
        spool.add_asset("document.pdf", "application/pdf", path, filename=name)
    language, _ = agreed(details.language, sample)
    return Details(
        title=details.title, creator=details.creator, date=details.date, language=language
    )


def _open(path: Path) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
            raise SourceError(
                "the PDF is locked with a password", remedy="ask for a copy without one"
            ) from error
        raise SourceError("the PDF is damaged or cut short", remedy=_REMEDY) from error


def _read_pages(
    job: SourceJob,
    spool: Spool,
    document: pdfium.PdfDocument,
    contents: dict[int, tuple[str, int]],
) -> str:
    """Add every page in order; return the beginning of the text."""
    sample, textless = "", []
    total = len(document)
    for drawn in _in_order(job, document, spool):
        text = drawn.text.result() if isinstance(drawn.text, Future) else drawn.text
        image = drawn.image
        if text.turned:
            image = image.rotate(-text.turned, expand=True)
            remark = f"page {drawn.number} was lying on its side; it was turned"
            spool.problem(job.files[0].name, remark)
        if not text.text:
            textless.append(drawn.number)
        sample += text.text[:2000] if len(sample) < 20_000 else ""
        _add_page(job, spool, drawn.number, image, text, contents.get(drawn.number))
        spool.report(drawn.number, total)
    if textless:
        remedy = "" if job.options.ocr else "build with --ocr to recognise it"
        which = f"{len(textless)} of {total} pages have no text"
        spool.problem(job.files[0].name, which, remedy)
    return sample


def _in_order(job: SourceJob, document: pdfium.PdfDocument, spool: Spool) -> Iterator[_Drawn]:
    """Yield drawn pages; up to `job.options.jobs` are being recognised meanwhile."""
    ocr = Ocr(job.options.ocr_language, job.cache / "ocr", run_tesseract)
    jobs = max(1, job.options.jobs)
    waiting: deque[_Drawn] = deque()
    with ThreadPoolExecutor(jobs) as pool:
        for number in range(1, len(document) + 1):
            image, text = _draw(document, number, job.files[0].name, spool)
            if not text.text and job.options.ocr:
                waiting.append(_Drawn(number, image, pool.submit(ocr.read, image)))
            else:
                waiting.append(_Drawn(number, image, text))
            if len(waiting) > jobs:
                yield waiting.popleft()
        yield from waiting


def _draw(
    document: pdfium.PdfDocument, number: int, file: str, spool: Spool
) -> tuple[Image.Image, PageText]:
    """Return picture and text layer of a page; a page that cannot be drawn is white."""
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        spool.problem(file, f"page {number} is damaged; it stays white", _REMEDY)
        return Image.new("L", (720, 1018), 255), PageText()
    try:
        width, height = page.get_size()
        if min(width, height) < 1 or max(width, height) > 100 * min(width, height):
            spool.problem(file, f"page {number} has an impossible size; it stays white")
            return Image.new("L", (720, 1018), 255), PageText()
        scale = min(LARGE_WIDTH / width, MAX_DPI / POINTS_AN_INCH)
        scale = min(scale, (MAX_PIXELS / (width * height)) ** 0.5)
        bitmap = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True)
        try:
            image = bitmap.to_pil().convert("RGB")
        finally:
            bitmap.close()
        return image, read_page_text(page)
    except (pdfium.PdfiumError, MemoryError):
        spool.problem(file, f"page {number} cannot be drawn; it stays white", _REMEDY)
        return Image.new("L", (720, 1018), 255), PageText()
    finally:
        page.close()


def _add_page(  # noqa: PLR0913, PLR0917 -- what a page is made of
    job: SourceJob,
    spool: Spool,
    number: int,
    image: Image.Image,
    text: PageText,
    entry: tuple[str, int] | None,
) -> None:
    pictures = keep_picture(spool, f"img/{number:04d}", image, jpeg=job.options.jpeg_fallback)
    if number == 1:
        keep_cover(spool, image)
    title, level = entry or ("", 1)
    part = Part(
        PartKind.PAGE, "", title=title, level=level, listed=entry is not None, pictures=pictures
    )
    html = "".join(f"<p>{html_escape(line)}</p>" for line in text.text.split("\n") if line)
    spool.add_part(DraftPart(part, html=html, text=text.text, words=text.words))


def _contents(document: pdfium.PdfDocument) -> dict[int, tuple[str, int]]:
    """Return page number to (title, level) from the outline; the first entry of a page counts."""
    found: dict[int, tuple[str, int]] = {}
    try:
        for entry in document.get_toc(max_depth=6):
            target = entry.get_dest()
            page = target.get_index() if target is not None else None
            title = " ".join(normalize(entry.get_title() or "").split())[:200]
            if page is not None and 0 <= page < len(document) and title:
                found.setdefault(page + 1, (title, entry.level + 1))
            if len(found) > 5_000:
                break
    except pdfium.PdfiumError:
        pass
    return found


def _details(document: pdfium.PdfDocument) -> Details:
    try:
        said = document.get_metadata_dict(skip_empty=True)
    except (pdfium.PdfiumError, UnicodeDecodeError):
        return Details()
    title = " ".join(normalize(said.get("Title", "")).split())[:300]
    author = " ".join(normalize(said.get("Author", "")).split())[:300]
    year = re.match(r"D:(\d{4})", said.get("CreationDate", ""))
    return Details(
        title="" if _NO_TITLE.search(title) else title,
        creator=(author,) if author else (),
        date=year[1] if year else "",
    )
