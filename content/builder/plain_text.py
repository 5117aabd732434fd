"""Plain text to chapters: cut where a line says so (Chương, Phần, Hồi ...), else by length."""

import re

from content.builder.chapters import Chapters
from content.builder.encoding import decode
from content.builder.html_text import html_escape
from content.builder.language import detect
from content.builder.spool import Details, SourceJob, Spool
from content.errors import SourceError
from content.vietnamese import fold

MAX_BYTES = 48 * 1024 * 1024
_HEADING = re.compile(
    r"(chuong|phan|hoi|quyen|tap|bai|muc|chapter|part|book)\s+(thu\s+)?([ivxlc]+|\d+|[a-z]{2,6})\b"
)
MAX_HEADING = 120


def read_plain_text(job: SourceJob, spool: Spool) -> Details:
    """Fill the spool from text files and return what they say of themselves.

    Raises:
        SourceError: A file is too large, or empty.
    """
    chapters = Chapters(spool, job.files[0].name)
    sample = ""
    number = 0
    for path in job.files:
        if path.stat().st_size > MAX_BYTES:
            raise SourceError(f"{path.name} is larger than {MAX_BYTES >> 20} MB")
        decoded = decode(path.read_bytes())
        if not decoded.confident:
            spool.problem(path.name, "its letters could not be read surely", "save it as UTF-8")
        elif decoded.encoding != "utf-8":
            spool.problem(path.name, f"is written in {decoded.encoding}; read as such")
        sample += decoded.text[:20_000]
        for title, lines in _chapters(decoded.text):
            chapters.add(number, _html(title, lines), title)
            number += 1
    if not chapters.finish(job.title or job.files[0].stem):
        raise SourceError("there is nothing to read in it", remedy="look whether the file is empty")
    if job.options.originals and len(job.files) == 1:
        kind = "text/plain; charset=utf-8"
        spool.add_asset("text.txt", kind, decoded.text.encode(), filename=job.files[0].name)
    return Details(language=detect(sample))


def is_heading(line: str) -> bool:
    """Return whether a line begins a chapter."""
    plain = fold(line.strip().lstrip("#").strip())
    return 0 < len(plain) <= MAX_HEADING and (
        _HEADING.match(plain) is not None or line.startswith(("# ", "## "))
    )


def _chapters(text: str) -> list[tuple[str, list[str]]]:
    """Return (title, lines) of each chapter; what stands before the first has no title."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for line in text.split("\n"):
        if is_heading(line):
            found.append((line.strip().lstrip("#").strip(), []))
        else:
            found[-1][1].append(line)
    return [(title, lines) for title, lines in found if title or any(map(str.strip, lines))]


def _html(title: str, lines: list[str]) -> str:
    """Return paragraphs; short lines that stand together are verses and keep their breaks."""
    out = [f"<h2>{html_escape(title)}</h2>"] if title else []
    for block in re.split(r"\n\s*\n", "\n".join(lines)):
        kept = [html_escape(line.strip()) for line in block.split("\n") if line.strip()]
        if kept:
            is_verse = len(kept) > 1 and max(map(len, kept)) <= 60
            out.append("<p>" + ("<br>" if is_verse else " ").join(kept) + "</p>")
    return "<body>" + "".join(out) + "</body>"
