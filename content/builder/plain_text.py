"""Plain text and Markdown to chapters: cut where a line says so (Chương, Phần, Hồi ...)."""

import re

from content.builder.article import picture_beside
from content.builder.chapters import Chapters
from content.builder.encoding import read_text
from content.builder.html_text import html_escape, parse
from content.builder.language import settled
from content.builder.office import at_headings
from content.builder.pandoc import to_html
from content.builder.spool import Details, SourceJob, Spool
from content.errors import SourceError
from content.vietnamese import fold, normalize

MAX_BYTES = 16 * 1024 * 1024
MAX_HEADING = 100
# Raw HTML in Markdown is cleaned like any other; formulas stay as they were typed.
MARKDOWN = "markdown-tex_math_dollars-raw_tex-yaml_metadata_block"
_NUMBER = (
    r"(?:thứ\s+)?(?:[ivxlc]+|\d+|một|hai|ba|bốn|tư|năm|sáu|bảy|bẩy|tám|chín|mười|nhất|nhì|đầu|cuối|"
    r"mở đầu|kết)"
)
_HEADING = re.compile(
    rf"(?:(?:chương|phần|hồi|quyển|tập|bài|mục|chapter|part|book|section)\s+{_NUMBER}(?!\w)"
    r"|(?:lời nói đầu|lời tựa|lời giới thiệu|lời mở đầu|mở đầu|lời kết|lời bạt|phụ lục|mục lục"
    r"|tài liệu tham khảo)(?=\W*$|\s*[:.–-]))"
)
_PLAIN_HEADING = re.compile(
    r"(?:chuong|phan|hoi|quyen|tap|bai|muc|chapter|part|book)\s+(?:thu\s+)?(?:[ivxlc]+|\d+)(?!\w)"
)
_RULE = re.compile(r"[\s*_=~.–—-]{3,}")
# Lines longer than this were not broken by a typewriter: each is a paragraph.
_LONG_LINE = 120
# The parser takes no more than 10 million letters in one paragraph.
_LONGEST_LINE = 200_000
_MOST_LINES = 20_000
# No text has more chapters; so many headings are something else.
MAX_CHAPTERS = 2000
_VERSE_LINE = 60


def read_plain_text(job: SourceJob, spool: Spool) -> Details:
    """Fill the spool from text files and return what they say of themselves.

    Raises:
        SourceError: A file is too large, or empty.
    """
    chapters = Chapters(
        spool,
        job.files[0].name,
        lambda _, address: picture_beside(job.files[0], address),
        expected=len(job.files),
    )
    number = 0
    text = ""
    for path in job.files:
        text = read_text(path, MAX_BYTES, spool)
        spool.report(0, 1)
        is_markdown = path.suffix.lower() == ".md"
        for level, title, html in _markdown(text) if is_markdown else _plain(text):
            chapters.add(number, html, title, level, goes_on=True)
            number += 1
    if not chapters.finish(job.title or normalize(job.files[0].stem)):
        raise SourceError("there is nothing to read in it", remedy="look whether the file is empty")
    if job.options.originals and len(job.files) == 1:
        ending, kind = ("md", "markdown") if is_markdown else ("txt", "plain")
        name = normalize(job.files[0].name)
        media_type = f"text/{kind}; charset=utf-8"
        spool.add_asset(f"text.{ending}", media_type, text.encode(), filename=name)
    return Details(language=settled("", chapters.sample))


def is_heading(line: str) -> bool:
    """Return whether a line that stands apart begins a chapter."""
    words = " ".join(normalize(line).lower().split())
    if not 0 < len(words) <= MAX_HEADING or words.endswith((",", ";", "...", "…")):
        return False
    # "Hỏi ba má" is no "Hồi ba": only text typed without any accents is compared without them.
    pattern, compared = (_PLAIN_HEADING, fold(words)) if words.isascii() else (_HEADING, words)
    found = pattern.match(compared)
    if found is None:
        return False
    # A sentence that begins with "Phần một ..." goes on; a heading is short or ends here.
    return not (words.endswith(".") and len(compared) - found.end() > 40)


def _markdown(text: str) -> list[tuple[int, str, str]]:
    remedy = "look whether it is Markdown, or name it .txt"
    body = parse(to_html(text.encode(), MARKDOWN, remedy=remedy))
    return [] if body is None else [(level, "", html) for level, html in at_headings(body)]


def _plain(text: str) -> list[tuple[int, str, str]]:
    """Return (level, title, HTML) of each chapter; what stands before the first has no title."""
    lines = [piece for line in text.split("\n") for piece in _bounded(line)]
    one_each = any(len(line) > _LONG_LINE for line in lines)
    found: list[tuple[str, list[str]]] = [("", [])]
    for place, line in enumerate(lines):
        before = lines[place - 1] if place else ""
        after = lines[place + 1] if place + 1 < len(lines) else ""
        apart = one_each or not before.strip() or not after.strip()
        if apart and is_heading(line):
            found.append((" ".join(line.split()), []))
        else:
            found[-1][1].append(line)
    if len(found) > MAX_CHAPTERS:
        found = [("", lines)]
    found = [piece for one in found for piece in _shorter(*one)]
    has_parts = {fold(title).split()[0] for title, _ in found if title} & {"phan", "quyen", "part"}
    return [
        (
            2 if has_parts and title and fold(title).split()[0] not in has_parts else 1,
            title,
            _html(title, lines_of, one_each=one_each),
        )
        for title, lines_of in found
        if title or any(map(str.strip, lines_of))
    ]


def _bounded(line: str) -> list[str]:
    if len(line) <= _LONGEST_LINE:
        return [line]
    return [line[start : start + _LONGEST_LINE] for start in range(0, len(line), _LONGEST_LINE)]


def _shorter(title: str, lines: list[str]) -> list[tuple[str, list[str]]]:
    """Return a chapter in pieces that one parse takes; only the first has its title."""
    starts = range(0, len(lines) or 1, _MOST_LINES)
    return [(title if start == 0 else "", lines[start : start + _MOST_LINES]) for start in starts]


def _html(title: str, lines: list[str], *, one_each: bool) -> str:
    """Return paragraphs; short lines that stand together are verses and keep their breaks."""
    out = [f"<h2>{html_escape(title)}</h2>"] if title else []
    for block in re.split(r"\n[^\S\n]*\n", "\n".join(lines)):
        kept = [html_escape(line.strip()) for line in block.split("\n") if line.strip()]
        if not kept:
            continue
        if len(kept) == 1 and _RULE.fullmatch(kept[0]):
            out.append("<hr>")
        elif one_each:
            out += [f"<p>{line}</p>" for line in kept]
        else:
            is_verse = len(kept) > 1 and max(map(len, kept)) <= _VERSE_LINE
            out.append("<p>" + ("<br>" if is_verse else " ").join(kept) + "</p>")
    return "<body>" + "".join(out) + "</body>"
