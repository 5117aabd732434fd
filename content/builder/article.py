"""HTML files with the pictures beside them to parts: one each, or several when it is long."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from content.builder.chapter_markup import Look
from content.builder.chapters import Chapters
from content.builder.encoding import read_text
from content.builder.html_text import drop, outer, parse_document, tag_of, words_of
from content.builder.language import remarks, settled
from content.builder.spool import Details, SourceJob, Spool
from content.errors import SourceError
from content.vietnamese import normalize

MAX_BYTES = 16 * 1024 * 1024
MAX_PICTURE_BYTES = 64 * 1024 * 1024
# What stands around an article: by element, by role, and by the class names that DocBook gives.
_AROUND = {"nav", "header", "footer", "aside"}
_AROUND_ROLES = {"navigation", "banner", "contentinfo", "search", "complementary"}
_AROUND_CLASSES = {"navheader", "navfooter"}
_META = {
    "author": "creator",
    "dc.creator": "creator",
    "dcterms.creator": "creator",
    "article:author": "creator",
    "description": "description",
    "dc.description": "description",
    "dc.date": "date",
    "dcterms.date": "date",
    "date": "date",
    "article:published_time": "date",
    "dc.publisher": "publisher",
    "og:site_name": "publisher",
    "dc.language": "language",
    "dc.rights": "rights",
}


def read_article(job: SourceJob, spool: Spool) -> Details:
    """Fill the spool from HTML files, each a chapter, and return what the first says of itself.

    Raises:
        SourceError: It is too large, or has nothing to read.
    """
    first = job.files[0]
    numbers = {path.resolve(): number for number, path in enumerate(job.files)}
    look = Look()

    def document(number: int, reference: str) -> int | None:
        path = _beside(job.files[number], reference)
        return None if path is None else numbers.get(path.resolve())

    def picture(number: int, address: str) -> tuple[str, bytes] | None:
        return picture_beside(job.files[number], address)

    chapters = Chapters(spool, first.name, picture, document, look, expected=len(job.files))
    details = Details()
    for number, path in enumerate(job.files):
        root = parse_document(read_text(path, MAX_BYTES, spool))
        if root is None:
            continue
        found = _details(root)
        details = found if number == 0 else details
        for sheet in root.iter("style"):
            look.read(sheet.text or "")
        chapters.add(number, _reading_part(root), found.title if number or job.files[1:] else "")
    if not chapters.finish(job.title or details.title or first.stem):
        raise SourceError("there is nothing to read in it", remedy="open it in a browser and look")
    for one in remarks(job, details.language, details.title, chapters.sample):
        spool.problem(first.name, one, "put it right in the catalogue")
    return replace(details, language=settled(details.language, chapters.sample))


def picture_beside(page: Path, address: str) -> tuple[str, bytes] | None:
    """Return a picture that lies in the page's own folder or below; others are left out."""
    path = _beside(page, address)
    if path is None or path.stat().st_size > MAX_PICTURE_BYTES:
        return None
    return str(path), path.read_bytes()


def _beside(page: Path, address: str) -> Path | None:
    plain = normalize(unquote(address.partition("?")[0].partition("#")[0])).replace("\\", "/")
    if not plain or ":" in plain or plain.startswith("/") or "\0" in plain:
        return None
    folder = page.parent
    try:
        path = folder / plain
        inside = path.resolve().is_relative_to(folder.resolve()) and path.is_file()
    except OSError:
        return None
    return path if inside else None


def _reading_part(root: etree._Element) -> str:
    """Return the page without what surrounds its article."""
    body = root.find(".//body")
    part = body if body is not None else root
    for name in ("main", "article"):
        found = list(part.iter(name))
        if len(found) == 1:
            part = found[0]
            break
    for one in list(part.iter(etree.Element)):
        around = tag_of(one) in _AROUND or one.get("role") in _AROUND_ROLES
        around = around or bool(_AROUND_CLASSES & set(one.get("class", "").split()))
        # A header may hold the title of the article itself, an aside a note of its author.
        own = tag_of(one) == "header" and one.find(".//h1") is not None
        own = own or (tag_of(one) == "aside" and part is not body)
        if around and not own and one is not part:
            drop(one)
    part.tag = "div"
    direction = root.get("dir") or (body.get("dir") if body is not None else None)
    return f'<body dir="{"rtl" if direction == "rtl" else "ltr"}">{outer(part)}</body>'


def _details(root: etree._Element) -> Details:
    """Return what the head of the page says."""
    known: dict[str, str] = {}
    for one in root.iter("meta"):
        field = _META.get((one.get("name") or one.get("property") or "").lower())
        words = normalize(" ".join(one.get("content", "").split()))[:1000]
        if field and words:
            known.setdefault(field, words)
    title = next((words for one in root.iter("title", "h1") if (words := words_of(one))), "")
    creators = known.get("creator", "").split(";")
    return Details(
        title=normalize(title)[:300],
        creator=tuple(name.strip() for name in creators if name.strip()),
        date=known.get("date", "")[:10],
        description=known.get("description", ""),
        publisher=known.get("publisher", ""),
        rights=known.get("rights", ""),
        language=(root.get("lang") or root.get("xml:lang") or known.get("language", ""))[:35],
    )
