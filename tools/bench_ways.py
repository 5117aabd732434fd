"""`script/bench ways`: what the HTTP layer alone costs, per way of serving under gunicorn.

Each way sends the same ready, packed page of 5 kB; processor microseconds per request. Ours does
all that the archive server does for a page that is ready.
"""

import gzip
import random
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from content.builder.zim_item import EntryItem
from tests.content.zim_maker import HTML, make_archive
from tools import bench
from tools.bench_archive import article
from tools.bench_load import measure, running
from tools.bench_serving import GZIP, add_to, free_port, wait_for

PAGE = gzip.compress(b"<p>" + bytes(range(256)) * 19, 1, mtime=0)
_HEADERS = [("Content-Type", "text/html"), ("Content-Encoding", "gzip")]


def wsgi(environ: dict[str, Any], start: Any) -> Iterable[bytes]:  # noqa: ARG001 -- WSGI
    """Answer with the page: the least a WSGI application can do."""
    start("200 OK", [*_HEADERS, ("Content-Length", str(len(PAGE)))])
    return [PAGE]


async def asgi(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ARG001 -- ASGI
    """Answer with the page: the least an ASGI application can do."""
    if scope["type"] != "http":
        return
    headers = [(name.lower().encode(), value.encode()) for name, value in _HEADERS]
    headers.append((b"content-length", str(len(PAGE)).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": PAGE})


def main() -> None:
    """Print a table."""
    parser = bench.arguments("ways", __doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    asked = parser.parse_args()
    gunicorn = [sys.executable, "-m", "gunicorn", "--log-level", "critical", "-w", "1"]
    ways = {
        "gthread, WSGI": [*gunicorn, "-k", "gthread", "--threads", "8", "tools.bench_ways:wsgi"],
        "asgi worker": [*gunicorn, "-k", "asgi", "tools.bench_ways:asgi"],
    }
    with tempfile.TemporaryDirectory(prefix="ways-") as folder:
        scratch = Path(folder)
        library = scratch / "library"
        title, html = article(random.Random(1), 1)
        page = EntryItem("a.html", HTML, html, title=title)
        add_to(library, [make_archive(scratch / "ways.zim", extra=[page], name="ways")])
        ours = [sys.executable, "-m", "kiosk", "serve", "--library", str(library)]
        print("| way | CPU µs per request | p99 ms |\n|---|---|---|")
        for name in (*ways, "ours"):
            port = free_port()
            bind = f"127.0.0.1:{port}"
            path = "/content/ways/a.html" if name == "ours" else "/"
            command = (
                [*ours, "--part", "content", "--content-bind", bind]
                if name == "ours"
                else [*ways[name], "-b", bind]
            )
            with running(command) as pid:
                wait_for(port, path)
                requests = [(path, GZIP)]
                measure(pid, port, requests, seconds=1)
                found = measure(pid, port, requests, seconds=asked.seconds)
                print(f"| {name} | {found.cpu_us:.0f} | {found.p99_us / 1e3:.1f} |")


if __name__ == "__main__":
    main()
