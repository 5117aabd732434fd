"""`script/bench pages`: what each kind of page of the app costs, asked for one after another.

Serves a library whole, as on a box, and asks one worker after the other for pages of works whose
archives are there, on one kept connection each, so that what is seen is the page and not the
network. The longest times tell whether something stops a worker now and then. Prints milliseconds,
and what memory each process has of its own.
"""

import argparse
import contextlib
import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from content.catalogue.records import Query
from content.library.library import Library
from content.terms import PartKind
from tools import bench
from tools.bench_load import family
from tools.bench_serving import free_port, wait_for

Address = Callable[[int], str]


def kinds(library: Path) -> dict[str, Address]:
    """Return what is asked for: a name to the address of the n-th page of that kind."""
    held = Library(library)
    whole = {one.name for one in held.archives() if one.size_bytes}
    works = [
        held.record(one.identifier)
        for one in held.summaries(Query(sort="new"), limit=200).items
        if one.book in whole
    ]
    read = [
        (work.identifier, number)
        for work in works
        for number, part in enumerate(work.parts, start=1)
        if part.kind != PartKind.TRACK
    ]
    return {
        "front page": lambda _: "/",
        "record": lambda n: f"/record/{works[n % len(works)].identifier}",
        "read": lambda n: "/read/%s/%s" % read[n % len(read)],  # noqa: UP031 -- a pair
        "read as large text": lambda n: "/read/%s/%s?view=text" % read[n % len(read)],  # noqa: UP031
        "browse": lambda _: "/browse/subject/",
        "search without words": lambda _: "/search",
        "feed": lambda _: "/opds",
        "health": lambda _: "/healthz",
    }


def measure(options: argparse.Namespace) -> dict[str, object]:
    """Return times by kind of page and memory by process."""
    port = free_port()
    command = [sys.executable, "-m", "kiosk", "serve", "--library", str(options.library)]
    command += ["--bind", f"127.0.0.1:{port}", "--content-bind", f"127.0.0.1:{free_port()}"]
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        stack.callback(server.terminate)
        wait_for(port, "/healthz")
        time.sleep(options.settle)
        times = {
            name: times_ms(port, address, options.pages)
            for name, address in kinds(options.library).items()
        }
        memory = [(part, *private_mb(pid)) for pid in family(server.pid) if (part := part_of(pid))]
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


def part_of(pid: int) -> str:
    """Return which process of a reading point one is; "" for none."""
    with contextlib.suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        part = re.search(r"--part (\w+)", command)
        return part[1] if part else ""
    return ""


def private_mb(pid: int) -> tuple[float, float]:
    """Return memory that is no file's, and what of all is written by nobody else."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    sizes = {
        name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)
    }
    return round(sizes["Anonymous"] / 1000, 1), round(sizes["Private_Dirty"] / 1000, 1)


def main() -> None:
    """Print the figures as JSON."""
    parser = bench.arguments("pages", __doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--pages", type=int, default=500, help="of each kind")
    parser.add_argument("--settle", type=float, default=3.0, help="seconds before the first page")
    print(json.dumps(measure(parser.parse_args()), indent=1))


if __name__ == "__main__":
    main()
