"""HTML and XHTML of documents to a tree, to clean fragments, to plain text.

lxml reads, content.markup cleans. XHTML of ebooks is often not well-formed, names entities nobody
declared, or declares entities that swell; so entities are resolved here, before the parser, and
what only XML has (CDATA, `<a/>`) is rewritten to what HTML means by it.
"""

import html.entities
import re

from lxml import etree
from lxml import html as lxml_html

from content.errors import SourceError
from content.vietnamese import normalize

_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_DOCTYPE = re.compile(r"<!DOCTYPE", re.IGNORECASE)
_END_OF_SUBSET = re.compile(r"\]\s*>")
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>", re.IGNORECASE)
# One tag of thousands of attributes costs libxml2 minutes; no document needs one.
_MONSTER = re.compile(r"<([A-Za-z][\w:.-]*)[^<>]{20000,}>?")
_MAX_ATTRIBUTES = 1000
# What may be nested without end by pages that never close it.
_WRAPPERS = re.compile(
    r"(?:</?(?:b|i|u|em|strong|span|font|big|small|sub|sup|center|div|section|blockquote|ul|ol|dl"
    r"|li|table|tbody|tr|td|th)\b[^<>]*>\s*)+",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"<([A-Za-z][\w:.-]*)(\s[^<>]*)?/>")
_VOID = set("area base br col embed hr img input link meta param source track wbr".split())
_KEPT = {"amp", "lt", "gt", "quot", "apos"}
_SPACES = re.compile(r"[^\S\n]+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
BLOCKS = set(
    "p h1 h2 h3 h4 h5 h6 blockquote pre div section article li dt dd tr table ul ol dl figure "
    "figcaption caption hr main body aside header footer nav details summary center".split()
)
# A document type stands at the beginning; further on it is only text.
_HEAD_LETTERS = 20_000
# Tags, both opening and closing, in one page. Measured: 400,000 take 165 MB.
MAX_TAGS = 800_000
# libxml2 itself leaves out what is nested deeper than 256.
MAX_DEPTH = 300


def parse_document(text: str) -> etree._Element | None:
    """Return the root of a page as a tree with plain tag names, or None when there is none.

    Raises:
        SourceError: It has more markup than memory has room for.
    """
    if text.count("<") > MAX_TAGS:
        raise SourceError(
            f"one page of it has more than {MAX_TAGS} tags", remedy="split it into several pages"
        )
    source = _as_html(text)
    root, is_whole = _tree(source)
    if not is_whole:
        # Nested too deep, the rest would be lost; without its wrappers only their look is.
        root, _ = _tree(_WRAPPERS.sub("<br>", source))
    return root


def _tree(source: str) -> tuple[etree._Element | None, bool]:
    parser = lxml_html.HTMLParser(
        recover=True,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(source.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None, True
    # An empty document gives None, which lxml's types leave out.
    found: etree._Element | None = root
    too_deep = any("depth" in one.message for one in parser.error_log)
    return found, not too_deep


def parse(text: str) -> etree._Element | None:
    """Return the `body` of a page, or the whole tree when it marks none."""
    root = parse_document(text)
    if root is None:
        return None
    body = root.find(".//body")
    return body if body is not None else root


def _as_html(text: str) -> str:
    text = _without_doctype(text.lstrip("\ufeff"))
    text = _DECLARATION.sub("", text, count=1)
    if "<![CDATA[" in text:
        text = _without_cdata(text)
    text = _CONTROLS.sub(" ", text)
    text = _ENTITY.sub(_resolve, text)
    text = _MONSTER.sub(_bounded, text)
    return _EMPTY.sub(_closed, text)


def _bounded(found: re.Match[str]) -> str:
    return f"<{found[1]}>" if len(found[0].split()) > _MAX_ATTRIBUTES else found[0]


def _without_doctype(text: str) -> str:
    begin = _DOCTYPE.search(text, 0, _HEAD_LETTERS)
    if begin is None:
        return text
    subset, end = text.find("[", begin.end()), text.find(">", begin.end())
    if 0 <= subset < end and (last := _END_OF_SUBSET.search(text, subset)) is not None:
        end = last.end() - 1
    return text[: begin.start()] + text[end + 1 :] if end >= 0 else text


def _without_cdata(text: str) -> str:
    first, *rest = text.split("<![CDATA[")
    out = [first]
    for piece in rest:
        inside, end, after = piece.partition("]]>")
        out += [html_escape(inside), after] if end else [piece]
    return "".join(out)


def _resolve(found: re.Match[str]) -> str:
    name = found[1]
    if name in _KEPT:
        return found[0]
    return html_escape(html.entities.html5.get(name + ";", ""))


def _closed(found: re.Match[str]) -> str:
    """Return an empty XHTML element so that HTML does not leave it open to the end of the page."""
    name = found[1]
    if name.lower() in _VOID:
        return found[0]
    return f"<{name}{found[2] or ''}></{name}>"


def inner(element: etree._Element) -> str:
    """Return what is inside an element as HTML."""
    parts = [html_escape(element.text or "")]
    parts += [etree.tostring(child, encoding="unicode", method="html") for child in element]
    return "".join(parts)


def outer(element: etree._Element) -> str:
    """Return an element as HTML, without the text that follows it."""
    return etree.tostring(element, encoding="unicode", method="html", with_tail=False)


def html_escape(text: str) -> str:
    """Return text as HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def drop(element: etree._Element) -> None:
    """Take an element out of its tree; the text that follows it stays where it is."""
    around = element.getparent()
    if around is None:
        return
    before = element.getprevious()
    if element.tail:
        if before is None:
            around.text = (around.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    element.tail = None
    around.remove(element)


def tag_of(element: etree._Element) -> str:
    """Return the name of an element, lower case and without a namespace prefix."""
    tag = element.tag if isinstance(element.tag, str) else ""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def words_of(element: etree._Element) -> str:
    """Return the text inside an element as one line."""
    return " ".join("".join(map(str, element.itertext())).split())


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
    tag = tag_of(element)
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
