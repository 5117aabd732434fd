"""`script/bench pages`: what each kind of page of the app costs, asked for one after another.

Serves a library whole, as on a box, and asks for pages of works whose archives are there on kept
connections, a new one every fifty pages, so that all workers come to answer. The longest times tell
whether something stops a worker now and then. Prints milliseconds, and what memory each process has
of its own.
"""

import argparse
import http.client
import json
import time
from collections.abc import Callable
from pathlib import Path

from tools import bench
from tools.bench_load import family, own_memory_mb, part_of
from tools.bench_search_load import numbers_read, point, works_here

Address = Callable[[int], str]


def kinds(library: Path) -> dict[str, Address]:
    """Return what is asked for: a name to the address of the n-th page of that kind."""
    works = works_here(library)
    read = [f"{work.identifier}/{number}" for work in works for number in numbers_read(work)]
    return {
        "front page": lambda _: "/",
        "record": lambda n: f"/record/{works[n % len(works)].identifier}",
        "read": lambda n: f"/read/{read[n % len(read)]}",
        "read as large text": lambda n: f"/read/{read[n % len(read)]}?view=text",
        "browse": lambda _: "/browse/subject/",
        "search without words": lambda _: "/search",
        "feed": lambda _: "/opds",
        "health": lambda _: "/healthz",
    }


def measure(options: argparse.Namespace) -> dict[str, object]:
    """Return times by kind of page and memory by process."""
    with point(options.library) as (pid, port, _):
        time.sleep(options.settle)
        times = {
            name: times_ms(port, address, options.pages)
            for name, address in kinds(options.library).items()
        }
        memory = [
            (part, *(round(one_mb, 1) for one_mb in own_memory_mb(one)))
            for one in family(pid)
            if (part := part_of(one))
        ]
    return {
        "ms_p50_p99_most": {name: spread(found) for name, found in times.items()},
        "mb_anonymous_private": memory,
    }


def times_ms(port: int, address: Address, pages: int) -> list[float]:
    """Return how long each page took."""
    found = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for number in range(pages):
        begun = time.perf_counter()
        connection.request("GET", address(number), headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        found.append((time.perf_counter() - begun) * 1e3)
        if answer.status != 200:
            raise SystemExit(f"{address(number)}: {answer.status}")
        if number % 50 == 49:  # another worker may take the next connection
            connection.close()
    connection.close()
    return found


def spread(times: list[float]) -> list[float]:
    """Return the middle, the 99th percentile and the longest."""
    ordered = sorted(times)
    return [round(ordered[int(share * (len(ordered) - 1))], 1) for share in (0.5, 0.99, 1.0)]


def main() -> None:
    """Print the figures as JSON."""
    parser = bench.arguments("pages", __doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--pages", type=int, default=500, help="of each kind")
    parser.add_argument("--settle", type=float, default=3.0, help="seconds before the first page")
    print(json.dumps(measure(parser.parse_args()), indent=1))


if __name__ == "__main__":
    main()
