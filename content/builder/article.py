"""One HTML file with the pictures beside it to a part (or several, when it is long)."""

from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from content.builder.chapters import Chapters
from content.builder.encoding import decode
from content.builder.html_text import html_escape, inner, parse
from content.builder.language import agreed, title_remark
from content.builder.spool import Details, SourceJob, Spool
from content.errors import SourceError
from content.vietnamese import normalize

MAX_BYTES = 48 * 1024 * 1024


def read_article(job: SourceJob, spool: Spool) -> Details:
    """Fill the spool from HTML files, each a chapter, and return what the first says of itself.

    Raises:
        SourceError: It is too large, or has nothing to read.
    """
    folder = job.files[0].parent
    chapters = Chapters(spool, job.files[0].name, lambda _, name: _picture(folder, name))
    details, sample = Details(), ""
    for number, path in enumerate(job.files):
        if path.stat().st_size > MAX_BYTES:
            raise SourceError(f"{path.name} is larger than {MAX_BYTES >> 20} MB")
        decoded = decode(path.read_bytes())
        if not decoded.confident:
            spool.problem(path.name, "its letters could not be read surely", "save it as UTF-8")
        elif decoded.encoding != "utf-8":
            spool.problem(path.name, f"is written in {decoded.encoding}; read as such")
        if number == 0:
            details = _details(decoded.text)
        sample += decoded.text[:20_000]
        chapters.add(number, _reading_part(decoded.text))
    if not chapters.finish(job.title or details.title):
        raise SourceError("there is nothing to read in it", remedy="open it in a browser and look")
    language, remark = agreed(details.language, sample)
    for one in (remark, title_remark(details.title)):
        if one and not job.title:
            spool.problem(job.files[0].name, one, "put it right in the catalogue")
    return Details(title=details.title, creator=details.creator, language=language)


def _reading_part(text: str) -> str:
    """Return the page without what surrounds its article, when it marks one."""
    body = parse(text)
    if body is None:
        return ""
    for name in ("main", "article"):
        found = list(body.iter(name))
        if len(found) == 1:
            return f"<body>{inner(found[0])}</body>"
    for name in ("nav", "header", "footer"):
        for one in list(body.iter(name)):
            around = one.getparent()
            if around is not None:
                tail = one.tail
                around.remove(one)
                if tail and tail.strip():
                    around.append(_span(tail))
    return f"<body>{inner(body)}</body>"


def _span(text: str) -> etree._Element:
    element = etree.Element("span")
    element.text = text
    return element


def _details(text: str) -> Details:
    """Return title, author and language of the page's head."""
    head = text[: max(text.lower().find("<body"), 0)] or text[:5000]
    root = parse(f"<html><body>{_as_body(head)}</body></html>")
    if root is None:
        return Details()
    title = next(("".join(map(str, one.itertext())) for one in root.iter("dd-title")), "")
    author = next(
        (
            one.get("content", "")
            for one in root.iter("dd-meta")
            if one.get("name", "").lower() in {"author", "dc.creator"}
        ),
        "",
    )
    language = next((one.get("lang", "") for one in root.iter("dd-html") if one.get("lang")), "")
    return Details(
        title=normalize(" ".join(title.split()))[:300],
        creator=(normalize(author.strip())[:300],) if author.strip() else (),
        language=language[:20],
    )


def _as_body(head: str) -> str:
    """Rename what only a head may hold, so that one parser reads it all."""
    for name in ("title", "meta", "html"):
        head = head.replace(f"<{name}", f"<dd-{name}").replace(f"</{name}", f"</dd-{name}")
    return head if "<dd-" in head else html_escape(head)


def _picture(folder: Path, name: str) -> tuple[str, bytes] | None:
    """Return a picture that lies in the article's own folder or below; others are left out."""
    plain = unquote(name.split("?", 1)[0].split("#", 1)[0])
    if ":" in plain or plain.startswith(("/", "\\")) or "\0" in plain:
        return None
    path = folder / plain
    try:
        inside = path.resolve().is_relative_to(folder.resolve()) and path.is_file()
    except OSError:
        return None
    return (plain, path.read_bytes()) if inside and path.stat().st_size <= MAX_BYTES else None
