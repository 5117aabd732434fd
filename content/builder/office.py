"""DOCX, ODT and RTF through pandoc: to HTML, then chapters at its headings.

Containers are measured first, so that a bomb is refused before the converter is given it.
"""

from pathlib import Path

from lxml import etree

from content.builder.chapters import Chapters
from content.builder.encoding import repaired
from content.builder.html_text import drop, html_escape, outer, parse, tag_of, words_of
from content.builder.language import remarks, settled
from content.builder.pandoc import to_html
from content.builder.safe_zip import SafeZip
from content.builder.spool import Details, SourceJob, Spool
from content.builder.xml_text import MAX_XML_BYTES, parse_xml
from content.errors import SourceError
from content.vietnamese import normalize

MEDIA_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".rtf": "application/rtf",
}
MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED_BYTES = 256 * 1024 * 1024
# No document has more chapters; so many headings are something else.
MAX_PIECES = 2000
_REMEDY = "open it in LibreOffice and save it anew as ODT"
_DETAILS = {"docProps/core.xml", "meta.xml"}


def read_office(job: SourceJob, spool: Spool) -> Details:
    """Fill the spool from one office document.

    Raises:
        SourceError: It is damaged, locked or too large.
        MissingToolError: pandoc is not installed.
    """
    path = job.files[0]
    suffix = path.suffix.lower()
    if path.stat().st_size > MAX_BYTES:
        raise SourceError(f"is larger than {MAX_BYTES >> 20} MB", remedy=_REMEDY)
    details = Details() if suffix == ".rtf" else _measure(path)
    spool.report(0, 1)
    html, encoding = repaired(to_html(path, suffix.lstrip("."), remedy=_REMEDY))
    if encoding:
        spool.problem(path.name, f"was typed in {encoding} fonts; read as such", "look it over")
    body = parse(html)
    if body is None:
        raise SourceError("there is nothing to read in it", remedy=_REMEDY)
    _tidy(body)
    pieces = at_headings(body)
    chapters = Chapters(spool, path.name, expected=len(pieces))
    for number, (level, piece) in enumerate(pieces):
        chapters.add(number, piece, level=level, goes_on=True)
    if not chapters.finish(job.title or details.title or path.stem):
        raise SourceError("there is nothing to read in it", remedy=_REMEDY)
    if job.options.originals:
        spool.add_asset(f"document{suffix}", MEDIA_TYPES[suffix], path, filename=path.name)
    # Word writes the language of the program, not of the text, so only a title is remarked on.
    for one in remarks(job, settled("", chapters.sample), details.title, chapters.sample):
        spool.problem(path.name, one, "put it right in the catalogue")
    return Details(
        title=details.title,
        creator=details.creator,
        description=details.description,
        language=settled("", chapters.sample),
    )


def at_headings(body: etree._Element) -> list[tuple[int, str]]:
    """Return (level, HTML) of the pieces of a document that begin at its two highest headings."""
    present = [tag for tag in ("h1", "h2", "h3", "h4") if body.find(tag) is not None]
    # A single heading of the first level is the title of the whole.
    alone = len(present) > 1 and len(body.findall(present[0])) == 1
    levels = present[1:3] if alone else present[:2]
    while levels and sum(len(body.findall(tag)) for tag in levels) > MAX_PIECES:
        levels = levels[:-1]
    pieces: list[tuple[int, list[str]]] = [(1, [html_escape(body.text or "")])]
    for child in body:
        tag = tag_of(child)
        if tag in levels and "".join(pieces[-1][1]).strip():
            pieces.append((1 + levels.index(tag), []))
        pieces[-1][1].append(outer(child) + html_escape(child.tail or ""))
    return [(level, "<body>" + "".join(piece) + "</body>") for level, piece in pieces]


def _measure(path: Path) -> Details:
    """Refuse a container that is none, or that unpacks to more than pandoc should be given.

    Returns:
        What the document says of itself.
    """
    container = SafeZip(path)
    details, total = Details(), 0
    try:
        for name in container.names():
            content = container.read(name)
            total += len(content)
            if total > MAX_UNPACKED_BYTES:
                raise SourceError("becomes too large when it is unpacked", remedy=_REMEDY)
            if name in _DETAILS and len(content) <= MAX_XML_BYTES:
                details = _details(content)
    finally:
        container.close()
    return details


def _details(content: bytes) -> Details:
    root = parse_xml(content)
    if root is None:
        return Details()

    def first(*names: str) -> str:
        found = (words_of(one) for name in names for one in root.iter("{*}" + name))
        return normalize(next((words for words in found if words), ""))[:500]

    creators = [one.strip() for one in first("initial-creator", "creator").split(";")]
    return Details(
        title=first("title"),
        creator=tuple(one for one in creators if one and one.lower() not in _NOBODY),
        description=first("description"),
    )


# What Windows and office programs are called when nobody gave them a name.
_NOBODY = {"user", "admin", "administrator", "pc", "windows user", "microsoft", "computer"}


def _tidy(body: etree._Element) -> None:
    """Take out the styles and the head that pandoc's page of its own brings along."""
    for one in list(body.iter("style", "script", "title", "meta")):
        drop(one)
    for one in list(body.iter("header")):
        one.tag = "div"
