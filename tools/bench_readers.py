"""`script/bench readers`: what readers notice of an update, at 1,000 requests a second.

Pairs of spans, the same readers in each: alone, then during an update; first one that nothing but
its low priority holds back, then one that also waits for busy readers, as points are set. What
counts is the median of the pairs' ratios, since others use the machine too. For
docs/measurements/sync.md.
"""

import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.content.sync.province_desk import Province, media_archive
from tools import bench
from tools.bench_archive import make
from tools.bench_serving import free_port, wait_for
from tools.bench_sync import Noise

RATE, CONNECTIONS, SPAN_S, PAIRS = 1_000, 50, 6.0, 5
MEGABYTES = 1_500


@dataclass
class Seen:
    """What readers saw; times in milliseconds."""

    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def at(self, share: float) -> float:
        """Return the time within which this share of the requests was answered."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def read(port: int, paths: list[str], process: subprocess.Popen[bytes] | None) -> Seen:
    """Read at the rate for the span, at least; with a process, only while it runs."""
    seen, over = Seen(), asyncio.Event()
    jobs = [
        asyncio.create_task(_reader(port, paths, seen, over, random.Random(seed)))
        for seed in range(CONNECTIONS)
    ]
    until = time.monotonic() + SPAN_S
    while time.monotonic() < until and (process is None or process.poll() is None):
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), 0.05)
    over.set()
    await asyncio.gather(*jobs)
    return seen


async def _reader(
    port: int, paths: list[str], seen: Seen, over: asyncio.Event, chance: random.Random
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    every = CONNECTIONS / RATE
    due = time.monotonic() + chance.random() * every
    while not over.is_set():
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        path, begun = chance.choice(paths), time.monotonic()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
            length = re.search(rb"Content-Length: (\d+)", head)
            await asyncio.wait_for(reader.readexactly(int(length[1]) if length else 0), 20)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            seen.errors.append(f"{type(error).__name__} at {path}")
            return
        if not head.startswith(b"HTTP/1.1 200"):
            seen.errors.append(head[:40].decode())
        seen.times.append((time.monotonic() - begun) * 1e3)
        # A late answer does not make the next request later: readers do not wait for each other.
        due = max(due + every, time.monotonic() - 1.0)
    writer.close()


def main() -> None:
    """Print a JSON line for each kind of update."""
    bench.arguments("readers", __doc__).parse_args()
    ours = [sys.executable, "-m", "kiosk"]
    with tempfile.TemporaryDirectory(prefix="readers-") as scratch:
        folder = Path(scratch)
        library = folder / "library"
        make(folder / "bench.zim", articles=400, pictures=100, sounds=1, seed=1)
        add = [*ours, "library", "add", str(folder / "bench.zim"), "--library", str(library)]
        subprocess.run(add, check=True, capture_output=True)
        province = Province(folder / "desk")
        media_archive(province.folder() / "a.zim", Noise(MEGABYTES))
        province.publish()
        (folder / "root.json").write_bytes(province.root)
        paths = [f"/content/bench/A{number:05d}.html" for number in range(1, 401)]
        paths += [f"/content/bench/I/{number:04d}.webp" for number in range(1, 101)]
        port = free_port()
        serve = [*ours, "serve", "--library", str(library), "--part", "content"]
        serve += ["--content-bind", f"127.0.0.1:{port}"]
        is_good = True
        with subprocess.Popen(serve) as server:
            try:
                wait_for(port, "/healthz")
                asyncio.run(read(port, paths, None))
                for name, readers in {
                    "update at low priority": "",
                    "update that waits for readers": f"http://127.0.0.1:{port}/healthz",
                }.items():
                    pairs = []
                    for _ in range(PAIRS):
                        alone = asyncio.run(read(port, paths, None))
                        pairs.append((alone, _during(folder, province, readers, port, paths)))
                    is_good &= _print(name, pairs)
            finally:
                server.terminate()
    sys.exit(0 if is_good else 1)


def _print(name: str, pairs: list[tuple[Seen, Seen]]) -> bool:
    """Print what readers saw; return whether every request was answered."""
    errors = [error for pair in pairs for one in pair for error in one.errors]
    facts: dict[str, object] = {
        "readers": name,
        "requests": sum(len(one.times) for _, one in pairs),
        "errors": len(errors),
    }
    for share in (0.5, 0.99):
        key = f"p{share * 100:.0f}"
        facts[f"{key}_ms alone"] = round(median(one.at(share) for one, _ in pairs), 2)
        facts[f"{key}_ms"] = round(median(one.at(share) for _, one in pairs), 2)
        ratio = median(after.at(share) / before.at(share) for before, after in pairs)
        facts[f"{key} ratio"] = round(ratio, 2)
    print(json.dumps(facts), flush=True)
    return not errors


def _during(folder: Path, province: Province, readers: str, port: int, paths: list[str]) -> Seen:
    """Return what readers saw while an update ran."""
    settings = folder / "diemdoc.toml"
    settings.write_text(f'[sync]\nreaders = "{readers}"\n')
    command = [sys.executable, "-m", "kiosk", "sync", "--config", str(settings)]
    command += ["--library", str(folder / "library"), "--root", str(folder / "root.json")]
    command += ["--from", str(province.tree)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=dict(os.environ)) as process:
        seen = asyncio.run(read(port, paths, process))
        with suppress(ProcessLookupError):
            process.kill()
    # The next span begins with an update that has everything to do.
    remove = [sys.executable, "-m", "kiosk", "library", "remove", "a"]
    subprocess.run(
        [*remove, "--library", str(folder / "library")], check=False, capture_output=True
    )
    for path in (folder / "library/incoming").glob("*.*"):
        path.unlink()
    return seen


if __name__ == "__main__":
    main()
