"""Measure what a search and a suggestion cost: kiwix-serve, and ours with and without a sidecar.

    .venv/bin/python tools/measure_kiwix_search.py --articles 10000

Makes an archive of articles of 12.6 KB from 6,000 made-up syllables (some minutes), asks for 30
pairs of words that stand together in it, each once, 25 results a page, and prints CPU time.
"""

import argparse
import datetime as dt
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from content.archive.packed import write_packed
from content.library import change
from content.library.books import Books
from content.store.layout import StoreLayout
from kiosk.origins import Names
from kiosk.searching.jobs import Jobs
from kiosk.serving.message import Ask, Later
from kiosk.serving.routes import make_site
from tests.content.kiwix_maker import Article, make_indexed

ONSETS = "ngh ng nh g gi ch th tr ph kh qu b c d đ h k l m n p r s t v x".split()
NUCLEI = (
    "a ai ao au e eo i ia iêu o oa oai ơ ôi ư ưa ươu u ua uê uy á à ạ ế ề ệ ố ồ ộ ứ ừ ự".split()
)
CODAS = ["", "n", "ng", "m", "t", "c", "nh", "p"]
PORT = 8974
TICK_MS = 10


def pages(count: int) -> list[Article]:
    """Return articles whose words are as unequal in number as those of a language."""
    chance = random.Random(5)
    words = [a + b + c for a in ONSETS for b in NUCLEI for c in CODAS]
    chance.shuffle(words)
    words = words[:6000]
    weights = [1 / (rank + 8) for rank in range(len(words))]
    return [
        Article(
            f"A/{number:05d}.html",
            f"{' '.join(chance.choices(words, weights, k=3))} {number}",
            " ".join(chance.choices(words, weights, k=2000)),
        )
        for number in range(count)
    ]


def cpu_ms(pid: int) -> int:
    """Return the CPU time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_MS


def report(
    name: str, get: Callable[[str], bytes], used_ms: Callable[[], float], words: list[str]
) -> None:
    """Ask once to warm up, then print the means."""
    get("/search?content=large&pattern=x")
    get("/suggest?content=large&term=n")
    start, found = used_ms(), 0
    for one in words:
        place = f"/search?content=large&pattern={quote(one)}&pageLength=25"
        found += get(place).count(b"<cite>")
    middle = used_ms()
    for one in words:
        get(f"/suggest?content=large&term={quote(one[:3])}")
    search, suggest = (middle - start) / len(words), (used_ms() - middle) / len(words)
    print(
        f"{name}: search {search:.2f} ms ({found / len(words):.0f} hits), suggest {suggest:.3f} ms"
    )


def main() -> None:
    """Make the archive, then measure each in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=3000)
    parser.add_argument("--kiwix", default=shutil.which("kiwix-serve"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), chosen.articles, str(chosen.kiwix))


def measure(folder: Path, count: int, kiwix: str) -> None:
    """Measure in a folder with room."""
    made = pages(count)
    file = make_indexed(folder / "large.zim", made)
    chance = random.Random(3)
    words = []
    for one in chance.sample(made, 30):
        place = chance.randrange(1990)
        words.append(" ".join(one.text.split()[place : place + 2]))
    address = f"http://127.0.0.1:{PORT}"
    command = [kiwix, "--address", "127.0.0.1", "--port", str(PORT), str(file)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        time.sleep(2)
        fetch = lambda place: urllib.request.urlopen(address + place).read()  # noqa: E731
        report("kiwix-serve", fetch, lambda: cpu_ms(running.pid), words)
        running.terminate()
    root = folder / "library"
    change.add(root, [file], now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC), report=lambda *_: None)
    layout = StoreLayout(root)
    for has_sidecar in (False, True):
        if has_sidecar:
            layout.packed.mkdir(exist_ok=True)
            for held in Books(root).generation.archives:
                write_packed(layout.archives / held.file, layout.packed_of(held.file))
        site, jobs = make_site(Books(root), Names(8080, 8081)), Jobs(root)

        def get(place: str) -> bytes:
            found = site.answer(Ask(b"GET", place.encode(), {b"host": b"localhost:8081"}))  # noqa: B023
            if isinstance(found, Later):
                # As it goes over the socket of the search process.
                reply = jobs.do(json.loads(json.dumps(found.job)))  # noqa: B023
                found = found.finish(json.loads(json.dumps(reply)))
            return found.body

        name = f"ours, {'with' if has_sidecar else 'without'} sidecar"
        report(name, get, lambda: time.process_time() * 1e3, words)


if __name__ == "__main__":
    main()
