"""HTML and XHTML of documents to a tree, to clean fragments, to plain text.

lxml reads, content.markup cleans. XHTML of ebooks is often not well-formed, names entities nobody
declared, or declares entities that swell; so entities are resolved here, before the parser.
"""

import html.entities
import re

from lxml import etree
from lxml import html as lxml_html

from content.vietnamese import normalize

_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
_KEPT = {"amp", "lt", "gt", "quot", "apos"}
_SPACES = re.compile(r"[^\S\n]+")
BLOCKS = set(
    "p h1 h2 h3 h4 h5 h6 blockquote pre div section article li dt dd tr table ul ol dl figure "
    "figcaption caption hr main body aside header footer nav details summary".split()
)
XHTML = "{http://www.w3.org/1999/xhtml}"
MAX_DEPTH = 200


def parse(text: str) -> etree._Element | None:
    """Return the `body` of a page as a tree with plain tag names, or None when there is none."""
    text = _DOCTYPE.sub("", text, count=1)
    text = _DECLARATION.sub("", text, count=1)
    text = _ENTITY.sub(_resolve, text)
    # Empty XHTML elements that HTML would leave open to the end of the page.
    text = re.sub(r"<(a|span|div|p|i|b|em|title|script|td|th)(\s[^<>]*)?/>", r"<\1\2></\1>", text)
    parser = lxml_html.HTMLParser(
        recover=True,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None
    # An empty document gives None, which lxml's types leave out.
    found: etree._Element | None = root
    if found is None:
        return None
    body = found.find(".//body")
    return body if body is not None else found


def _resolve(found: re.Match[str]) -> str:
    name = found[1]
    if name in _KEPT:
        return found[0]
    return html.entities.html5.get(name + ";", "")


def inner(element: etree._Element) -> str:
    """Return what is inside an element as HTML."""
    parts = [html_escape(element.text or "")]
    parts += [etree.tostring(child, encoding="unicode", method="html") for child in element]
    return "".join(parts)


def html_escape(text: str) -> str:
    """Return text as HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain_text(fragment: str) -> str:
    """Return the text of clean HTML: NFC, one paragraph a line, readings of ruby left out."""
    body = parse(fragment)
    if body is None:
        return ""
    out: list[str] = []
    _collect(body, out, 0)
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(out).split("\n"))
    return normalize("\n".join(line for line in lines if line))


def _collect(element: etree._Element, out: list[str], depth: int) -> None:
    tag = element.tag if isinstance(element.tag, str) else ""
    if tag in {"rt", "rp", "script", "style"} or depth > MAX_DEPTH:
        return
    block = tag in BLOCKS
    if block or tag == "br":
        out.append("\n")
    if tag == "img" and element.get("alt"):
        out.append(f" {element.get('alt')} ")
    out.append((element.text or "").replace("\n", " "))
    for child in element:
        _collect(child, out, depth + 1)
        out.append((child.tail or "").replace("\n", " "))
    if block:
        out.append("\n")
    elif tag in {"td", "th"}:
        out.append(" ")
