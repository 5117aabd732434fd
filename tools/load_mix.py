"""`script/bench load`: phones that behave among phones that do not, for minutes.

200 connections read pages, pictures and pieces of sound, with pauses as people make them. Beside
them others send a request letter by letter, go away in the middle of a download, or send garbage.
Prints what those that behave saw, and the server's memory at the beginning and the end.
"""

import asyncio
import contextlib
import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path

from tools import bench
from tools.bench_archive import make
from tools.bench_load import memory_mb, running
from tools.bench_serving import free_port, wait_for

READERS, CREEPERS, QUITTERS, SENDERS = 200, 60, 20, 20
PAUSE_S = 0.4


@dataclass
class Seen:
    """What phones that behave saw; times in milliseconds."""

    requests: int = 0
    errors: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list, repr=False)

    def at(self, share: float) -> float:
        """Return the time within which this share of the requests was answered."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


async def run(port: int, seconds: float, paths: list[str]) -> Seen:
    """Send the mix to a port of this machine for so many seconds."""
    seen = Seen()
    until = time.monotonic() + seconds
    jobs: list[Coroutine[None, None, None]] = [
        _read(port, until, paths, seen, random.Random(seed)) for seed in range(READERS)
    ]
    jobs += [_creep(port, until) for _ in range(CREEPERS)]
    jobs += [_quit(port, until) for _ in range(QUITTERS)]
    jobs += [_garble(port, until, random.Random(seed)) for seed in range(SENDERS)]
    await asyncio.gather(*jobs)
    return seen


async def _read(
    port: int, until: float, paths: list[str], seen: Seen, chance: random.Random
) -> None:
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    while time.monotonic() < until:
        await asyncio.sleep(chance.uniform(0, 2 * PAUSE_S))
        path = chance.choice(paths)
        begun = time.monotonic()
        try:
            if reader is None or writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            piece = "Range: bytes=1000-65999\r\n" if "/S/" in path else ""
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n{piece}\r\n".encode()
            )
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
            length = re.search(rb"Content-Length: (\d+)", head)
            await asyncio.wait_for(reader.readexactly(int(length[1]) if length else 0), 20)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            seen.errors.append(f"{type(error).__name__} at {path}")
            reader = writer = None
            continue
        seen.requests += 1
        seen.times.append((time.monotonic() - begun) * 1e3)
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 206")):
            seen.errors.append(f"{head[9:12].decode()} at {path}")
    if writer is not None:
        writer.close()


async def _creep(port: int, until: float) -> None:
    """Send a request letter by letter, for ever."""
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            for letter in b"GET / HTTP/1.1\r\nX: " + b"a" * 1_000:
                writer.write(bytes([letter]))
                await writer.drain()
                await asyncio.sleep(0.5)
                if time.monotonic() > until:
                    break
            writer.close()


async def _quit(port: int, until: float) -> None:
    """Ask for a whole sound and go away."""
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /content/bench/S/01.mp3 HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.read(10_000)
            await asyncio.sleep(0.3)
            writer.transport.abort()


async def _garble(port: int, until: float, chance: random.Random) -> None:
    """Send bytes that are no request."""
    while time.monotonic() < until:
        with contextlib.suppress(OSError, TimeoutError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(chance.choice([b"GET /", b"\x16\x03", b"POST / HTTP/1.1\r\n"]))
            writer.write(chance.randbytes(chance.randrange(1, 4_000)))
            await asyncio.wait_for(reader.read(1_000), 1)
            writer.close()
        await asyncio.sleep(0.2)


def measure(seconds: float) -> tuple[Seen, list[float]]:
    """Return what was seen, and the server's memory in MB after a warm-up and at the end."""
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        scratch = Path(folder)
        make(scratch / "bench.zim", articles=400, pictures=100, sounds=2, seed=1)
        library = scratch / "library"
        ours = [sys.executable, "-m", "kiosk"]
        os.spawnv(
            os.P_WAIT,
            sys.executable,
            [*ours, "library", "add", str(scratch / "bench.zim"), "--library", str(library)],
        )
        paths = [f"/content/bench/A{number:05d}.html" for number in range(1, 401)]
        paths += [f"/content/bench/I/{number:04d}.webp" for number in range(1, 101)]
        paths += ["/content/bench/S/02.mp3"] * 60
        port = free_port()
        command = [*ours, "serve", "--library", str(library), "--part", "content"]
        with running([*command, "--content-bind", f"127.0.0.1:{port}"]) as pid:
            wait_for(port, "/healthz")
            asyncio.run(run(port, max(3.0, seconds / 10), paths))
            memory = [memory_mb(pid)]
            seen = asyncio.run(run(port, seconds, paths))
            memory.append(memory_mb(pid))
        return seen, memory


def main() -> None:
    """Print the figures as JSON."""
    parser = bench.arguments("load", __doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    seen, memory = measure(parser.parse_args().seconds)
    found = {
        "requests": seen.requests,
        "errors": len(seen.errors),
        "p50_ms": round(seen.at(0.5), 1),
        "p99_ms": round(seen.at(0.99), 1),
        "memory_mb": [round(one, 1) for one in memory],
    }
    print(json.dumps(found, indent=1))
    sys.exit(1 if seen.errors else 0)


if __name__ == "__main__":
    main()
