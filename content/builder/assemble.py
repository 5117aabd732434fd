"""What the catalogue says and what the files hold become one record, with its paths in the archive.

Pure but for reading the spool: the catalogue's words win, the file's own words fill the gaps.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from content.builder.recipe import RecipeItem
from content.builder.spool import Problem, SpooledWork
from content.terms import Download, Form, Part, PartKind, Picture, Record, Sound
from content.vietnamese import normalize

_PART_LINK = re.compile(r'href="part:(\d+)(#[^"]*)?"')


@dataclass(frozen=True, slots=True)
class Prepared:
    """What became of one work: a whole spool, or the problem that stopped it.

    Args:
        peak_bytes: Largest resident memory of its process; 0 when it came from an earlier run.
        cpu_s: Processor seconds of its process and what that started.
    """

    item: RecipeItem
    work: SpooledWork | None
    problem: Problem | None = None
    peak_bytes: int = 0
    cpu_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Content:
    """What the pages of one part are made of."""

    number: int
    part: Part
    html: str
    text: str
    words: list[list[Any]]


def folder_of(identifier: str) -> str:
    """Return the folder of a work in its archive."""
    return f"works/{identifier}"


def assemble(item: RecipeItem, work: SpooledWork) -> Record:
    """Return the record of a work as the archive's catalogue will hold it."""
    said, found = item.record, work.details
    folder = folder_of(said.identifier)
    parts = tuple(content.part for content in contents(item, work))
    texts = (str(draft["text"]) for draft in work.drafts())
    words = sum(len(text.split()) for text in texts)
    language = said.language or ((found.language,) if found.language else ())
    return replace(
        said,
        title=said.title or normalize(found.title).strip() or _title_of_file(item),
        creator=said.creator or found.creator,
        contributor=said.contributor or found.contributor,
        date=said.date or found.date,
        language=language,
        subject=said.subject or found.subject,
        description=said.description or found.description,
        publisher=said.publisher or found.publisher,
        rights=said.rights or found.rights,
        path=f"{folder}/index.html",
        covers=tuple(_inside(folder, one) for one in work.covers),
        parts=parts,
        downloads=tuple(
            Download(f"{folder}/{one.path}", one.media_type, one.size_bytes, one.filename)
            for one in work.assets
            if one.filename
        ),
        accessibility=found.accessibility or _accessibility(said.form, parts, words),
        words=words,
        duration_s=round(sum(one.duration_s for one in parts), 3),
    )


def contents(item: RecipeItem, work: SpooledWork) -> Iterator[Content]:
    """Yield the parts of a work in order, each with its paths in the archive and its content."""
    folder = folder_of(item.record.identifier)
    titles = item.chapters if len(item.chapters) == work.parts else ()
    for number, draft in enumerate(work.drafts(), start=1):
        raw = draft["part"]
        part = Part(
            kind=PartKind(raw["kind"]),
            path=f"{folder}/{number:04d}.html",
            title=titles[number - 1] if titles else raw.get("title", ""),
            level=raw.get("level", 1),
            listed=raw.get("listed", True),
            text_path=f"{folder}/text/{number:04d}.txt" if draft["text"] else "",
            words_path=f"{folder}/words/{number:04d}.json" if draft["words"] else "",
            duration_s=raw.get("duration_s", 0.0),
            pictures=tuple(_inside(folder, Picture(**one)) for one in raw.get("pictures", [])),
            sounds=tuple(_inside(folder, Sound(**one)) for one in raw.get("sounds", [])),
        )
        html = _PART_LINK.sub(_resolve, draft["html"])
        yield Content(number, part, html, draft["text"], draft["words"])


def _resolve(link: re.Match[str]) -> str:
    return f'href="{int(link[1]):04d}.html{link[2] or ""}"'


def _inside(folder: str, one: Any) -> Any:
    """Return a picture or sound with its path counted from the archive's root."""
    return replace(one, path=f"{folder}/{one.path}")


def _title_of_file(item: RecipeItem) -> str:
    first = item.files[0]
    stem = first.parent.name if len(item.files) > 1 else first.stem
    words = re.sub(r"[\s_]+", " ", normalize(stem)).strip()
    return words[:200] or item.record.identifier


def _accessibility(form: Form, parts: tuple[Part, ...], words: int) -> tuple[str, ...]:
    """Return what can be said without a person looking (schema.org accessibility terms)."""
    if form == Form.AUDIOBOOK:
        return ("auditory", "tableOfContents") if len(parts) > 1 else ("auditory",)
    pictures = any(part.pictures for part in parts)
    modes = [*(["textual"] if words else []), *(["visual"] if pictures else [])]
    listed = sum(part.listed for part in parts) > 1
    return (*modes, *(["tableOfContents"] if listed else []))
