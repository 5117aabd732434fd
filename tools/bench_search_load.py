"""`script/bench search-load`: 50 readers turn pages while 50 others search for the worst there is.

Serves a library whole, as on a box, and reads pages of the app and of the archive server in turns
of quiet and of load, so that a noisy machine touches both. A search is of many common words, each
time others, so that no answer is kept ready, and shown as a page; whoever has it asks again at
once.
"""

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from content.catalogue.records import Query
from content.library.library import Library
from content.terms import PartKind, Record
from content.vietnamese import fold
from tools import bench
from tools.bench_load import family, own_memory_mb, part_of
from tools.bench_serving import free_port, wait_for
from tools.search_corpus import FUNCTION_WORDS

READERS, SEARCHERS = 50, 50
PAUSE_S = 1.0
WORDS = 12


@dataclass
class Seen:
    """What phones saw; times in milliseconds."""

    by_port: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[int, int] = field(default_factory=dict)
    partial: int = 0

    @property
    def times(self) -> list[float]:
        """Times of all requests, to whichever port."""
        return [one for times in self.by_port.values() for one in times]

    def at(self, share: float, port: int = 0) -> float:
        """Return the time within which this share of the requests (to a port) was answered."""
        ordered = sorted(self.by_port[port] if port else self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


async def get(port: int, path: str, seen: Seen) -> None:
    """Ask for a page on a connection of its own and take it whole."""
    begun = time.monotonic()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode()
        )
        body = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        status = int(body[9:12])
    except (OSError, TimeoutError, ValueError):
        status, body = 0, b""
    seen.by_port[port].append((time.monotonic() - begun) * 1e3)
    seen.statuses[status] = seen.statuses.get(status, 0) + 1
    seen.partial += b'class="partial"' in body


async def read(pages: Sequence[tuple[int, str]], until: float, seen: Seen, seed: int) -> None:
    """Turn pages as a reader does, with pauses."""
    chance = random.Random(seed)
    await asyncio.sleep(chance.uniform(0, PAUSE_S))
    while time.monotonic() < until:
        await get(*chance.choice(pages), seen)
        await asyncio.sleep(chance.uniform(0.5, 1.5) * PAUSE_S)


async def search(port: int, until: float, seen: Seen, seed: int) -> None:
    """Search without a pause for many common words, each time others."""
    chance = random.Random(seed)
    while time.monotonic() < until:
        words = " ".join(fold(one) for one in chance.choices(FUNCTION_WORDS, k=WORDS))
        await get(port, f"/search?q={quote(words)}", seen)
        await asyncio.sleep(0)


async def suggest(port: int, until: float, seen: Seen) -> None:
    """Type two letters now and then."""
    chance = random.Random(1)
    while time.monotonic() < until:
        letters = "".join(chance.choices("bcdghklmnpqrstvx", k=1) + chance.choices("aeiou", k=2))
        await get(port, f"/api/suggest?q={letters}", seen)
        await asyncio.sleep(0.1)


async def all_read(app: int, pages: Sequence[tuple[int, str]], until: float) -> tuple[Seen, Seen]:
    """Return what readers, and one who types, saw."""
    readers, typing = Seen(), Seen()
    jobs = [read(pages, until, readers, seed) for seed in range(READERS)]
    await asyncio.gather(*jobs, suggest(app, until, typing))
    return readers, typing


def all_search(app: int, until: float, seeds: Sequence[int]) -> Seen:
    """Return what searchers saw; for a process of its own.

    Their phones have processors of their own, so what plays them stands behind all else here, and
    does not hold up the clock of the readers.
    """
    os.nice(19)
    seen = Seen()

    async def search_all() -> None:
        await asyncio.gather(*(search(app, until, seen, seed) for seed in seeds))

    asyncio.run(search_all())
    return seen


def turn(
    app: int, pages: Sequence[tuple[int, str]], seconds: float, *, is_loaded: bool
) -> tuple[Seen, Seen, Seen]:
    """Return what readers, searchers and one who types saw in so many seconds."""
    until = time.monotonic() + seconds
    with ProcessPoolExecutor(1) as others:
        seeds = random.sample(range(10**6), SEARCHERS if is_loaded else 0)
        searching = others.submit(all_search, app, until, seeds)
        readers, typing = asyncio.run(all_read(app, pages, until))
        return readers, searching.result(), typing


def measure(library: Path, seconds: float, turns: int) -> dict[str, object]:
    """Return what was seen without and with load."""
    quiet: list[tuple[Seen, Seen, Seen]] = []
    loaded: list[tuple[Seen, Seen, Seen]] = []
    with point(library) as (pid, app, content):
        pages = _pages(library, app, content)
        turn(app, pages, 3.0, is_loaded=True)
        for _ in range(turns):
            quiet.append(turn(app, pages, seconds, is_loaded=False))
            loaded.append(turn(app, pages, seconds, is_loaded=True))
        memory = {
            f"{part} {one}": round(own_memory_mb(one)[0], 1)
            for one in family(pid)
            if (part := part_of(one))
        }
    return {
        "ports": {"app": app, "archives": content},
        "readers": {"quiet": _row(quiet, 0), "loaded": _row(loaded, 0)},
        "ratio_p99": round(_joined(loaded, 0).at(0.99) / _joined(quiet, 0).at(0.99), 2),
        "searches": _row(loaded, 1),
        "suggestions": {"quiet": _row(quiet, 2), "loaded": _row(loaded, 2)},
        "anonymous_mb": memory,
    }


@contextlib.contextmanager
def point(library: Path) -> Iterator[tuple[int, int, int]]:
    """Serve a library whole; yield the process, the port of the app, that of the archive server."""
    app, content = free_port(), free_port()
    command = [sys.executable, "-m", "kiosk", "serve", "--library", str(library)]
    command += ["--bind", f"127.0.0.1:{app}", "--content-bind", f"127.0.0.1:{content}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(app, "/healthz")
            wait_for(content, "/healthz")
            yield server.pid, app, content
        finally:
            server.terminate()


def works_here(library: Path) -> list[Record]:
    """Return the newest works whose archives are there; a library of a bench has stand-ins, too."""
    held = Library(library)
    whole = {one.name for one in held.archives() if one.size_bytes}
    newest = held.summaries(Query(sort="new"), limit=200).items
    return [held.record(one.identifier) for one in newest if one.book in whole]


def numbers_read(work: Record) -> list[int]:
    """Return the numbers of a work's parts that are read, not heard."""
    return [n for n, part in enumerate(work.parts, start=1) if part.kind != PartKind.TRACK]


def _pages(library: Path, app: int, content: int) -> list[tuple[int, str]]:
    """Return pages that are read, with the port that serves each."""
    held = Library(library)
    found = []
    for work in works_here(library):
        book = held.book(work.identifier)
        for number in numbers_read(work):
            found.append((app, f"/read/{work.identifier}/{number}?view=text"))
            found.append((content, f"/content/{book}/{work.parts[number - 1].path}"))
    return found


def _joined(turns: Sequence[tuple[Seen, Seen, Seen]], who: int) -> Seen:
    joined = Seen()
    for one in turns:
        for port, times in one[who].by_port.items():
            joined.by_port[port] += times
        joined.partial += one[who].partial
        for status, count in one[who].statuses.items():
            joined.statuses[status] = joined.statuses.get(status, 0) + count
    return joined


def _row(turns: Sequence[tuple[Seen, Seen, Seen]], who: int) -> dict[str, object]:
    seen = _joined(turns, who)
    return {
        "requests": len(seen.times),
        "p50_ms": round(seen.at(0.5), 1),
        "p99_ms": round(seen.at(0.99), 1),
        "most_ms": round(max(seen.times, default=0.0), 1),
        "statuses": seen.statuses,
        "partial": seen.partial,
        "p50_p99_by_port": {
            port: [round(seen.at(0.5, port), 1), round(seen.at(0.99, port), 1)]
            for port in seen.by_port
        },
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = bench.arguments("search-load", __doc__)
    parser.add_argument("library", type=Path, help="as script/bench library leaves it")
    parser.add_argument("--seconds", type=float, default=20.0, help="of one turn")
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(measure(options.library, options.seconds, options.turns), indent=1))


if __name__ == "__main__":
    main()
