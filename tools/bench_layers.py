"""`script/bench layers`: what facets, and archives of others, add to a search.

Counts facets over catalogues of several sizes; then makes archives of others with full-text indexes
of their own and searches them all, together with the library, for phrases that stand in them. Times
are the processor's, in milliseconds, of one process.
"""

import argparse
import datetime as dt
import json
import random
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from libzim.writer import Creator

from content.archive.packed import write_packed
from content.archive.quiet import hushed
from content.builder.zim_item import EntryItem, Indexed
from content.catalogue.records import Catalogue
from content.catalogue.writer import CatalogueWriter
from content.library import change
from content.library.library import Library
from content.library.search import Wish
from content.library.settings import SearchSettings
from content.search.engines import DEFAULT, NAMES
from content.store.layout import StoreLayout
from content.vietnamese import fold
from tools import bench
from tools.bench_library import HTML, record_of
from tools.bench_search import fetched_words
from tools.search_corpus import Language, catalogue, phrase_in

ARTICLE_SYLLABLES = 300


def main() -> None:
    """Print the figures as JSON, one line a measurement."""
    parser = bench.arguments("layers", __doc__)
    parser.add_argument("--words", type=Path, help="a list of words, one a line; else fetched")
    parser.add_argument("--works", default="20000,300000", help="sizes of catalogues")
    parser.add_argument("--archives", type=int, default=30)
    parser.add_argument("--articles", type=int, default=1_000, help="in each archive")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--engine", choices=NAMES, default=DEFAULT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(".var/bench-layers"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    language = Language(options.words or fetched_words(options.folder), options.seed)
    for works in map(int, options.works.split(",")):
        if works:
            _facets(options.folder / f"catalogue-{works}.sqlite", language, works, options.seed)
    if options.archives:
        _others(options, language)


def _facets(path: Path, language: Language, works: int, seed: int) -> None:
    path.unlink(missing_ok=True)
    writer = CatalogueWriter(path)
    begun = time.process_time()
    made = 0.0
    before = begun
    for book in catalogue(language, seed, works):
        made += time.process_time() - before
        record = record_of(book, f"w{book.record.work}")
        writer.add(record, book=f"b{book.record.work % 300}", added="2026-11-24")
        before = time.process_time()
    writer.close()
    built_s = time.process_time() - begun - made
    opened = Catalogue(path)
    begun = time.process_time()
    opened.facets([], {})
    loaded_ms = (time.process_time() - begun) * 1e3
    every = list(range(1, works + 1))
    some = random.Random(seed).sample(every, 200)
    facts: dict[str, Any] = {
        "facets of works": works,
        "built_s": round(built_s, 2),
        "catalogue_mb": round(path.stat().st_size / 1e6, 1),
        "read once": round(loaded_ms, 2),
        "200 found": _spread(lambda: opened.facets(some, {})),
        "all found": _spread(lambda: opened.facets(every, {})),
        "newest first, 200": _spread(lambda: opened.in_order(some, "new")),
    }
    print(json.dumps(facts), flush=True)
    opened.close()


def _others(options: argparse.Namespace, language: Language) -> None:
    root = options.folder / "library"
    shutil.rmtree(root, ignore_errors=True)
    chance = random.Random(options.seed)
    files, phrases = [], []
    for number in range(options.archives):
        texts = _texts(language, chance, options.articles)
        files.append(options.folder / f"other-{number}.zim")
        _write(files[-1], texts)
        phrases += [phrase_in(text, chance) for _, text in chance.sample(texts, 10)]
    settings = SearchSettings(options.engine)
    now = dt.datetime.now(dt.UTC)
    change.add(root, files, now=now, report=lambda *_: None, settings=settings)
    asked = chance.sample(phrases, min(options.queries, len(phrases)))
    for said, kind in ((asked, "as written"), ([fold(one) for one in asked], "no accents")):
        _ask(root, said, f"{options.archives} archives, {kind}, no sidecars")
    layout = StoreLayout(root)
    layout.packed.mkdir(exist_ok=True)
    for path in layout.archives.glob("*.zim"):
        write_packed(path, layout.packed_of(path.name))
    for said, kind in ((asked, "as written"), ([fold(one) for one in asked], "no accents")):
        _ask(root, said, f"{options.archives} archives, {kind}, sidecars")


def _ask(root: Path, asked: Sequence[str], name: str) -> None:
    library = Library(root)
    library.search(asked[0])
    times, shown, partial = [], 0, 0
    for words in asked:
        begun = time.process_time()
        page = library.search(Wish(words, limit=20))
        times.append((time.process_time() - begun) * 1e3)
        shown += bool(page.hits)
        partial += page.partial
    facts = {"search": name, "found": shown / len(asked), "partial": partial} | _shares(times)
    print(json.dumps(facts), flush=True)


def _texts(language: Language, chance: random.Random, count: int) -> list[tuple[str, str]]:
    subject = language.subject(chance)
    return [
        (str(language.title(chance, subject)), language.page(chance, subject, ARTICLE_SYLLABLES))
        for _ in range(count)
    ]


def _write(path: Path, texts: Sequence[tuple[str, str]]) -> None:
    path.unlink(missing_ok=True)
    creator = Creator(path).config_indexing(indexing=True, language="vie")
    creator.set_mainpath("A/0.html")
    with hushed(), creator:
        for number, (title, text) in enumerate(texts):
            html = f"<html><head><title>{title}</title></head><body><p>{text}</p></body></html>"
            indexed = Indexed(title, text)
            path_in = f"A/{number}.html"
            creator.add_item(
                EntryItem(path_in, HTML, html, title=title, front=True, indexed=indexed)
            )
        for name in ("Title", "Creator", "Publisher", "Description"):
            creator.add_metadata(name, f"{name} {path.stem}")
        creator.add_metadata("Name", path.stem)
        creator.add_metadata("Date", "2026-11-24")
        creator.add_metadata("Language", "vie")


def _spread(do: Callable[[], object]) -> dict[str, float]:
    times = []
    for _ in range(40):
        begun = time.process_time()
        do()
        times.append((time.process_time() - begun) * 1e3)
    return _shares(times)


def _shares(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    shares = (50, 95, 99)
    return {f"p{one}": round(ordered[len(ordered) * one // 100], 2) for one in shares}


if __name__ == "__main__":
    main()
