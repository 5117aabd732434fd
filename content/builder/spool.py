"""A work half-way to the archive: one folder that a source fills and the writer packs.

A source (EPUB, PDF, sound ...) runs in a process of its own with bounded memory and writes here;
the writer only reads here. So a hostile file can kill its own process and nothing else, and an
interrupted build goes on from the works that are whole. A spool is whole when `finish` has written
`work.json`, its last act; one without it is made anew.

Layout: `work.json` (details, problems, assets in order), `parts.jsonl` (one part a line, in
reading order), `assets/NNNNNN` (files). All paths of a part and an asset are relative to the work's
own folder in the archive and made of `[A-Za-z0-9._/-]`.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from content.errors import BuildError
from content.terms import Part, Picture, to_json

WORK_FILE = "work.json"
PARTS_FILE = "parts.jsonl"

_SAFE_PATH = re.compile(r"(?!/)(?!.*(^|/)\.\.?(/|$))[A-Za-z0-9._/-]{1,200}")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file that a librarian should know; the work may still be made.

    Args:
        file: The file it is about, relative to the collection folder.
        reason: What is wrong, in plain words.
        remedy: What to do about it.
        fatal: Whether the work could not be made.
    """

    file: str
    reason: str
    remedy: str = ""
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Details:
    """What a file says of itself; the catalogue's own words always win over it.

    Args:
        language: BCP 47 tag as found or detected, "" when unknown.
        identifier: ISBN or URN as printed in the file.
    """

    title: str = ""
    creator: tuple[str, ...] = ()
    contributor: tuple[str, ...] = ()
    date: str = ""
    language: str = ""
    subject: tuple[str, ...] = ()
    description: str = ""
    publisher: str = ""
    rights: str = ""
    identifier: str = ""
    accessibility: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WordBox:
    """One word on a page image, in ten-thousandths of the page's width and height."""

    x: int
    y: int
    width: int
    height: int
    word: str


@dataclass(frozen=True, slots=True)
class DraftPart:
    """A part with its content, before it has its place in an archive.

    Args:
        part: Its description. `path`, `text_path` and `words_path` stay empty: the writer gives
            them. Paths of pictures and sounds are relative to the work's folder.
        html: Inside of `<main>`: sanitised HTML. Links to assets are relative to the work's folder;
            links to other parts are `part:N#anchor`, N counted from 1 (the writer resolves them).
        text: Plain text for search and large-print reading: NFC, one paragraph a line.
        words: Boxes of the words on the page image, in reading order.
    """

    part: Part
    html: str = ""
    text: str = ""
    words: tuple[WordBox, ...] = ()


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the work: a picture, a recording, the original document.

    Args:
        path: Relative to the work's folder in the archive.
        media_type: IANA media type.
        file: Where its bytes are now.
        filename: Name to offer when saved; only a download has one.
    """

    path: str
    media_type: str
    file: Path
    filename: str = ""

    @property
    def size_bytes(self) -> int:
        """Length of the file."""
        return self.file.stat().st_size


@dataclass(frozen=True, slots=True)
class SourceJob:
    """What a source is asked to read.

    Args:
        files: The files of one work, in order, inside the collection folder; already checked.
        options: What the librarian chose for the whole build.
        cache: Folder that outlives the run, for results too dear to make twice (OCR, sound).
        title: The catalogue's title, when there is one (for alternative texts).
        language: The catalogue's language, "" when unknown.
    """

    files: tuple[Path, ...]
    options: "SourceOptions"
    cache: Path
    title: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Choices of a build that change what a source makes.

    Args:
        ocr: Recognise text on pages that have none.
        ocr_language: tesseract language, such as `vie` or `vie+eng`.
        audio_bitrate_kbps: Also make a low-bandwidth copy of sound; 0 makes none.
        originals: Keep the original file as a download.
        jpeg_fallback: Also keep the small page image as JPEG, for phones without WebP.
        jobs: How many processes a source may run at once.
    """

    ocr: bool = False
    ocr_language: str = "vie"
    audio_bitrate_kbps: int = 0
    originals: bool = True
    jpeg_fallback: bool = True
    jobs: int = 1


@dataclass
class Spool:
    """The writing side: what a source calls, in order.

    Args:
        folder: Empty or absent; it is made.
        report: Called with (done, total) as the work goes on, in any unit.
    """

    folder: Path
    report: Callable[[int, int], None] = lambda _done, _total: None
    problems: list[Problem] = field(default_factory=list)
    cover: str = ""
    covers: list[Picture] = field(default_factory=list)
    _assets: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    _parts: int = 0

    def __post_init__(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "assets").mkdir(parents=True)
        self._lines = (self.folder / PARTS_FILE).open("w", encoding="utf-8")

    def add_asset(
        self, path: str, media_type: str, content: bytes | Path, *, filename: str = ""
    ) -> str:
        """Keep a file of the work and return its path; the same path twice keeps the first.

        Args:
            path: Relative to the work's folder, `[A-Za-z0-9._/-]`.
            content: The bytes, or a file that is copied (by reference where the disk can).
            filename: Set for a download: the name a reader's phone saves it under.
        """
        if not _SAFE_PATH.fullmatch(path):
            raise BuildError(f"{path!r} cannot be a path in an archive")
        if path not in self._assets:
            name = f"assets/{len(self._assets):06d}"
            if isinstance(content, bytes):
                (self.folder / name).write_bytes(content)
            else:
                shutil.copyfile(content, self.folder / name)
            self._assets[path] = (name, media_type, filename)
        return path

    def set_cover(self, path: str) -> None:
        """Name the asset that shows the work best; the catalogue's own cover wins over it.

        Only the covers made from it go into the archive, so no page may show this asset.
        """
        self.cover = path

    def asset_file(self, path: str) -> Path:
        """Return where the bytes of an added asset are."""
        return self.folder / self._assets[path][0]

    def add_cover(self, path: str, content: bytes, width: int, height: int) -> None:
        """Keep one size of the cover that the shelves show."""
        self.add_asset(path, "image/jpeg", content)
        self.covers.append(Picture(path, width, height, "image/jpeg"))

    def add_part(self, draft: DraftPart) -> int:
        """Append the next chapter, page, track or picture; return its number, from 1."""
        line = {
            "part": to_json(draft.part),
            "html": draft.html,
            "text": draft.text,
            "words": [[one.x, one.y, one.width, one.height, one.word] for one in draft.words],
        }
        self._lines.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._parts += 1
        return self._parts

    def problem(self, file: str, reason: str, remedy: str = "") -> None:
        """Tell the librarian of something that does not stop the work."""
        self.problems.append(Problem(file, reason, remedy))

    def finish(self, details: Details) -> None:
        """Make the spool whole; nothing may be added after it."""
        self._lines.close()
        work: dict[str, Any] = {
            "details": to_json(details),
            "covers": [to_json(one) for one in self.covers],
            "parts": self._parts,
            "problems": [to_json(one) for one in self.problems],
            # The covers of the shelves were made from it; the archive needs no third one.
            "assets": [[path, *rest] for path, rest in self._assets.items() if path != self.cover],
        }
        path = self.folder / WORK_FILE
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(work, ensure_ascii=False), encoding="utf-8")
        temporary.replace(path)


@dataclass(frozen=True)
class SpooledWork:
    """The reading side of a whole spool.

    Args:
        parts: How many parts `drafts` yields.
        covers: The cover in the sizes of the shelves, narrowest first; paths as in `assets`.
    """

    folder: Path
    details: Details
    assets: tuple[Asset, ...]
    problems: tuple[Problem, ...]
    parts: int
    covers: tuple[Picture, ...]

    @property
    def text_bytes(self) -> int:
        """Bytes of all texts, with their markup and their words' places."""
        return (self.folder / PARTS_FILE).stat().st_size

    def drafts(self) -> Iterator[dict[str, Any]]:
        """Yield each part as `{"part", "html", "text", "words"}`, in reading order."""
        with (self.folder / PARTS_FILE).open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def load_spool(folder: Path) -> SpooledWork | None:
    """Return the whole spool in `folder`, or None when it was never finished."""
    try:
        work = json.loads((folder / WORK_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    details: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in work["details"].items()
    }
    if "id" in details:
        details["identifier"] = details.pop("id")
    return SpooledWork(
        folder=folder,
        details=Details(**details),
        assets=tuple(
            Asset(path, media_type, folder / name, filename)
            for path, name, media_type, filename in work["assets"]
        ),
        problems=tuple(Problem(**one) for one in work["problems"]),
        parts=work["parts"],
        covers=tuple(Picture(**one) for one in work["covers"]),
    )
