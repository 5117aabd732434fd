"""Make tiny EPUBs, right and wrong, and read documents of any kind as a build does."""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from content.builder.spool import (
    Details,
    SourceJob,
    SourceOptions,
    Spool,
    SpooledWork,
    load_spool,
)

CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" '
    'version="1.0"><rootfiles><rootfile full-path="OEBPS/book.opf" '
    'media-type="application/oebps-package+xml"/></rootfiles></container>'
)
SENTENCE = "Ngày xưa ở bản Nà Mẫu, Điện Biên có một cây đa to. Bà con thường ngồi đó kể chuyện. "


@dataclass(frozen=True)
class Read:
    """A work as its source left it."""

    details: Details
    work: SpooledWork
    drafts: list[dict[str, Any]]
    cover: str

    @property
    def titles(self) -> list[str]:
        return [one["part"].get("title", "") for one in self.drafts]

    @property
    def listed(self) -> list[tuple[str, int]]:
        parts = [one["part"] for one in self.drafts]
        return [(one["title"], one.get("level", 1)) for one in parts if one.get("listed", True)]

    @property
    def html(self) -> str:
        return "\n".join(one["html"] for one in self.drafts)

    @property
    def text(self) -> str:
        return "\n".join(one["text"] for one in self.drafts)

    @property
    def reasons(self) -> str:
        return " / ".join(one.reason for one in self.work.problems)

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.work.assets]


def read(
    source: Callable[[SourceJob, Spool], Details],
    folder: Path,
    *files: Path,
    title: str = "",
    language: str = "",
    **options: Any,
) -> Read:
    """Return what a source makes of files, in a spool of its own under `folder`."""
    number = len(list(folder.glob("spool-*")))
    spool = Spool(folder / f"spool-{number}")
    job = SourceJob(files, SourceOptions(**options), folder, title=title, language=language)
    try:
        details = source(job, spool)
        spool.finish(details)
    finally:
        spool._lines.close()
    work = load_spool(spool.folder)
    assert work is not None
    return Read(details, work, list(work.drafts()), spool.cover)


def page(inside: str, *, head: str = "", attributes: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
        f"{attributes}><head><title>x</title>{head}</head><body>{inside}</body></html>"
    )


def package(
    items: Mapping[str, str],
    spine: list[str],
    *,
    metadata: str = "<dc:title>Sách thử</dc:title><dc:language>vi</dc:language>",
    extra: str = "",
    linear: Mapping[str, str] | None = None,
) -> str:
    """Return an OPF; `items` maps href to media type, with properties after a space."""
    manifest = ""
    for href, kind in items.items():
        media_type, _, properties = kind.partition(" ")
        more = f' properties="{properties}"' if properties else ""
        manifest += f'<item id="{href}" href="{href}" media-type="{media_type}"{more}/>'
    order = "".join(
        f'<itemref idref="{href}" linear="{(linear or {}).get(href, "yes")}"/>' for href in spine
    )
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:opf="http://www.idpf.org/2007/opf">'
        f"{metadata}</metadata><manifest>{manifest}</manifest>"
        f"<spine>{order}</spine>{extra}</package>"
    )


def write_zip(path: Path, entries: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in entries.items():
            book.writestr(name, content)
    return path


def write_epub(
    path: Path,
    pages: Mapping[str, str],
    *,
    more: Mapping[str, str | bytes] | None = None,
    kinds: Mapping[str, str] | None = None,
    spine: list[str] | None = None,
    **options: Any,
) -> Path:
    """Write an EPUB of `pages` (href to the inside of its body), with `more` files beside them."""
    items = {**dict.fromkeys(pages, "application/xhtml+xml"), **(kinds or {})}
    entries: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package(items, spine or list(pages), **options),
    }
    for href, inside in pages.items():
        entries[f"OEBPS/{href}"] = inside if "<html" in inside else page(inside)
    for name, content in (more or {}).items():
        entries[f"OEBPS/{name}"] = content
    return write_zip(path, entries)


def nav(lines: str) -> str:
    return page(f'<nav epub:type="toc"><ol>{lines}</ol></nav>')


def picture(width: int = 40, height: int = 30, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (180, 60, 40)).save(out, kind)
    return out.getvalue()
