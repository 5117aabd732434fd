"""`script/bench search-kiwix`: the same questions to kiwix-serve and to ours, over the same pages.

One archive as others make them (libzim's own full-text index) and one index of ours, from the
library of search_corpus.py. A page counts as found when it is among the first ten of kiwix-serve,
or shown with the first ten works of ours.
"""

import argparse
import random
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

from libzim.reader import Archive
from libzim.search import Query as LibzimQuery
from libzim.search import Searcher as Libzim
from libzim.writer import Creator, Hint, Item, StringProvider

from content.search.engine import PartText
from content.search.engines import DEFAULT, engine_called
from content.search.searcher import open_searcher
from tools import bench
from tools.bench_search import fetched_words
from tools.search_corpus import Language, library, phrase_in
from tools.search_queries import KINDS

PORT = 8975
# kiwix-serve as it is installed; the search of the libzim that wrote the archive, as a kiwix-serve
# of its age has it, without snippets; ours with them.
WHO = ("kiwix-serve", "libzim", "ours")
TICK_MS = 10
_LINK = re.compile(r'href="([^"]*?(?:works|works%2F)[^"]*)"')
Ask = Callable[[str], list[str]]


class StockItem(Item):  # type: ignore[misc] # libzim ships no types
    """A page that libzim indexes by itself."""

    def __init__(self, part: PartText) -> None:
        super().__init__()
        self._part = part

    def get_path(self) -> str:
        """Return the entry path."""
        return self._part.path

    def get_title(self) -> str:
        """Return the title."""
        return self._part.title

    def get_mimetype(self) -> str:
        """Return the media type."""
        return "text/html"

    def get_contentprovider(self) -> StringProvider:
        """Return what feeds the writer."""
        part = self._part
        return StringProvider(
            f"<html><head><title>{part.title}</title></head><body><p>{part.text}</p></body></html>"
        )

    def get_hints(self) -> dict[Hint, bool]:
        """Return that it is a page."""
        return {Hint.FRONT_ARTICLE: True, Hint.COMPRESS: True}


def main() -> None:
    """Make both, ask both, print a table."""
    parser = bench.arguments("search-kiwix", __doc__)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=50, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--query-seed", type=int, default=1)
    parser.add_argument("--words", type=Path, help="a list of words, one a line; else fetched")
    parser.add_argument("--kiwix", default=shutil.which("kiwix-serve") or "kiwix-serve")
    options = parser.parse_args()
    words = options.words or fetched_words(Path(".var/bench-search"))
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder), words, options)


def _measure(folder: Path, words: Path, options: argparse.Namespace) -> None:
    language = Language(words, options.seed)
    pages: list[PartText] = []
    writer = engine_called(DEFAULT).create(folder / "search")
    creator = Creator(folder / "pages.zim").config_indexing(True, "vie")  # noqa: FBT003
    creator.set_mainpath("works/1/1.html")
    with creator:
        for book in library(language, options.seed, options.pages):
            writer.add_work(book.record)
            for part in book.pages:
                writer.add_part(part)
                creator.add_item(StockItem(part))
            pages += random.Random(book.record.work).sample(book.pages, min(50, len(book.pages)))
        for name in ("Name", "Title", "Creator", "Publisher", "Description"):
            creator.add_metadata(name, "pages")
        creator.add_metadata("Language", "vie")
        creator.add_metadata("Date", "2026-11-25")
    writer.close()
    chance = random.Random(options.query_seed)
    cases = {
        kind: [
            (make(phrase_in(page.text, chance), chance), page.path)
            for page in chance.choices(pages, k=options.queries)
        ]
        for kind, make in KINDS.items()
    }
    searcher = open_searcher(folder / "search")

    def ours(query: str) -> list[str]:
        found = searcher.search(query, window=range(10))
        return [place.path for one in found.works[:10] for place in one.places]

    command = [options.kiwix, "--address", "127.0.0.1", "--port", str(PORT)]
    process = subprocess.Popen([*command, str(folder / "pages.zim")], stdout=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{PORT}/")
        theirs = _asked(cases, _kiwix, lambda: _cpu_ms(process.pid))
    finally:
        process.terminate()
        process.wait()
    newer = Libzim(Archive(folder / "pages.zim"))

    def libzim(query: str) -> list[str]:
        found = newer.search(LibzimQuery().set_query(query))
        return list(found.getResults(0, 10))

    own_ms = lambda: time.process_time() * 1000  # noqa: E731
    print("| kind of query | " + " | ".join(f"{who} success@10 | CPU ms" for who in WHO) + " |")
    print("|---" * (1 + 2 * len(WHO)) + "|")
    columns = (theirs, _asked(cases, libzim, own_ms), _asked(cases, ours, own_ms))
    for kind in cases:
        cells = (f"{found:.2f} | {cost:.2f}" for found, cost in (one[kind] for one in columns))
        print(f"| {kind} | {' | '.join(cells)} |")


def _asked(
    cases: dict[str, list[tuple[str, str]]], ask: Ask, used_ms: Callable[[], float]
) -> dict[str, tuple[float, float]]:
    """Return by kind how many of the queries found their page, and the mean cost of one."""
    results = {}
    ask("làm quen")
    for kind, asked in cases.items():
        begun = used_ms()
        found = sum(path in ask(query) for query, path in asked)
        results[kind] = found / len(asked), (used_ms() - begun) / len(asked)
    return results


def _kiwix(query: str) -> list[str]:
    address = f"http://127.0.0.1:{PORT}/search?content=pages&pattern={quote(query)}&pageLength=10"
    try:
        with urllib.request.urlopen(address) as answer:
            page = answer.read().decode()
    except urllib.error.HTTPError:
        return []
    return ["works" + unquote(link).partition("works")[2] for link in _LINK.findall(page)]


def _wait_for(address: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(address).read()
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("kiwix-serve does not answer")


def _cpu_ms(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_MS


if __name__ == "__main__":
    main()
