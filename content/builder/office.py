"""DOCX, ODT and RTF through pandoc: to HTML, then chapters at its headings.

pandoc runs with `--sandbox`, so a document can name no other file, and with bounds of memory and
time of its own (docs/adr/0012-pandoc.md). Containers are measured first, so that a bomb is refused
before it is run.
"""

import base64
import binascii
import re
import subprocess

import pypandoc
from lxml import etree

from content.builder.chapters import Chapters
from content.builder.html_text import BLOCKS, inner, parse
from content.builder.language import agreed
from content.builder.safe_zip import SafeZip
from content.builder.spool import Details, SourceJob, Spool
from content.errors import MissingToolError, SourceError

MEDIA_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".rtf": "application/rtf",
}
MAX_BYTES = 64 * 1024 * 1024
MAX_HTML_BYTES = 96 * 1024 * 1024
TIMEOUT_S = 150
_DATA = re.compile(r"data:(image/[a-z+.-]+);base64,(.*)", re.DOTALL)
_REMEDY = "open it in LibreOffice and save it anew as ODT"


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
    if suffix != ".rtf":
        _measure(job)
    spool.report(0, 1)
    body = parse(_convert(job))
    if body is None:
        raise SourceError("there is nothing to read in it", remedy=_REMEDY)
    pictures: dict[str, bytes] = {}
    _take_pictures(body, pictures)
    chapters = Chapters(
        spool, path.name, lambda _, name: (name, pictures[name]) if name in pictures else None
    )
    text = "".join(map(str, body.itertext()))[:20_000]
    for number, html in enumerate(_at_headings(body)):
        chapters.add(number, html)
    if not chapters.finish(job.title or path.stem):
        raise SourceError("there is nothing to read in it", remedy=_REMEDY)
    if job.options.originals:
        spool.add_asset(f"document{suffix}", MEDIA_TYPES[suffix], path, filename=path.name)
    return Details(language=agreed("", text)[0])


def _measure(job: SourceJob) -> None:
    """Refuse a container that is none, or that unpacks to more than pandoc should be given."""
    container = SafeZip(job.files[0])
    try:
        for name in container.names():
            container.read(name)
    finally:
        container.close()


def _convert(job: SourceJob) -> str:
    path = job.files[0]
    try:
        program = pypandoc.get_pandoc_path()
    except OSError as error:
        raise MissingToolError("pandoc is not installed: install pypandoc-binary") from error
    command = [program, "+RTS", "-M512m", "-RTS", "--sandbox", "--embed-resources"]
    command += ["--from", path.suffix.lower().lstrip("."), "--to", "html5", "--no-highlight"]
    try:
        with path.open("rb") as document:
            done = subprocess.run(  # noqa: S603 -- a fixed program, no shell
                command, stdin=document, capture_output=True, timeout=TIMEOUT_S, check=False
            )
    except subprocess.TimeoutExpired as error:
        raise SourceError("takes too long to read", remedy=_REMEDY) from error
    if done.returncode != 0:
        raise SourceError("the document is damaged, locked, or of another kind", remedy=_REMEDY)
    if len(done.stdout) > MAX_HTML_BYTES:
        raise SourceError("becomes too large when it is unpacked", remedy="split the document")
    return done.stdout.decode("utf-8", errors="replace")


def _take_pictures(body: etree._Element, pictures: dict[str, bytes]) -> None:
    """Put names in the place of pictures that pandoc wrote into the page."""
    for image in body.iter("img"):
        found = _DATA.match(image.get("src", ""))
        if found:
            name = f"picture-{len(pictures) + 1}.{found[1].rpartition('/')[2]}"
            try:
                pictures[name] = base64.b64decode(found[2], validate=False)
            except binascii.Error:
                continue
            image.set("src", name)


def _at_headings(body: etree._Element) -> list[str]:
    """Return the document in pieces that begin at headings of the first two levels."""
    pieces: list[list[str]] = [[]]
    for child in body:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag in {"h1", "h2"} and pieces[-1]:
            pieces.append([])
        pieces[-1].append(etree.tostring(child, encoding="unicode", method="html"))
    if not any(child.tag in BLOCKS for child in body):
        return [f"<body>{inner(body)}</body>"]
    return ["<body>" + "".join(piece) + "</body>" for piece in pieces]
