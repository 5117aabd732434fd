"""The HTML that reading needs, and nothing else: one allow-list for the builder and the web.

The builder cleans what it takes in; the web cleans it again, because an archive may come from
anywhere. nh3 (ammonia) parses as browsers do and keeps only what is listed here.
"""

import re
from collections.abc import Callable

import nh3

_BLOCKS = "p h1 h2 h3 h4 h5 h6 blockquote pre hr br div section article main figure figcaption"
_LISTS = "ul ol li dl dt dd table caption thead tbody tfoot tr th td colgroup col"
_WORDS = "a b strong i em u s small sub sup cite q abbr code kbd span bdi bdo mark time"
_RUBY = "ruby rb rt rp"
_MEDIA = "img picture source details summary aside"
TAGS = set(f"{_BLOCKS} {_LISTS} {_WORDS} {_RUBY} {_MEDIA}".split())
# Dropped with what is inside them. A form is not: whole pages of old web sites stand in one.
_HOLLOW = set(
    "script style title nav header footer svg math object iframe template noscript audio video "
    "select textarea button".split()
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"lang", "dir", "id", "title", "role", "style", "class"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "srcset", "sizes", "loading"},
    "source": {"srcset", "type", "sizes", "media"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "col": {"span"},
    "time": {"datetime"},
}
# Look that carries meaning in a book: verse, stage directions, the centred line; nothing that can
# hide, cover or fetch.
_STYLES = {
    "text-align": re.compile(r"left|right|center|justify|start|end"),
    "font-style": re.compile(r"normal|italic|oblique"),
    "font-weight": re.compile(r"normal|bold|[1-9]00"),
    "font-variant": re.compile(r"normal|small-caps"),
    "text-decoration": re.compile(r"none|underline|line-through"),
    "text-indent": re.compile(r"-?[0-3](\.\d+)?em|0"),
    "margin-left": re.compile(r"[0-6](\.\d+)?em|0"),
    "direction": re.compile(r"ltr|rtl"),
}
# The only classes the style sheets of reading know.
CLASSES = {"verse"}
_ROLES = {"doc-noteref", "doc-footnote", "doc-endnote", "doc-endnotes", "doc-backlink", "note"}
_SAFE_ID = re.compile(r"[^\s]{1,120}")

Rewrite = Callable[[str, str], str | None]


def clean(html: str, rewrite: Rewrite, *, id_prefix: str = "", extra_hollow: bool = True) -> str:
    """Return the reading markup of `html`.

    Args:
        rewrite: Gives the address to write for an address found, or None to drop it; called with
            the attribute's name (`href`, `src`, `srcset`) and value. What it returns is kept as
            it is, so it decides what may be reached.
        id_prefix: Put before every `id`, so that none clashes with the page around.
        extra_hollow: Whether `nav`, `header` and `footer` are dropped with their content.
    """

    def decide(_tag: str, name: str, value: str) -> str | None:
        if name in {"href", "src", "srcset"}:
            return rewrite(name, value)
        if name == "id":
            return id_prefix + value if _SAFE_ID.fullmatch(value) else None
        if name == "role":
            return value if value in _ROLES else None
        if name == "style":
            return safe_style(value) or None
        if name == "class":
            return " ".join(word for word in value.split() if word in CLASSES) or None
        return value

    hollow = _HOLLOW if extra_hollow else _HOLLOW - {"nav", "header", "footer"}
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=hollow,
        attributes=_ATTRIBUTES,
        attribute_filter=decide,
        url_schemes={"part"},
        link_rel=None,
        strip_comments=True,
    )


def safe_style(style: str) -> str:
    """Return the declarations of a `style` attribute that reading needs, in their order."""
    kept: dict[str, str] = {}
    for declaration in style[:2000].lower().split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip(), value.replace("!important", "").strip()
        if name in _STYLES and _STYLES[name].fullmatch(value):
            kept[name] = value
    return ";".join(f"{name}:{value}" for name, value in kept.items())
