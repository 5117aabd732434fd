"""A collection folder becomes a list of works: which files, which record, what is wrong with it.

The folder holds documents and, at best, a catalogue (`catalog.csv`, `.tsv` or `.json`, Dublin Core
columns) and a `collection.toml` (title, publisher ... of the archive). Without a catalogue each
file, or each folder of sound files, is a work. Dirty input is normal: every doubt becomes a
`Problem` with its line and remedy; only a catalogue that cannot be read at all is an error.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from content.builder.spool import Problem
from content.builder.table import Row, read_table
from content.errors import RecipeError
from content.terms import Audience, Form, Record, is_safe_identifier
from content.vietnamese import fold, normalize

CATALOGUES = ("catalog.csv", "catalogue.csv", "catalog.tsv", "catalog.json", "catalogue.json")
SETTINGS_FILE = "collection.toml"

# File name ending -> source that reads it; the form is what it makes unless the catalogue knows.
SOURCES = {
    "epub": (Form.EBOOK, {".epub"}),
    "pdf": (Form.DOCUMENT, {".pdf"}),
    "audio": (
        Form.AUDIOBOOK,
        {".m4b", ".m4a", ".mp3", ".opus", ".ogg", ".oga", ".flac", ".wav", ".aac"},
    ),
    "article": (Form.ARTICLE, {".html", ".htm", ".xhtml"}),
    "plain_text": (Form.EBOOK, {".txt", ".md"}),
    "office": (Form.DOCUMENT, {".docx", ".odt", ".rtf"}),
    "image": (Form.IMAGE, {".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp"}),
}
_OF_SUFFIX = {suffix: name for name, (_, suffixes) in SOURCES.items() for suffix in suffixes}

# Words of a type column -> form: ours, the DCMI Type Vocabulary, and what librarians write.
_FORMS = {
    **{str(form): form for form in Form},
    "text": Form.EBOOK,
    "sound": Form.AUDIOBOOK,
    "stillimage": Form.IMAGE,
    "sach noi": Form.AUDIOBOOK,
    "sach": Form.EBOOK,
    "tai lieu": Form.DOCUMENT,
    "bai viet": Form.ARTICLE,
    "ap phich": Form.IMAGE,
    "anh": Form.IMAGE,
}
_CHILDREN = {"children", "thieu nhi", "tre em", "juvenile"}


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    """What `collection.toml` may say of the archive as a whole; openZIM metadata terms.

    Args:
        name: openZIM `Name`, such as `diemdoc_vi_dia-chi`.
        title: At most 30 characters.
        description: At most 80 characters.
    """

    name: str = ""
    title: str = ""
    description: str = ""
    long_description: str = ""
    creator: str = ""
    publisher: str = ""
    language: str = ""
    tags: str = ""


@dataclass(frozen=True, slots=True)
class RecipeItem:
    """One work to build.

    Args:
        source: Key of `SOURCES`.
        files: Its files in order, inside the folder, all present.
        cover: The catalogue's picture for it, present, or None.
        record: What the catalogue says; the title is "" when only the file can tell.
        chapters: Titles the catalogue gives to its parts, in order.
    """

    source: str
    files: tuple[Path, ...]
    record: Record
    cover: Path | None = None
    chapters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything a build needs to know of a collection folder."""

    folder: Path
    items: tuple[RecipeItem, ...]
    problems: tuple[Problem, ...]
    settings: ArchiveSettings = field(default_factory=ArchiveSettings)


def load_recipe(source: Path) -> Recipe:
    """Return what there is to build in `source`: a collection folder, or one document.

    Raises:
        RecipeError: There is nothing to build, or the catalogue or `collection.toml` is unreadable.
    """
    if source.is_file():
        folder, problems = source.parent, _Problems()
        items = [_uncatalogued(folder, (source,))] if source.suffix.lower() in _OF_SUFFIX else []
        if not items:
            raise RecipeError(f"{source.name}: this kind of file cannot be built; {_kinds()}")
        return Recipe(folder, tuple(items), (), ArchiveSettings(title=source.stem[:30]))
    if not source.is_dir():
        raise RecipeError(f"{source}: there is no such file or folder")
    folder, problems = source, _Problems()
    settings = _load_settings(folder)
    found = [folder / name for name in CATALOGUES if (folder / name).is_file()]
    if found:
        if len(found) > 1:
            others = ", ".join(one.name for one in found[1:])
            problems.add(found[0].name, f"used; {others} left aside", "keep only one catalogue")
        items = list(_catalogued(folder, found[0], problems))
    else:
        items = [_uncatalogued(folder, files) for files in _works_without_catalogue(folder)]
    if not items and not problems.found:
        raise RecipeError(f"{folder}: nothing to build here; {_kinds()}")
    return Recipe(folder, tuple(_unique(items, problems)), tuple(problems.found), settings)


class _Problems:
    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, file: str, reason: str, remedy: str = "", *, fatal: bool = False) -> None:
        self.found.append(Problem(file, reason, remedy, fatal=fatal))


def _kinds() -> str:
    return "known endings: " + " ".join(sorted(_OF_SUFFIX))


def _load_settings(folder: Path) -> ArchiveSettings:
    path = folder / SETTINGS_FILE
    if not path.is_file():
        return ArchiveSettings(title=normalize(folder.resolve().name)[:30])
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{SETTINGS_FILE}: cannot be read: {error}") from error
    known = set(ArchiveSettings.__dataclass_fields__)
    if unknown := sorted(set(raw) - known):
        raise RecipeError(
            f"{SETTINGS_FILE}: unknown setting {unknown[0]!r}; known: {', '.join(sorted(known))}"
        )
    if wrong := [name for name, value in raw.items() if not isinstance(value, str)]:
        raise RecipeError(f"{SETTINGS_FILE}: {wrong[0]} must be a text in quotes")
    return ArchiveSettings(**{name: normalize(value) for name, value in raw.items()})


def _catalogued(folder: Path, catalogue: Path, problems: _Problems) -> Iterable[RecipeItem]:
    rows, remarks = read_table(catalogue)
    for remark in remarks:
        problems.add(catalogue.name, remark)
    for row in rows:
        where = f"{catalogue.name}, {row.where}"
        files = _existing(folder, row.all("files", "|"), where, problems)
        if not files:
            continue
        kinds = {_OF_SUFFIX.get(one.suffix.lower(), "") for one in files}
        if len(kinds) > 1 or "" in kinds:
            reason = f"{files[0].name}: this kind of file, or this mixture, cannot be built"
            problems.add(where, reason, f"give one kind of file; {_kinds()}", fatal=True)
            continue
        source = kinds.pop()
        covers = _existing(folder, row.all("cover", "|")[:1], where, problems, fatal=False)
        yield RecipeItem(
            source=source,
            files=tuple(files),
            record=_record(row, files, source, where, problems),
            cover=covers[0] if covers else None,
            chapters=row.all("chapters", "|"),
        )


def _record(row: Row, files: list[Path], source: str, where: str, problems: _Problems) -> Record:
    identifier = row.one("identifier")
    if not is_safe_identifier(identifier):
        made = identifier_from(identifier or files[0].stem)
        if identifier:
            problems.add(where, f"the identifier {identifier[:60]!r} became {made!r}")
        identifier = made
    audience = fold(row.one("audience"))
    return Record(
        identifier=identifier,
        title=row.one("title"),
        form=_form(row.one("type"), source, where, problems),
        creator=row.all("creator", ";"),
        contributor=row.all("contributor", ";"),
        date=row.one("date"),
        language=row.all("language", ";"),
        subject=row.all("subject", ";"),
        place=row.all("coverage", ";"),
        description=row.one("description"),
        publisher=row.one("publisher"),
        rights=row.one("rights"),
        licence=row.one("licence"),
        source=row.one("source"),
        collection=row.one("collection"),
        audience=Audience.CHILDREN if audience in _CHILDREN else Audience.GENERAL,
    )


def _form(words: str, source: str, where: str, problems: _Problems) -> Form:
    usual = SOURCES[source][0]
    if not words:
        return usual
    form = _FORMS.get(fold(words))
    heard, seen = Form.AUDIOBOOK, Form.IMAGE
    fits = form is not None and (form == heard) == (usual == heard)
    if form is None or not fits or (form == seen and usual != seen):
        problems.add(where, f"the type {words!r} does not suit the file; {usual!s} is used")
        return usual
    return form


def _existing(
    folder: Path, names: Iterable[str], where: str, problems: _Problems, *, fatal: bool = True
) -> list[Path]:
    """Return the files that `names` mean, or nothing when one of them is missing or outside."""
    files = []
    missing = "put the file there, or correct the catalogue"
    names = list(names)
    if not names and fatal:
        problems.add(where, "names no file", "fill in the column 'files'", fatal=True)
    for name in names:
        path = _find(folder, name)
        if path is None:
            problems.add(where, f"the file {name!r} is not in the folder", missing, fatal=fatal)
            return []
        if not path.resolve().is_relative_to(folder.resolve()):
            reason = f"the file {name!r} lies outside the collection folder"
            problems.add(where, reason, "copy it into the folder", fatal=fatal)
            return []
        files.append(path)
    return files


def _find(folder: Path, name: str) -> Path | None:
    """Return the file; its name may be composed on one side and decomposed on the other."""
    if "\0" in name or len(name.encode()) > 4096:
        return None
    path = folder
    for step in Path(name.replace("\\", "/")).parts:
        straight = path / step
        if len(step.encode()) <= 255 and straight.exists():
            path = straight
            continue
        if not path.is_dir():
            return None
        same = [one for one in path.iterdir() if normalize(one.name) == normalize(step)]
        if not same:
            return None
        path = same[0]
    return path if path.is_file() else None


def _works_without_catalogue(folder: Path) -> Iterable[tuple[Path, ...]]:
    """Yield the files of each work: one file, or all sound files of a folder together."""
    paths = sorted(
        one
        for one in folder.rglob("*")
        if one.is_file()
        and not any(part.startswith(".") for part in one.relative_to(folder).parts)
        and one.resolve().is_relative_to(folder.resolve())
        and one.suffix.lower() in _OF_SUFFIX
    )
    albums: dict[Path, list[Path]] = {}
    for path in paths:
        if _OF_SUFFIX[path.suffix.lower()] == "audio" and path.parent != folder:
            albums.setdefault(path.parent, []).append(path)
    stems = {one.with_suffix("") for one in paths if _source_of(one) != "image"}
    seen: set[Path] = set()
    for path in paths:
        album = albums.get(path.parent, []) if _source_of(path) == "audio" else []
        together = tuple(album) if len(album) > 1 else (path,)
        if together[0] in seen:
            continue
        seen.update(together)
        is_cover = _source_of(path) == "image" and (
            path.with_suffix("") in stems or path.stem.lower() in {"cover", "folder"}
        )
        if not is_cover:
            yield together


def _source_of(path: Path) -> str:
    return _OF_SUFFIX[path.suffix.lower()]


def _uncatalogued(folder: Path, files: tuple[Path, ...]) -> RecipeItem:
    first = files[0]
    source = _source_of(first)
    stem = first.parent.name if len(files) > 1 else first.stem
    beside = [first.with_suffix(suffix) for suffix in (".jpg", ".jpeg", ".png", ".webp")]
    beside += [first.parent / "cover.jpg", first.parent / "folder.jpg"] if len(files) > 1 else []
    cover = next((one for one in beside if one.is_file() and source != "image"), None)
    inside = first.relative_to(folder).parts
    return RecipeItem(
        source=source,
        files=files,
        record=Record(
            identifier=identifier_from(stem),
            title="",
            form=SOURCES[source][0],
            collection=normalize(inside[0]) if len(inside) > 1 + (len(files) > 1) else "",
        ),
        cover=cover,
    )


def identifier_from(words: str) -> str:
    """Return an identifier that can stand in an address, the same for the same words."""
    slug = re.sub(r"[^a-z0-9]+", "-", fold(words)).strip("-")[:60].strip("-")
    if slug and slug == fold(words):
        return slug
    tail = hashlib.sha256(normalize(words).encode("utf-8", "surrogateescape")).hexdigest()[:6]
    return f"{slug}-{tail}" if slug else f"w-{tail}"


def _unique(items: list[RecipeItem], problems: _Problems) -> Iterable[RecipeItem]:
    seen: set[str] = set()
    for item in items:
        identifier = item.record.identifier
        if identifier.lower() in seen:
            name = item.files[0].name
            problems.add(
                name,
                f"the identifier {identifier!r} is used twice; this work is left out",
                "give each work an identifier of its own",
                fatal=True,
            )
            continue
        seen.add(identifier.lower())
        yield item
