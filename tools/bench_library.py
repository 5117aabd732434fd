"""`script/bench library`: what adding and removing one book costs a point that holds many.

Makes a library of so many pages, one archive a book, whose archives are empty files: a change must
not open those that stay. Then books of 300 pages are added and one is removed, as staff would, each
in a process of its own. Prints seconds, processor seconds, megabytes written and memory.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

from libzim.writer import Creator

from content.archive.quiet import hushed
from content.builder.zim_item import EntryItem
from content.catalogue.writer import CatalogueWriter
from content.search.engines import DEFAULT, NAMES, engine_called
from content.store import digests
from content.store.generation import (
    CATALOGUE_FILE,
    SEARCH_FOLDER,
    Generation,
    HeldArchive,
    save,
    switch,
)
from content.store.layout import StoreLayout
from content.terms import (
    CATALOGUE_PATH,
    Form,
    Holding,
    Part,
    PartKind,
    Picture,
    Record,
    to_json,
)
from tools import bench
from tools.bench_search import fetched_words
from tools.search_corpus import Book, Language, library

BOOK_PAGES = 300
EMPTY = hashlib.sha256().hexdigest()
HTML = "text/html; charset=utf-8"


def main() -> None:
    """Print the figures as JSON, one line a command."""
    parser = bench.arguments("library", __doc__)
    parser.add_argument("--words", type=Path, help="a list of words, one a line; else fetched")
    parser.add_argument("--pages", type=int, default=300_000)
    parser.add_argument("--engine", choices=NAMES, default=DEFAULT)
    parser.add_argument("--books", type=int, default=3, help="how many are added")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(".var/bench-library"))
    parser.add_argument(
        "--index", type=Path, help="one of the same pages, from script/bench search"
    )
    options = parser.parse_args()
    root = options.folder / f"{options.engine}-{options.pages}"
    shutil.rmtree(root, ignore_errors=True)
    language = Language(options.words or fetched_words(options.folder), options.seed)
    _make_library(root, language, options)
    settings = root.with_suffix(".toml")
    settings.write_text(f'[search]\nengine = "{options.engine}"\n', encoding="utf-8")
    for number in range(1, options.books + 1):
        (book,) = library(language, options.seed + 1_000 + number, BOOK_PAGES)
        path = root.parent / f"new-{number}.zim"
        _write_archive(path, record_of(book, f"new-{number}"), book)
        _report(root, settings, "add", str(path))
    _report(root, settings, "remove", f"new-{options.books}")


def record_of(book: Book, identifier: str) -> Record:
    """Return the record of a scanned book, as the builder makes it."""
    folder = f"works/{identifier}"
    titles = ("", *(page.title for page in book.pages))
    parts = tuple(
        Part(
            PartKind.PAGE,
            f"{folder}/{part.number:04d}.html",
            title=part.title,
            # The first of a chapter.
            listed=part.title != titles[part.number - 1],
            text_path=f"{folder}/text/{part.number:04d}.txt",
            words_path=f"{folder}/words/{part.number:04d}.json",
            pictures=tuple(
                Picture(f"{folder}/img/{part.number:04d}-{width}.webp", width, width, "image/webp")
                for width in (720, 1440)
            ),
        )
        for part in book.pages
    )
    said = book.record
    return Record(
        identifier,
        said.title,
        Form.DOCUMENT,
        creator=said.names,
        language=("vi",),
        subject=said.subjects,
        place=said.places,
        description=said.body,
        collection=f"Bộ {sum(map(ord, identifier)) % 30}",
        date=str(1890 + sum(map(ord, identifier)) % 130),
        path=f"{folder}/index.html",
        parts=parts,
    )


def _make_library(root: Path, language: Language, options: argparse.Namespace) -> None:
    layout = StoreLayout(root)
    folder = layout.generation(1)
    for one in (layout.archives, layout.staging, layout.quarantine, folder):
        one.mkdir(parents=True)
    catalogue = CatalogueWriter(folder / CATALOGUE_FILE)
    index = None
    if options.index is None:
        index = engine_called(options.engine).create(folder / SEARCH_FOLDER)
    else:
        shutil.copytree(options.index, folder / SEARCH_FOLDER, copy_function=os.link)
    archives = []
    for book in library(language, options.seed, options.pages):
        name = f"book-{book.record.work:05d}"
        record = record_of(book, name)
        held = HeldArchive(name, f"{name}.zim", EMPTY, 0, name, record.title, "2026-11-24")
        catalogue.hold(Holding(name, archive=name))
        assert catalogue.add(record, book=name, added=held.added) == book.record.work
        if index is not None:
            index.add_work(book.record)
            for part in book.pages:
                index.add_part(part)
        (layout.archives / held.file).touch()
        archives.append(held)
    catalogue.close()
    if index is not None:
        index.close()
    digests.write(folder, layout.generation(0))
    save(folder, Generation(1, tuple(archives)))
    switch(layout, 1)


def _write_archive(path: Path, record: Record, book: Book) -> None:
    path.unlink(missing_ok=True)
    creator = Creator(path).config_indexing(indexing=False, language="vie")
    creator.set_mainpath("index.html")
    with hushed(), creator:
        creator.add_item(
            EntryItem("index.html", HTML, record.title, title=record.title, front=True)
        )
        creator.add_item(EntryItem(record.path, HTML, f"<h1>{record.title}</h1>"))
        for part, page in zip(record.parts, book.pages, strict=True):
            creator.add_item(EntryItem(part.path, HTML, f"<p>{page.text}</p>"))
            creator.add_item(EntryItem(part.text_path, "text/plain; charset=utf-8", page.text))
            boxes = [[900, 40 * line, 300, 35, word] for line, word in enumerate(page.text.split())]
            words = json.dumps({"version": 1, "words": boxes}, ensure_ascii=False)
            creator.add_item(EntryItem(part.words_path, "application/json", words))
            for picture in part.pictures:  # as large as a page of that width is
                scan = random.Random(page.number).randbytes(picture.width * 30)
                creator.add_item(EntryItem(picture.path, "image/webp", scan))
        catalogue = json.dumps({"version": 1, "records": [to_json(record)]})
        creator.add_item(EntryItem(CATALOGUE_PATH, "application/json", catalogue))
        for name in ("Title", "Creator", "Publisher", "Description"):
            creator.add_metadata(name, name)
        creator.add_metadata("Name", record.identifier)
        creator.add_metadata("Date", "2026-11-24")
        creator.add_metadata("Language", "vie")


_STARTED_BY = """
import json, os, sys, time
begun = time.monotonic()
pid = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(pid, 0)
took = time.monotonic() - begun
print(json.dumps([status, took, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""


def _report(root: Path, settings: Path, *command: str) -> None:
    """Run one command on the library and print what it took."""
    layout = StoreLayout(root)
    given = ["library", *command, "--library", str(root), "--config", str(settings)]
    # A process begins with the memory of the one that starts it, so a small one starts it.
    small = [sys.executable, "-c", _STARTED_BY, sys.executable, "-m", "kiosk", *given]
    done = subprocess.run(small, check=True, stdout=subprocess.PIPE, text=True)
    status, took, cpu_s, rss_kb = json.loads(done.stdout.splitlines()[-1])
    newest = max(layout.generations.iterdir())
    files = [path.stat() for path in newest.rglob("*") if path.is_file()]
    facts = {
        "command": command[0],
        "ok": status == 0,
        "s": round(took, 2),
        "cpu_s": round(cpu_s, 2),
        "rss_mb": round(rss_kb / 1000),
        "written_mb": round(sum(one.st_size for one in files if one.st_nlink == 1) / 1e6, 1),
        "generation_mb": round(sum(one.st_size for one in files) / 1e6, 1),
    }
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
