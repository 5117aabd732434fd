"""Pack prepared works into one ZIM archive, the same bytes for the same works.

The archive is written beside its place (`OUT.part`), checked, synced, and renamed: after a power
cut `OUT` is the old archive or the new one. libzim gives each archive a random UUID, and so does
each Xapian index inside; `_make_reproducible` replaces them by one made from the content.
"""

import datetime as dt
import hashlib
import json
import mmap
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from libzim.reader import Archive
from libzim.writer import Compression, Creator, Hint

from content.archive.quiet import hushed
from content.builder.assemble import Prepared, assemble, contents, folder_of
from content.builder.illustration import archive_illustration
from content.builder.pages import Pages
from content.builder.spool import SpooledWork
from content.builder.zim_item import EntryItem, Indexed
from content.covers import cover_svg
from content.errors import BuildError
from content.files import sync_file
from content.readium import audiobook_manifest
from content.terms import CATALOGUE_PATH, CATALOGUE_VERSION, Form, Record, to_json

HTML = "text/html; charset=utf-8"
_ZIM_MAGIC = b"ZIM\x04"
_UUID_AT = 8  # openZIM file format, header
_CHECKSUM_AT = 72  # openZIM file format, header: checksumPos, a 64-bit offset
_GLASS = b"\x0f\x0dXapian Glass"
_GLASS_UUID_AT = len(_GLASS) + 2

# docs/adr/0020-archive-defaults.md and 0037-chunks-follow-clusters.md
TEXT_CLUSTER = 256 * 1024
SMALL_CLUSTER = 16 * 1024
_MEDIA_TIMES = 10

# BCP 47 primary language -> ISO 639-3, as openZIM `Language` wants it.
_ISO_639_3 = {
    "vi": "vie",
    "en": "eng",
    "fr": "fra",
    "zh": "zho",
    "lo": "lao",
    "km": "khm",
    "th": "tha",
}


@dataclass(frozen=True, slots=True)
class ArchiveOptions:
    """How an archive is written.

    Args:
        name: openZIM `Name`.
        title: openZIM `Title`, cut to 30 characters.
        date: openZIM `Date`.
        cluster_bytes: Uncompressed size of a cluster; 0 chooses by what the works are.
        full_text: Whether the archive carries a full-text index for other readers.
    """

    name: str
    title: str
    date: dt.date
    description: str = ""
    long_description: str = ""
    creator: str = ""
    publisher: str = ""
    language: str = ""
    tags: str = ""
    cluster_bytes: int = 0
    full_text: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    path: Path
    size_bytes: int
    uuid: str
    records: tuple[Record, ...]


def write_archive(
    out: Path,
    works: Sequence[Prepared],
    options: ArchiveOptions,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> Written:
    """Write `out` from whole works; after a power cut it is the old archive or the new one.

    Raises:
        BuildError: The archive cannot be written, or does not pass its own check.
    """
    temporary = out.with_name(out.name + ".part")
    temporary.unlink(missing_ok=True)
    try:
        with hushed():
            records = _write(temporary, works, options, report)
        _make_reproducible(temporary, indexes=1 + options.full_text)
        with hushed():
            archive = Archive(temporary)
            is_good = archive.check()
        if not is_good:
            raise BuildError(f"{out.name}: the archive does not pass its own check")
        sync_file(temporary)
        size_bytes = temporary.stat().st_size
        temporary.replace(out)
    except (RuntimeError, OSError) as error:
        raise BuildError(f"{out.name}: cannot be written: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return Written(out, size_bytes, str(archive.uuid), records)


def _write(
    path: Path,
    works: Sequence[Prepared],
    options: ArchiveOptions,
    report: Callable[[int, int], None],
) -> tuple[Record, ...]:
    whole = [one for one in works if one.work is not None]
    records = [assemble(one.item, one.work) for one in whole if one.work is not None]
    creator = Creator(path)
    # One worker: with more, the index numbers documents in the order threads finish.
    creator.config_nbworkers(1)
    creator.config_clustersize(options.cluster_bytes or cluster_bytes_for(works))
    creator.config_compression(Compression.zstd)
    creator.config_indexing(options.full_text, _language(options.language))
    creator.set_mainpath("index.html")
    pages = Pages(options.title, options.language or "vi")
    with creator:
        # First, while no cluster waits: python-libzim 3.13 holds the interpreter in these calls,
        # and for clusters that wait libzim's thread needs it to read an item: both would hang.
        _add_metadata(creator, whole, records, options)
        creator.add_item(EntryItem("style.css", "text/css; charset=utf-8", pages.style()))
        for done, (prepared, record) in enumerate(zip(whole, records, strict=True)):
            report(done, len(whole))
            if prepared.work is not None:
                _add_work(creator, prepared, prepared.work, record, pages)
        index = pages.index(records)
        creator.add_item(EntryItem("index.html", HTML, index, title=options.title, front=True))
        catalogue = {"version": CATALOGUE_VERSION, "records": to_json(records)}
        creator.add_item(
            EntryItem(CATALOGUE_PATH, "application/json", json.dumps(catalogue, ensure_ascii=False))
        )
    return tuple(records)


def cluster_bytes_for(works: Iterable[Prepared]) -> int:
    """Return the cluster size that suits works.

    Where texts are little beside pictures and sound, small clusters cost next to nothing, and an
    edited page moves 7 kB to each reading point instead of 100 (docs/adr/0037).
    """
    texts = media = 0
    for work in (one.work for one in works if one.work is not None):
        texts += work.text_bytes
        media += sum(one.file.stat().st_size for one in work.assets)
    return SMALL_CLUSTER if texts * _MEDIA_TIMES < media else TEXT_CLUSTER


def _add_work(
    creator: Creator, prepared: Prepared, work: SpooledWork, record: Record, pages: Pages
) -> None:
    item = prepared.item
    folder = folder_of(record.identifier)
    names = " ".join([*record.creator, *record.subject])
    creator.add_item(
        EntryItem(
            record.path,
            HTML,
            pages.work(record),
            title=record.title,
            front=True,
            indexed=Indexed(record.title, f"{names} {record.description}"),
        )
    )
    _add_plain_title(creator, record)
    for content in contents(item, work):
        title = pages.part_title(record, content)
        full = title if title == record.title else f"{record.title} – {title}"
        page = pages.part(record, content)
        indexed = Indexed(full, content.text)
        front = content.part.listed and len(record.parts) > 1
        creator.add_item(
            EntryItem(content.part.path, HTML, page, title=full, front=front, indexed=indexed)
        )
    # Texts and boxes lie together after the pages: a reader of pages never unpacks them.
    for content in contents(item, work):
        if content.part.text_path:
            plain = "text/plain; charset=utf-8"
            creator.add_item(EntryItem(content.part.text_path, plain, content.text))
        if content.part.words_path:
            boxes = json.dumps({"version": 1, "words": content.words}, ensure_ascii=False)
            creator.add_item(EntryItem(content.part.words_path, "application/json", boxes))
    if not record.covers:
        svg = cover_svg(record.title, ", ".join(record.creator), record.form, record.collection)
        creator.add_item(EntryItem(f"{folder}/cover.svg", "image/svg+xml", svg))
    if record.form == Form.AUDIOBOOK:
        manifest = json.dumps(audiobook_manifest(record), ensure_ascii=False)
        creator.add_item(
            EntryItem(f"{folder}/manifest.json", "application/audiobook+json", manifest)
        )
    for asset in work.assets:
        creator.add_item(EntryItem(f"{folder}/{asset.path}", asset.media_type, asset.file))


def _add_plain_title(creator: Creator, record: Record) -> None:
    """Add the title with d for đ, so that suggestions of stock readers forgive it."""
    if "đ" in record.title.lower():
        title = record.title.replace("đ", "d").replace("Đ", "D")
        path = f"{folder_of(record.identifier)}/title"
        creator.add_redirection(path, title, record.path, {Hint.FRONT_ARTICLE: True})


def _language(tags: str) -> str:
    """Return openZIM `Language`: ISO 639-3 codes with commas."""
    codes = [_ISO_639_3.get(tag.split("-")[0], tag) for tag in tags.split(",") if tag]
    return ",".join(dict.fromkeys(codes)) or "vie"


def _add_metadata(
    creator: Creator,
    works: Sequence[Prepared],
    records: Sequence[Record],
    options: ArchiveOptions,
) -> None:
    found = ",".join(dict.fromkeys(tag for record in records for tag in record.language))
    covers = [
        one.file
        for prepared in works
        if prepared.work is not None
        for one in prepared.work.assets
        if one.path == "cover-160.jpg"
    ]
    creator.add_illustration(
        48, archive_illustration(covers[0] if len(works) == 1 and covers else None)
    )
    creators = list(dict.fromkeys(name for record in records for name in record.creator))
    metadata = {
        "Name": options.name,
        "Title": options.title[:30],
        "Description": _cut(options.description or _describe(records), 80),
        "LongDescription": options.long_description[:4000],
        "Creator": options.creator or ", ".join(creators[:5]) or "–",
        "Publisher": options.publisher or "Điểm Đọc",
        "Language": _language(options.language or found),
        "Date": options.date.isoformat(),
        "Tags": options.tags
        or "_category:library;_ftindex:" + ("yes" if options.full_text else "no"),
        "Scraper": "diemdoc",
        "License": "; ".join(dict.fromkeys(one.licence for one in records if one.licence))[:500],
    }
    for name, value in metadata.items():
        if value:
            creator.add_metadata(name, value)


def _describe(records: Sequence[Record]) -> str:
    if len(records) == 1:
        return records[0].description or records[0].title
    return f"{len(records)} tài liệu: " + "; ".join(record.title for record in records[:3])


def _cut(words: str, length: int) -> str:
    return words if len(words) <= length else words[: length - 1].rsplit(" ", 1)[0] + "…"


def _make_reproducible(path: Path, *, indexes: int) -> None:
    """Replace the random UUIDs of the archive and its Xapian indexes, and the checksum over them.

    Args:
        indexes: How many Xapian databases libzim put in: the title index, and the full-text index
            when asked for. They are its last entries, so the last so many marks are theirs and no
            document that happens to hold the same bytes is touched.
    """
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as view:
        if view[:4] != _ZIM_MAGIC:
            raise BuildError(f"{path.name}: libzim wrote something else than an archive")
        end = int.from_bytes(view[_CHECKSUM_AT : _CHECKSUM_AT + 8], "little")
        places = [_UUID_AT]
        before = end
        for _ in range(indexes):
            before = view.rfind(_GLASS, 0, before)
            if before < 0:
                break
            places.append(before + _GLASS_UUID_AT)
        for place in places:
            view[place : place + 16] = bytes(16)
        seed = _digest(view, end, "sha256")
        for number, place in enumerate(places):
            made = uuid.UUID(bytes=hashlib.sha256(seed + bytes([number])).digest()[:16], version=4)
            view[place : place + 16] = made.bytes
        view[end : end + 16] = _digest(view, end, "md5")
        view.flush()


def _digest(view: mmap.mmap, end: int, algorithm: str) -> bytes:
    hasher = hashlib.new(algorithm, usedforsecurity=False)
    for start in range(0, end, 1 << 20):
        hasher.update(view[start : min(end, start + (1 << 20))])
    return hasher.digest()


def archive_name(words: Iterable[str]) -> str:
    """Return an openZIM `Name` from words that are already safe: `diemdoc_vi_dia-chi`."""
    return "_".join(word.lower() for word in words if word)
