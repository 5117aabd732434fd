"""What a PDF says of itself: its information dictionary and its outline, tidied.

Both are often rubbish: a title is the name of a Word file, an author the name of a computer. What
is passed over is told, so that a librarian can catalogue it by hand. The date is not taken: it is
the day of the scan, not the year of the work.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from content.builder.page_text import clean
from content.builder.spool import Details
from content.errors import SourceError

MAX_ENTRIES = 5_000
_MAX_DEPTH = 6
_MAX_TITLE = 300
_MAX_NAME = 200
_MAX_DESCRIPTION = 2_000
_MAX_LISTED = 20
REMEDY = "open it on a computer and print it to a new PDF"
# What programs write where a title should be.
_NO_TITLE = re.compile(
    r"untitled|không tên|no ?title|microsoft |powerpoint presentation|document ?\d*$|scan(ned)?\b|"
    r"\.(docx?|odt|pptx?|xlsx?|pdf|indd|pmd|qxd|rtf|tiff?|jpe?g)$|^[\W\d_]*$",
    re.IGNORECASE,
)
# What computers are called.
_NO_AUTHOR = re.compile(
    r"(admin(istrator)?|user\d*|owner|pc\d*|home|windows|hp|dell|asus|acer|lenovo|unknown|"
    r"author|anonymous|test|scan(ner)?|canon.*|xerox.*|.*@.*|[\W\d_]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a PDF says of itself.

    Args:
        refused: What it says that is no title or name, for the librarian.
    """

    details: Details
    refused: tuple[str, ...] = ()


def open_document(path: Path) -> pdfium.PdfDocument:
    """Return the document; a password that only forbids printing does not matter.

    Raises:
        SourceError: It is locked with a password, or damaged.
    """
    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if error.err_code in {pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY}:
            raise SourceError(
                "the PDF is locked with a password", remedy="ask its owner for a copy without one"
            ) from error
        reason = "the PDF is damaged, cut short or without pages"
        raise SourceError(reason, remedy=REMEDY) from error


def read_details(document: pdfium.PdfDocument) -> Said:
    """Return what the information dictionary says and means."""
    try:
        said = document.get_metadata_dict(skip_empty=True)
    except (pdfium.PdfiumError, UnicodeDecodeError):
        return Said(Details())
    title, author = clean(said.get("Title", "")), clean(said.get("Author", ""))
    refused = []
    if title and _NO_TITLE.search(title):
        refused.append(f"its title {title[:60]!r} is none")
        title = ""
    if author and _NO_AUTHOR.fullmatch(author):
        refused.append(f"its author {author[:60]!r} is none")
        author = ""
    details = Details(
        title=title[:_MAX_TITLE],
        creator=_listed(author, ";"),
        subject=_listed(clean(said.get("Keywords", "")), ",;"),
        description=clean(said.get("Subject", ""))[:_MAX_DESCRIPTION],
    )
    return Said(details, tuple(refused))


def read_contents(document: pdfium.PdfDocument) -> dict[int, tuple[str, int]]:
    """Return page number, from 1, to (title, level); the first entry that names a page counts."""
    found: dict[int, tuple[str, int]] = {}
    pages = len(document)
    try:
        for number, entry in enumerate(document.get_toc(max_depth=_MAX_DEPTH)):
            if number >= MAX_ENTRIES:
                break
            target = entry.get_dest()
            page = target.get_index() if target is not None else None
            title = clean(entry.get_title() or "")[:_MAX_NAME]
            if page is not None and 0 <= page < pages and title:
                found.setdefault(page + 1, (title, entry.level + 1))
    except (pdfium.PdfiumError, UnicodeDecodeError):
        # The outline is broken from here on; what was read is good.
        return found
    return found


def _listed(text: str, marks: str) -> tuple[str, ...]:
    """Return what `marks` part, each once."""
    found = (one.strip()[:_MAX_NAME] for one in re.split(f"[{marks}]", text))
    return tuple(dict.fromkeys(one for one in found if one))[:_MAX_LISTED]
