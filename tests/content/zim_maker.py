"""Make small archives for tests: as our builder lays them out, or as others do."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from libzim.writer import Creator, Hint
from PIL import Image

from content.builder.zim_item import EntryItem
from content.terms import Form, Part, PartKind, Record, to_json

HTML = "text/html; charset=utf-8"


def png() -> bytes:
    """Return a 48 by 48 picture."""
    out = io.BytesIO()
    Image.new("RGB", (48, 48), (40, 60, 140)).save(out, "PNG")
    return out.getvalue()


def work(
    identifier: str, title: str, texts: Sequence[str] = ("Nội dung.",), **more: object
) -> Record:
    """Return the record of a text in chapters, one per text."""
    folder = f"works/{identifier}"
    parts = tuple(
        Part(
            PartKind.CHAPTER,
            f"{folder}/{number:04d}.html",
            title=f"Chương {number}",
            text_path=f"{folder}/text/{number:04d}.txt",
        )
        for number, _ in enumerate(texts, start=1)
    )
    record = Record(identifier, title, Form.EBOOK, path=f"{folder}/index.html", parts=parts)
    return replace(record, language=("vi",), **more)  # type: ignore[arg-type]


def make_archive(
    path: Path,
    works: Sequence[tuple[Record, Sequence[str]]] = (),
    *,
    name: str = "",
    extra: Sequence[EntryItem] = (),
    redirects: Mapping[str, str] | None = None,
    metadata: Sequence[str] = ("Name", "Title", "Creator", "Publisher", "Date", "Description"),
) -> Path:
    """Write an archive with these works and their texts; without works it is one of others."""
    creator = Creator(path).config_indexing(False, "vie")
    creator.set_mainpath("index.html")
    with creator:
        main = "<html><body><h1>Main</h1></body></html>"
        creator.add_item(EntryItem("index.html", HTML, main, title="Main", front=True))
        for record, texts in works:
            creator.add_item(EntryItem(record.path, HTML, f"<main>{record.title}</main>"))
            for part, text in zip(record.parts, texts, strict=True):
                page = f"<html><body><main><h1>{part.title}</h1><p>{text}</p></main></body></html>"
                creator.add_item(EntryItem(part.path, HTML, page))
                creator.add_item(EntryItem(part.text_path, "text/plain; charset=utf-8", text))
        for item in extra:
            creator.add_item(item)
        if works:
            catalogue = {"version": 1, "records": [to_json(record) for record, _ in works]}
            creator.add_item(EntryItem("catalogue.json", "application/json", json.dumps(catalogue)))
        for path_from, path_to in {"old": "index.html", **(redirects or {})}.items():
            creator.add_redirection(path_from, "Old", path_to, {Hint.FRONT_ARTICLE: False})
        creator.add_illustration(48, png())
        for one in metadata:
            value = "2026-11-24" if one == "Date" else (name or path.stem if one == "Name" else one)
            creator.add_metadata(one, value)
        creator.add_metadata("Language", "vie")
    return path
