"""What an address leads to, for the recorder: which work, which part of it, where sound lies.

Records are read when one of their archive is first asked for; the archives last asked for stay.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from content.errors import ContentError
from content.library.library import Library
from content.terms import Form, PartKind, Record
from content.usage.events import Action, Work
from content.usage.finder import Found, Stretch, stretch

MAX_ARCHIVES = 64
MAX_PATHS = 20_000
_HTML = ("text/html", "application/xhtml+xml", "application/pdf")


@dataclass(slots=True)
class _Known:
    """What one archive holds.

    Args:
        paths: What its entries are.
        kept: What they are when they are asked for to be kept.
        whole: The work that the whole archive is, when it is one of others.
    """

    paths: dict[str, Found] = field(default_factory=dict)
    kept: dict[str, Found] = field(default_factory=dict)
    whole: Work | None = None


class Reading:
    """What addresses of a library lead to.

    Args:
        library: For one thread.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._generation = -1
        # Works by identifier, with the kind of each part.
        self._works: dict[str, tuple[Work, tuple[PartKind, ...]]] = {}
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def look(self) -> None:
        """Notice a new library; called now and then."""
        try:
            number = self._library.generation
        except ContentError:
            return
        if number != self._generation:
            self._generation = number
            self._works.clear()
            self._known.clear()

    def record(self, identifier: str) -> Work | None:
        """Return a work, or None."""
        known = self._work(identifier)
        return None if known is None else known[0]

    def part(self, identifier: str, number: int) -> Found | None:
        """Return a part of a work, from 1; a chapter of sound is only looked at there."""
        known = self._work(identifier)
        if known is None or not 1 <= number <= len(known[1]):
            return None
        return _of_part(known[0], known[1][number - 1], number)

    def entry(self, book: str, path: str, *, keeps: bool) -> Found | None:
        """Return what an archive's entry is; None when it only belongs to something."""
        known = self._known.get(book)
        if known is None:
            known = self._known[book] = _know(self._library.records_of(book))
            while len(self._known) > MAX_ARCHIVES:
                self._known.popitem(last=False)
        found = (known.kept.get(path) if keeps else None) or known.paths.get(path)
        if found is None and known.whole is not None and self._is_page(book, path):
            found = Found(known.whole, Action.READ, path)
            if len(known.paths) < MAX_PATHS:
                known.paths[path] = found
        return found

    def _work(self, identifier: str) -> tuple[Work, tuple[PartKind, ...]] | None:
        if identifier not in self._works:
            record = self._library.record(identifier)
            if record is None:
                return None
            kinds = tuple(part.kind for part in record.parts)
            self._works[identifier] = (work_of(record), kinds)
        return self._works[identifier]

    def _is_page(self, book: str, path: str) -> bool:
        try:
            entry = self._library.entry(book, path)
            if entry.redirect_to:
                return False
            return entry.media_type.partition(";")[0].strip().lower() in _HTML
        except ContentError:
            return False


def work_of(record: Record) -> Work:
    """Return what is kept of a work with its figures."""
    return Work(
        identifier=record.identifier,
        title=record.title[:300],
        form=str(record.form),
        collection=record.collection[:200],
        audience=str(record.audience),
        language=record.language[0][:35] if record.language else "",
        creator="; ".join(record.creator)[:300],
        date=record.date[:20],
        publisher=record.publisher[:200],
    )


def _know(records: Iterable[Record]) -> _Known:
    known = _Known()
    for record in records:
        work = work_of(record)
        if record.form == Form.WEBSITE and not record.parts:
            known.whole = work
            continue
        for number in range(1, len(record.parts) + 1):
            part = record.parts[number - 1]
            known.paths.setdefault(part.path, _of_part(work, part.kind, number))
        for place, file in enumerate(record.downloads, start=1):
            kept = Found(work, Action.DOWNLOAD, f"file {place}")
            known.kept[file.path] = kept
            known.paths.setdefault(file.path, kept)
        for path, stretches in _sounds(record).items():
            known.paths[path] = Found(work, Action.LISTEN, "", stretches)
        if record.path:
            known.paths[record.path] = Found(work, Action.VIEW)
    return known


def _of_part(work: Work, kind: PartKind, number: int) -> Found:
    if kind == PartKind.TRACK:
        return Found(work, Action.VIEW)
    return Found(work, Action.READ, str(number))


def _sounds(record: Record) -> dict[str, tuple[Stretch, ...]]:
    """Return the chapters in each file of sound."""
    files: dict[str, list[tuple[str, float, float, int]]] = {}
    for number, part in enumerate(record.parts, start=1):
        for sound in part.sounds:
            end = sound.start_s + part.duration_s if sound.end_s is None else sound.end_s
            row = (str(number), sound.start_s, end, sound.size_bytes)
            files.setdefault(sound.path, []).append(row)
    return {
        path: tuple(
            stretch(item, (start, end), max(row[2] for row in rows), size)
            for item, start, end, size in rows
        )
        for path, rows in files.items()
    }
