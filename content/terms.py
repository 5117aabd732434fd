"""The vocabulary of the catalogue as frozen values: record, part, download, cover, holding; no I/O.

A record describes one work in Dublin Core terms (DCMI Metadata Terms, 2020-01-20). It travels as
JSON in the `catalogue.json` entry of an archive (docs/reference/archive-format.md); `to_json` and
`record_from_json` are the only code that knows that form. An archive is not trusted: every text is
bounded, every path must stay inside the archive, and anything else is a `CatalogueError`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, TypeVar

from content.errors import CatalogueError

CATALOGUE_PATH = "catalogue.json"
CATALOGUE_VERSION = 1

MAX_TEXT = 10_000
MAX_LIST = 20_000

_E = TypeVar("_E", bound=StrEnum)
_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class Form(StrEnum):
    """What a reader gets: something to read, to hear or to look at."""

    EBOOK = "ebook"
    DOCUMENT = "document"
    AUDIOBOOK = "audiobook"
    ARTICLE = "article"
    IMAGE = "image"
    WEBSITE = "website"
    PRINT = "print"


class Audience(StrEnum):
    """Whom a work is made for (DCMI `audience`)."""

    GENERAL = "general"
    CHILDREN = "children"


class PartKind(StrEnum):
    """The unit a reader turns over: a chapter of text, a page of a scan, a track, a picture."""

    CHAPTER = "chapter"
    PAGE = "page"
    TRACK = "track"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Picture:
    """One size of a picture in the archive.

    Args:
        path: Entry path in the archive.
        width: Pixels.
        height: Pixels.
        media_type: IANA media type, `image/webp` or `image/jpeg`.
    """

    path: str
    width: int
    height: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Sound:
    """One recording of a track in the archive; a track may have several, the best first.

    Args:
        path: Entry path in the archive. Several tracks may share one file.
        media_type: IANA media type, such as `audio/mp4`.
        size_bytes: Length of the whole file.
        start_s: Where in the file the track begins, in seconds.
        end_s: Where it ends; None is the end of the file.
        bitrate_kbps: Mean bit rate; 0 is unknown.
    """

    path: str
    media_type: str
    size_bytes: int = 0
    start_s: float = 0.0
    end_s: float | None = None
    bitrate_kbps: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One chapter, page, track or picture of a work, in reading order.

    Args:
        kind: What it is.
        path: Entry path of its HTML page, readable by itself in any ZIM reader.
        title: What the contents list shows; may be empty for a page.
        level: Depth in the contents, 1 is the top.
        listed: Whether the contents list shows it (a page in the middle of a chapter is not).
        text_path: Entry of its plain text (UTF-8, NFC, one paragraph a line), or "".
        words_path: Entry of its word boxes (docs/reference/archive-format.md), or "".
        duration_s: Playing time of a track, in seconds.
        pictures: The page image in its sizes, narrowest first.
        sounds: The recordings of a track, best first.
    """

    kind: PartKind
    path: str
    title: str = ""
    level: int = 1
    listed: bool = True
    text_path: str = ""
    words_path: str = ""
    duration_s: float = 0.0
    pictures: tuple[Picture, ...] = ()
    sounds: tuple[Sound, ...] = ()


@dataclass(frozen=True, slots=True)
class Download:
    """A whole file a reader may take along: the EPUB, the PDF, the recording.

    Args:
        path: Entry path in the archive.
        media_type: IANA media type.
        size_bytes: Length of the file.
        filename: Name to offer when it is saved.
    """

    path: str
    media_type: str
    size_bytes: int
    filename: str


@dataclass(frozen=True, slots=True)
class Record:
    """What the catalogue knows of one work.

    Args:
        identifier: `[A-Za-z0-9][A-Za-z0-9._-]{0,79}`, unique in its library.
        title: As printed on the work, NFC.
        form: What a reader gets.
        creator: Authors, one name each (DC `creator`).
        contributor: Narrators, translators, editors (DC `contributor`).
        date: Year or ISO 8601 date of the work, as catalogued (DC `date`).
        language: BCP 47 tags, the main one first.
        subject: Topics, one each (DC `subject`).
        place: Places the work is about (DC `coverage`).
        description: A few sentences, plain text.
        publisher: Who issued the work.
        rights: Who may do what with it, in words.
        licence: Licence name or SPDX identifier.
        source: Where the work came from.
        collection: Name of the shelf it belongs to (DCMI `isPartOf`).
        audience: Whom it is for.
        path: Entry path of its first page in the archive ("" for a paper book).
        covers: Its cover in its sizes, narrowest first; none for a work without one.
        parts: Chapters, pages, tracks or pictures in order.
        downloads: Whole files to take along.
        accessibility: schema.org `accessMode` and `accessibilityFeature` values, such as
            `textual`, `visual`, `auditory`, `tableOfContents`, `alternativeText`.
        words: Number of words of its text; 0 is unknown.
        duration_s: Playing time in seconds; 0 is none.
    """

    identifier: str
    title: str
    form: Form
    creator: tuple[str, ...] = ()
    contributor: tuple[str, ...] = ()
    date: str = ""
    language: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    description: str = ""
    publisher: str = ""
    rights: str = ""
    licence: str = ""
    source: str = ""
    collection: str = ""
    audience: Audience = Audience.GENERAL
    path: str = ""
    covers: tuple[Picture, ...] = ()
    parts: tuple[Part, ...] = ()
    downloads: tuple[Download, ...] = ()
    accessibility: tuple[str, ...] = ()
    words: int = 0
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Holding:
    """Where one copy of a work is: in an archive on the box, or on a shelf of paper books.

    Args:
        identifier: The record it is a copy of.
        archive: Name of the archive in the library, or "" for paper.
        place: Where the paper copy stands, in words ("Tủ sách điểm BĐ-VHX Mường Mẫu").
        shelf_mark: Call number on its spine.
        copies: How many paper copies.
    """

    identifier: str
    archive: str = ""
    place: str = ""
    shelf_mark: str = ""
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Agent:
    """A person or body with their role, as catalogues name them (MARC relator code)."""

    name: str
    role: str = field(default="aut")


def is_safe_identifier(identifier: str) -> bool:
    """Return whether `identifier` can stand in an address and a file name as it is."""
    return _SAFE_ID.fullmatch(identifier) is not None


def to_json(value: Any) -> Any:
    """Return `value` (a term, or a list of terms) as JSON data without its default fields."""
    if isinstance(value, (tuple, list)):
        return [to_json(one) for one in value]
    if not hasattr(value, "__dataclass_fields__"):
        return str(value) if isinstance(value, StrEnum) else value
    data: dict[str, Any] = {}
    for one in fields(value):
        content = getattr(value, one.name)
        if content != one.default:
            data["id" if one.name == "identifier" else one.name] = to_json(content)
    return data


def record_from_json(data: Any) -> Record:
    """Return the record that `to_json` wrote; unknown fields are left out, bad ones refused.

    Raises:
        CatalogueError: A field is missing, of the wrong type, too long, or points outside.
    """
    raw = _Fields(data, "record")
    identifier = raw.text("id", required=True)
    if not is_safe_identifier(identifier):
        raise CatalogueError(f"the identifier {identifier[:80]!r} has signs an address cannot hold")
    raw = _Fields(data, f"record {identifier}")
    return Record(
        identifier=identifier,
        title=raw.text("title", required=True),
        form=raw.choice("form", Form),
        creator=raw.texts("creator"),
        contributor=raw.texts("contributor"),
        date=raw.text("date"),
        language=raw.texts("language"),
        subject=raw.texts("subject"),
        place=raw.texts("place"),
        description=raw.text("description"),
        publisher=raw.text("publisher"),
        rights=raw.text("rights"),
        licence=raw.text("licence"),
        source=raw.text("source"),
        collection=raw.text("collection"),
        audience=raw.choice("audience", Audience, Audience.GENERAL),
        path=raw.path("path"),
        covers=tuple(_picture(one) for one in raw.items("covers")),
        parts=tuple(_part(one) for one in raw.items("parts")),
        downloads=tuple(_download(one) for one in raw.items("downloads")),
        accessibility=raw.texts("accessibility"),
        words=raw.whole("words"),
        duration_s=raw.number("duration_s"),
    )


def _part(raw: "_Fields") -> Part:
    return Part(
        kind=raw.choice("kind", PartKind),
        path=raw.path("path"),
        title=raw.text("title"),
        level=raw.whole("level", 1),
        listed=raw.flag("listed", default=True),
        text_path=raw.path("text_path"),
        words_path=raw.path("words_path"),
        duration_s=raw.number("duration_s"),
        pictures=tuple(_picture(one) for one in raw.items("pictures")),
        sounds=tuple(_sound(one) for one in raw.items("sounds")),
    )


def _picture(raw: "_Fields") -> Picture:
    return Picture(
        path=raw.path("path"),
        width=raw.whole("width"),
        height=raw.whole("height"),
        media_type=raw.text("media_type"),
    )


def _sound(raw: "_Fields") -> Sound:
    return Sound(
        path=raw.path("path"),
        media_type=raw.text("media_type"),
        size_bytes=raw.whole("size_bytes"),
        start_s=raw.number("start_s"),
        end_s=raw.number("end_s") if raw.has("end_s") else None,
        bitrate_kbps=raw.whole("bitrate_kbps"),
    )


def _download(raw: "_Fields") -> Download:
    return Download(
        path=raw.path("path"),
        media_type=raw.text("media_type"),
        size_bytes=raw.whole("size_bytes"),
        filename=raw.text("filename"),
    )


class _Fields:
    """The fields of one JSON object, read with type and bounds."""

    def __init__(self, data: Any, where: str) -> None:
        if not isinstance(data, Mapping):
            raise CatalogueError(f"{where}: an object is expected, not {type(data).__name__}")
        self._data = data
        self._where = where

    def has(self, name: str) -> bool:
        return self._data.get(name) is not None

    def _refuse(self, name: str, why: str) -> CatalogueError:
        return CatalogueError(f"{self._where}: field {name!r} {why}")

    def text(self, name: str, *, required: bool = False) -> str:
        value = self._data.get(name, "")
        if not isinstance(value, str):
            raise self._refuse(name, "is not a text")
        if len(value) > MAX_TEXT:
            raise self._refuse(name, f"is longer than {MAX_TEXT} characters")
        if required and not value.strip():
            raise self._refuse(name, "is missing")
        return value

    def path(self, name: str) -> str:
        value = self.text(name)
        if value.startswith("/") or ".." in value.split("/") or "\0" in value:
            raise self._refuse(name, "points outside the archive")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._data.get(name, [])
        if not isinstance(value, list) or len(value) > MAX_LIST:
            raise self._refuse(name, "is not a list of texts")
        if not all(isinstance(one, str) and len(one) <= MAX_TEXT for one in value):
            raise self._refuse(name, "holds something that is not a short text")
        return tuple(value)

    def items(self, name: str) -> list["_Fields"]:
        value = self._data.get(name, [])
        if not isinstance(value, list) or len(value) > MAX_LIST:
            raise self._refuse(name, f"is not a list of at most {MAX_LIST} objects")
        return [_Fields(one, f"{self._where}, {name}") for one in value]

    def whole(self, name: str, default: int = 0) -> int:
        value = self._data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
            raise self._refuse(name, "is not a whole number from 0 up")
        return value

    def number(self, name: str) -> float:
        value = self._data.get(name, 0.0)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
            raise self._refuse(name, "is not a number from 0 up")
        return float(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._data.get(name, default)
        if not isinstance(value, bool):
            raise self._refuse(name, "is neither true nor false")
        return value

    def choice(self, name: str, kind: type[_E], default: _E | None = None) -> _E:
        value = self.text(name)
        if not value and default is not None:
            return default
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(kind)
            raise self._refuse(name, f"is {value[:40]!r}, not one of: {known}") from None
