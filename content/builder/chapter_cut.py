"""Long documents to chapters of a size for old phones: cut where the contents or headings say.

Pure. Whatever is cut stays whole HTML: a list goes on with its number, a quotation is opened again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from content.builder.html_text import html_escape, outer, parse, tag_of, words_of

# gzip makes 30-40 KB of it; the goal is 60 KB over the air.
MAX_CHAPTER_BYTES = 100_000
# A document below this stays one chapter even when the contents point into it.
WHOLE_BYTES = 40_000
# A chapter by its anchor or heading is not shorter than this; the most important ones may be.
MIN_MINOR_BYTES = 10_000
MIN_MAJOR_BYTES = 1_000
_NEVER_OPENED = {"ruby", "tr", "figure", "picture", "img", "math"}
_HEADINGS = ("h1", "h2", "h3")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the contents say that something begins."""

    title: str
    level: int


@dataclass(frozen=True, slots=True)
class Cut:
    """One piece; `mark` is None when it only goes on from the one before."""

    html: str
    mark: Mark | None


@dataclass
class _Unit:
    """Something that is not cut: a block, or a run of text, inside its opened wrappers."""

    html: str
    size: int
    path: tuple[etree._Element, ...]
    mark: Mark | None
    heading: str


def cut(html: str, marks: Mapping[str, Mark]) -> list[Cut]:
    """Return the pieces of clean HTML; the first one's mark is None unless it has one.

    Args:
        marks: By `id` of the element where they begin.
    """
    size = len(html.encode())
    if size <= WHOLE_BYTES or (size <= MAX_CHAPTER_BYTES and not marks):
        return [Cut(html, None)]
    body = parse(html)
    if body is None:
        return [Cut(html, None)]
    top = min((one.level for one in marks.values()), default=1)
    marks = marks or _mark_headings(body)
    units = list(_Opener(body, marks).units())
    return [Cut(_join(group), mark) for mark, group in _group(units, top)]


def _mark_headings(body: etree._Element) -> dict[str, Mark]:
    """Return marks for the most important heading that occurs more than once."""
    for tag in ("h1", "h2", "h3"):
        found = list(body.iter(tag))
        if len(found) > 1:
            marks: dict[str, Mark] = {}
            for number, one in enumerate(found):
                anchor = one.get("id") or f"h-{number}"
                one.set("id", anchor)
                # Below the first level it may be a section of a page: short ones stay together.
                level = 1 if tag == "h1" else 2
                marks.setdefault(anchor, Mark(words_of(one)[:200], level))
            return {anchor: mark for anchor, mark in marks.items() if mark.title}
    return {}


@dataclass
class _Opener:
    """Takes the tree apart into units, opening what is too large or holds a mark."""

    body: etree._Element
    marks: Mapping[str, Mark]
    _sizes: dict[etree._Element, int] = field(default_factory=dict)
    _marked: dict[etree._Element, Mark] = field(default_factory=dict)
    _waiting: Mark | None = None

    def __post_init__(self) -> None:
        for element in reversed(list(self.body.iter(etree.Element))):
            size = 2 * len(tag_of(element)) + 5 + len((element.text or "").encode())
            size += sum(len(value) + 10 for value in element.values())
            for child in element:
                size += self._sizes.get(child, 0) + len((child.tail or "").encode())
            self._sizes[element] = size
            mark = self.marks.get(element.get("id", ""))
            first = next((self._marked[child] for child in element if child in self._marked), None)
            if mark is not None or first is not None:
                self._marked[element] = mark or first  # type: ignore[assignment] # one is not None

    def units(self) -> Iterator[_Unit]:
        """Yield the units in order."""
        yield from self._inside(self.body, ())

    def _inside(self, element: etree._Element, path: tuple[etree._Element, ...]) -> Iterator[_Unit]:
        yield from self._text(element.text, path)
        for child in element:
            if self._opens(child):
                if child.get("id", "") in self.marks:
                    self._waiting = self.marks[child.get("id", "")]
                yield from self._inside(child, (*path, child))
            else:
                mark = self._waiting or self._marked.get(child)
                self._waiting = None
                heading = words_of(child)[:200] if tag_of(child) in _HEADINGS else ""
                yield _Unit(outer(child), self._sizes.get(child, 0), path, mark, heading)
            yield from self._text(child.tail, path)

    def _opens(self, element: etree._Element) -> bool:
        if tag_of(element) in _NEVER_OPENED or not (len(element) or element.text):
            return False
        if self._sizes.get(element, 0) > MAX_CHAPTER_BYTES:
            return True
        is_wrapper = tag_of(element) in {"div", "section", "article", "main", "blockquote"}
        return is_wrapper and element in self._marked

    def _text(self, text: str | None, path: tuple[etree._Element, ...]) -> Iterator[_Unit]:
        if not text or not text.strip():
            return
        words = text
        while words:
            piece, words = _first_words(words, MAX_CHAPTER_BYTES // 4)
            mark, self._waiting = self._waiting, None
            html = html_escape(piece)
            yield _Unit(html, len(html.encode()), path, mark, "")


def _first_words(text: str, letters: int) -> tuple[str, str]:
    if len(text) <= letters:
        return text, ""
    place = max(text.rfind(" ", 0, letters), text.rfind("\n", 0, letters))
    place = place + 1 if place > 0 else letters
    return text[:place], text[place:]


def _group(units: Iterable[_Unit], top: int) -> Iterator[tuple[Mark | None, list[_Unit]]]:
    group: list[_Unit] = []
    size = 0
    title: Mark | None = None
    for unit in units:
        least = MIN_MAJOR_BYTES if unit.mark and unit.mark.level <= top else MIN_MINOR_BYTES
        is_full = size + unit.size > MAX_CHAPTER_BYTES
        at_heading = bool(unit.heading) and size > MAX_CHAPTER_BYTES * 0.6
        if group and (is_full or at_heading or (unit.mark is not None and size >= least)):
            yield title, group
            group, size, title = [], 0, None
        if not group or (title is None and size < 200):
            title = unit.mark or title
        group.append(unit)
        size += unit.size
    if group:
        yield title, group


def _join(units: Iterable[_Unit]) -> str:
    """Return the HTML of units, with their wrappers around them."""
    out: list[str] = []
    opened: tuple[etree._Element, ...] = ()
    seen: set[etree._Element] = set()
    for unit in units:
        same = 0
        while same < min(len(opened), len(unit.path)) and opened[same] is unit.path[same]:
            same += 1
        out += [f"</{tag_of(one)}>" for one in reversed(opened[same:])]
        for one in unit.path[same:]:
            out.append(_open_tag(one))
            seen.add(one)
        opened = unit.path
        out.append(unit.html)
        _count_items(unit)
    out += [f"</{tag_of(one)}>" for one in reversed(opened)]
    return "".join(out)


def _count_items(unit: _Unit) -> None:
    """Remember how far a numbered list has come, for when it is opened again."""
    if unit.path and tag_of(unit.path[-1]) == "ol" and unit.html.startswith("<li"):
        listing = unit.path[-1]
        start = listing.get("start", "1")
        listing.set("start", str(int(start) + 1 if start.isdigit() else 2))


def _open_tag(element: etree._Element) -> str:
    """Return the opening tag, and let its `id` stand in the first piece only."""
    empty = etree.Element(element.tag, dict(element.attrib))
    element.attrib.pop("id", None)
    html = etree.tostring(empty, encoding="unicode", method="html")
    return html.partition("</")[0]
