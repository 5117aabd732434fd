"""What only ebooks and old web pages have becomes plain HTML, before it is cleaned.

Notes, picture frames in SVG, formulas, `align` and `<center>`, anchors by name, and the few class
rules that carry meaning (italic speech, the centred line, verse). Works on the tree, in place.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lxml import etree

from content.builder.html_text import drop, tag_of, words_of
from content.markup import safe_style

_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_ROLES = {
    "noteref": "doc-noteref",
    "footnote": "doc-footnote",
    "rearnote": "doc-endnote",
    "endnote": "doc-endnote",
    "footnotes": "doc-endnotes",
    "rearnotes": "doc-endnotes",
    "endnotes": "doc-endnotes",
    "backlink": "doc-backlink",
}
_VERSE = {"verse", "poem", "poetry", "stanza", "tho", "lyrics"}
_ALIGNED = {"center", "right"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
# Of a class rule only these; the rest is the publisher's taste, and a phone has its own.
_MEANT = {
    "text-align": {"center", "right", "end"},
    "font-style": {"italic", "oblique"},
    "font-weight": {"bold", "600", "700", "800", "900"},
    "font-variant": {"small-caps"},
    "text-decoration": {"underline", "line-through"},
}
MAX_RULES = 20_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as the archive holds it."""

    path: str
    width: int
    height: int


@dataclass
class Look:
    """Class rules of a book's style sheets that carry meaning: (tag or "", class) -> style."""

    rules: dict[tuple[str, str], str] = field(default_factory=dict)

    def read(self, css: str) -> None:
        """Take in a style sheet; what is not `.class` or `tag.class` is left out."""
        for rule in _without_comments(css).split("}"):
            before, _, declarations = rule.rpartition("{")
            style = _meant(declarations)
            if not style:
                continue
            for selector in before.rpartition("{")[2].split(","):
                tag, dot, name = selector.strip().partition(".")
                plain = name.replace("-", "").replace("_", "").isalnum()
                if dot and plain and (not tag or tag.isalnum()) and len(self.rules) < MAX_RULES:
                    self.rules[tag.lower(), name] = style

    def of(self, tag: str, classes: Iterable[str]) -> str:
        """Return the style that the classes of an element give it."""
        found = [self.rules.get(key) for name in classes for key in (("", name), (tag, name))]
        return ";".join(style for style in found if style)


def prepare(body: etree._Element, look: Look, picture: Callable[[str], Shown | None]) -> set[str]:
    """Turn the tree of a page into plain HTML; return what had to be left out (`sound` ...).

    Args:
        picture: Gives the picture that a page means by an address, or None.
    """
    lost: set[str] = set()
    _drop_repeated_headings(body)
    for element in list(body.iter(etree.Element)):
        tag = tag_of(element)
        _look(element, tag, look)
        _note(element)
        if tag == "image":
            _frame_to_img(element)
        elif tag == "math":
            _formula_to_words(element)
        elif tag in {"audio", "video"}:
            lost.add("sound" if tag == "audio" else "video")
        elif tag == "a" and element.get("name") and not element.get("id"):
            element.set("id", element.get("name", ""))
    for element in list(body.iter("svg", "{*}svg")):
        lost.add("drawing")
        drop(element)
    for element in list(body.iter("img")):
        _place(element, picture)
    _keep_direction(body)
    return lost


def only_picture(body: etree._Element) -> str:
    """Return the address of the one picture a page is made of, or "" when there is more on it."""
    if "".join(map(str, body.itertext())).strip():
        return ""
    found = [
        next((value for name, value in one.items() if name.endswith(("src", "href"))), "")
        for one in body.iter(etree.Element)
        if tag_of(one) in {"img", "image"}
    ]
    return found[0] if len(found) == 1 else ""


def _without_comments(css: str) -> str:
    first, *rest = css.split("/*")
    return first + "".join(piece.partition("*/")[2] for piece in rest)


def _meant(declarations: str) -> str:
    style = safe_style(declarations.replace("bolder", "bold"))
    pairs = (one.partition(":") for one in style.split(";"))
    kept = [f"{name}:{value}" for name, _, value in pairs if value in _MEANT.get(name, ())]
    return ";".join(kept)


def _drop_repeated_headings(body: etree._Element) -> None:
    """Drop a heading that says at once again what the one before it said."""
    last = ""
    for element in list(body.iter(etree.Element)):
        tag = tag_of(element)
        if tag in _HEADINGS:
            words = words_of(element)
            if words and words == last and element.find(".//img") is None:
                drop(element)
            last = words
        elif tag in {"p", "li", "blockquote", "table", "pre", "img", "dd"}:
            last = ""


def _look(element: etree._Element, tag: str, look: Look) -> None:
    classes = element.get("class", "").split()
    styles = [look.of(tag, classes)]
    if (side := element.get("align", "").lower()) in _ALIGNED and tag != "img":
        styles.append(f"text-align:{side}")
    if tag == "center":
        element.tag = "div"
        styles.append("text-align:center")
    styles.append(element.get("style", ""))
    if style := ";".join(one for one in styles if one):
        element.set("style", style)
    # Vietnamese verse is long: without its class each line would stand apart like a paragraph.
    if _VERSE & {name.lower() for name in classes}:
        element.set("class", "verse")


def _note(element: etree._Element) -> None:
    kind = element.get("epub:type") or element.get(_EPUB_TYPE)
    for word in (kind or "").split():
        if word in _ROLES:
            element.set("role", _ROLES[word])


def _frame_to_img(element: etree._Element) -> None:
    """Replace `<svg><image href/></svg>`, as ebook covers are wrapped, by `<img>`."""
    source = next((value for name, value in element.items() if name.endswith("href")), "")
    frame = next((one for one in element.iterancestors() if tag_of(one) == "svg"), None)
    around = frame.getparent() if frame is not None else None
    if source and frame is not None and around is not None:
        img = etree.Element("img", src=source, alt=words_of(frame))
        img.tail = frame.tail
        around.replace(frame, img)


def _formula_to_words(element: etree._Element) -> None:
    words = element.get("alttext") or words_of(element)
    tail = element.tail
    element.clear()
    element.tag = "code"
    element.text, element.tail = words, tail


def _place(element: etree._Element, picture: Callable[[str], Shown | None]) -> None:
    """Point a picture at its place in the archive, with its size so that no line jumps."""
    address = element.get("src", "")
    # Saved web pages keep the real picture here until a script shows it.
    later = element.get("data-src") or element.get("data-original") or ""
    found = picture(later) if later else None
    found = found or (picture(address) if address else None)
    width = element.get("width", "")
    for name in ("src", "srcset", "width", "height"):
        element.attrib.pop(name, None)
    if found is None:
        if not element.get("alt", "").strip():
            drop(element)
        return
    asked = int(width) if width.isascii() and width.isdigit() and len(width) < 5 else 0
    shown = min(asked, found.width) if asked else found.width
    element.set("src", found.path)
    element.set("width", str(shown))
    element.set("height", str(max(1, round(found.height * shown / found.width))))
    element.set("loading", "lazy")
    element.set("alt", element.get("alt") or element.get("title") or "")


def _keep_direction(body: etree._Element) -> None:
    """Keep the writing direction of the page's root, which is not part of a chapter, on a `div`."""
    root = body.getroottree().getroot()
    directions = [one.get("dir", "").lower() for one in (body, root)]
    if "rtl" not in directions:
        return
    language = body.get("lang") or root.get("lang") or root.get("xml:lang") or ""
    frame = etree.Element("div", dir="rtl")
    if language:
        frame.set("lang", language)
    frame.text, body.text = body.text, None
    frame.extend(list(body))
    body.append(frame)
