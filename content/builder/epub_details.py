"""What the package of an EPUB says of the book: Dublin Core, roles, accessibility.

EPUB 2 writes roles as `opf:role`, EPUB 3 as `meta refines`; real books mix both.
"""

from collections.abc import Iterator

from lxml import etree

from content.builder.html_text import plain_text
from content.builder.spool import Details
from content.vietnamese import normalize

DC = "{http://purl.org/dc/elements/1.1/}"
_OPF = "{http://www.idpf.org/2007/opf}"
MAX_WORDS = 500
MAX_DESCRIPTION = 3000
MAX_NAMES = 50
# MARC relators: who made the work; all others helped. `bkp` is the program that packed it.
_AUTHORS = {"", "aut", "cre", "art", "com"}
_NOBODY = {"bkp", "mfr", "dst"}


def read_details(root: etree._Element) -> Details:
    """Return what the package document says of the book."""
    roles = _refined(root, "role")
    people = [
        (name, one.get(_OPF + "role") or one.get("role") or roles.get(one.get("id", ""), ""), kind)
        for kind in ("creator", "contributor")
        for one in root.iter(DC + kind)
        for name in _parts(_words(one))
    ]
    creators = [name for name, role, kind in people if kind == "creator" and role in _AUTHORS]
    others = [name for name, role, kind in people if name not in creators and role not in _NOBODY]
    return Details(
        title=_title(root),
        creator=_few(creators),
        contributor=_few(others),
        date=_date(root),
        language=_first(root, "language")[:35],
        subject=_few(part for one in root.iter(DC + "subject") for part in _parts(_words(one))),
        description=_description(root),
        publisher=_first(root, "publisher"),
        rights=_first(root, "rights"),
        identifier=_first(root, "identifier"),
        accessibility=_accessibility(root),
    )


def _words(element: etree._Element) -> str:
    text = " ".join(normalize("".join(map(str, element.itertext()))).split())
    return _cut(text, MAX_WORDS)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rsplit(" ", 1)[0] + "…"


def _parts(text: str) -> Iterator[str]:
    """Yield the names of a list in one field, as shops and people write it."""
    return (part.strip() for part in text.split(";") if part.strip())


def _few(names: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))[:MAX_NAMES]


def _first(root: etree._Element, name: str) -> str:
    return next((words for one in root.iter(DC + name) if (words := _words(one))), "")


def _refined(root: etree._Element, name: str) -> dict[str, str]:
    """Return the values of `meta refines="#id" property="name"`, by id."""
    return {
        one.get("refines", "").lstrip("#"): " ".join((one.text or "").split())
        for one in root.iter("{*}meta")
        if one.get("property") == name and one.get("refines")
    }


def _title(root: etree._Element) -> str:
    kinds = _refined(root, "title-type")
    titles = [(kinds.get(one.get("id", ""), ""), _words(one)) for one in root.iter(DC + "title")]
    titles = [one for one in titles if one[1]]
    main = [words for kind, words in titles if kind == "main"]
    return (main or [words for _, words in titles] or [""])[0]


def _date(root: etree._Element) -> str:
    """Return the date of the work rather than of the file."""
    dates = {one.get(_OPF + "event", ""): _words(one)[:10] for one in root.iter(DC + "date")}
    dates.pop("modification", None)
    dates.pop("conversion", None)
    for event in ("original-publication", "publication", ""):
        # Year 101 is what calibre writes when it does not know.
        if dates.get(event) and not dates[event].startswith("0101"):
            return dates[event]
    return next(iter(dates.values()), "") if "" not in dates else ""


def _description(root: etree._Element) -> str:
    found = next(root.iter(DC + "description"), None)
    if found is None:
        return ""
    # Shops write HTML here, escaped or not.
    return _cut(" ".join(plain_text("".join(map(str, found.itertext()))).split()), MAX_DESCRIPTION)


def _accessibility(root: etree._Element) -> tuple[str, ...]:
    found = []
    for one in root.iter("{*}meta"):
        name = one.get("property") or one.get("name") or ""
        if name in {"schema:accessMode", "schema:accessibilityFeature"}:
            found.append(" ".join((one.text or one.get("content") or "").split()))
    return tuple(dict.fromkeys(word for word in found if word and len(word) < 80))
