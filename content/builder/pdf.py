"""PDF, born digital or scanned, to pages: picture in two widths, text, word boxes, contents.

pdfium opens each page, draws it, gives its text, and lets it go before the next, so 3,000 pages
cost no more memory than one. Pages without text are recognised when asked (content/builder/ocr.py)
while the next are drawn. Scripts, forms and attached files are never looked at.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pypdfium2 as pdfium

from content.builder.html_text import html_escape
from content.builder.language import detect
from content.builder.ocr import Ocr, run_tesseract
from content.builder.page_pictures import PagePicture, keep_picture, make_picture
from content.builder.page_text import PageText
from content.builder.pdf_details import REMEDY, open_document, read_contents, read_details
from content.builder.pdf_page import draw_for_ocr, draw_page
from content.builder.spool import Details, DraftPart, SourceJob, Spool
from content.errors import SourceError
from content.terms import Part, PartKind
from content.vietnamese import normalize

MAX_PAGES = 20_000
_MAX_NAME = 120
_SAMPLE_LETTERS = 20_000


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A page with its picture, waiting for its text."""

    index: int
    picture: PagePicture
    text: PageText | Future[PageText]
    faulty: bool


def read_pdf(job: SourceJob, spool: Spool) -> Details:
    """Fill the spool from one PDF, or several in order, and return what the first says of itself.

    Raises:
        SourceError: One is locked with a password, damaged, or has no pages.
        MissingToolError: Recognition was asked for and tesseract is not installed.
    """
    counts = [_count(path) for path in job.files]
    total = sum(counts)
    if total > MAX_PAGES:
        raise SourceError(f"has {total} pages; {MAX_PAGES} can be read", remedy="split the work")
    details, sample, done = Details(), "", 0
    for number, path in enumerate(job.files, start=1):
        document = open_document(path)
        try:
            if number == 1:
                said = read_details(document)
                details = said.details
                for reason in said.refused:
                    spool.problem(path.name, reason, "give title and author in the catalogue")
            reader = _Reader(job, spool, document, path.name, done, total)
            sample += reader.read(ThreadPoolExecutor(max(1, job.options.jobs)))
        finally:
            document.close()
        done += counts[number - 1]
        if job.options.originals:
            name = "document.pdf" if number == 1 else f"document-{number}.pdf"
            filename = normalize(path.name)[-_MAX_NAME:]
            spool.add_asset(name, "application/pdf", path, filename=filename)
    return replace(details, language=detect(sample))


def _count(path: Path) -> int:
    document = open_document(path)
    try:
        pages = len(document)
    finally:
        document.close()
    if pages < 1:
        raise SourceError("the PDF has no pages", remedy=REMEDY)
    return pages


@dataclass
class _Reader:
    """One document on its way into the spool; `before` pages of the work are there already."""

    job: SourceJob
    spool: Spool
    document: pdfium.PdfDocument
    file: str
    before: int
    total: int
    sample: str = ""
    remarks: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def read(self, pool: ThreadPoolExecutor) -> str:
        """Add every page in order; return the beginning of the text.

        As many pages wait as are recognised at once; a page waits encoded, so they cost little.
        """
        contents = read_contents(self.document)
        options = self.job.options
        ocr = Ocr(options.ocr_language, self.job.cache / "ocr", run_tesseract)
        waiting: deque[_Waiting] = deque()
        try:
            for index in range(len(self.document)):
                waiting.append(self._draw(index, ocr, pool))
                if len(waiting) > max(1, options.jobs):
                    self._add(waiting.popleft(), contents)
            while waiting:
                self._add(waiting.popleft(), contents)
        finally:
            pool.shutdown(cancel_futures=True)
        for (reason, remedy), pages in self.remarks.items():
            which = "page" if len(pages) == 1 else "pages"
            self.spool.problem(self.file, f"{which} {_spans(pages)}: {reason}", remedy)
        return self.sample

    def _draw(self, index: int, ocr: Ocr, pool: ThreadPoolExecutor) -> _Waiting:
        options = self.job.options
        drawn = draw_page(self.document, index)
        if drawn.fault:
            self._remark(index, drawn.fault, REMEDY)
        text: PageText | Future[PageText] = drawn.text
        if options.ocr and not drawn.text.text and not drawn.fault:
            # Asked here, so that a missing tool is told before the first page is lost.
            assert ocr.version is not None
            page = draw_for_ocr(self.document, index, drawn)
            text = pool.submit(ocr.read, page.image, page.dpi)
        cover = self.before + index == 0
        picture = make_picture(drawn.image, jpeg=options.jpeg_fallback, cover=cover)
        return _Waiting(index, picture, text, bool(drawn.fault))

    def _add(self, page: _Waiting, contents: dict[int, tuple[str, int]]) -> None:
        text = self._text(page)
        number = self.before + page.index + 1
        made = page.picture
        if text.turned:
            upright = draw_page(self.document, page.index, text.turned)
            jpeg = self.job.options.jpeg_fallback
            made = make_picture(upright.image, jpeg=jpeg, cover=made.cover is not None)
            self._remark(page.index, "did not stand upright, turned", "")
        if not text.text and not page.faulty:
            remedy = "" if self.job.options.ocr else "build with --ocr to recognise it"
            self._remark(page.index, "no text, so search does not find it", remedy)
        if len(self.sample) < _SAMPLE_LETTERS:
            self.sample += text.text[:2000] + "\n"
        pictures = keep_picture(self.spool, f"img/{number:04d}", made)
        title, level = contents.get(page.index + 1, ("", 1))
        part = Part(
            PartKind.PAGE, "", title=title, level=level, listed=bool(title), pictures=pictures
        )
        html = "".join(f"<p>{html_escape(line)}</p>" for line in text.text.split("\n") if line)
        self.spool.add_part(DraftPart(part, html=html, text=text.text, words=text.words))
        self.spool.report(number, self.total)

    def _text(self, page: _Waiting) -> PageText:
        if not isinstance(page.text, Future):
            return page.text
        try:
            return page.text.result()
        except SourceError as error:
            self._remark(page.index, f"could not be recognised: {error.reason}", error.remedy)
            return PageText()

    def _remark(self, index: int, reason: str, remedy: str) -> None:
        self.remarks.setdefault((reason, remedy), []).append(index + 1)


def _spans(numbers: Sequence[int]) -> str:
    """Return page numbers as people write them: `2, 5-9`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in spans[:20]]
    return ", ".join(shown) + (f" and {len(spans) - 20} more" if len(spans) > 20 else "")
