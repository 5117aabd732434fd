"""Load for the serving benchmark: wrk on one core, the server on another, its processor time read.

The time is that of the server and all its children (/proc/PID/stat), divided by the requests that
wrk counts, so that a noisy machine changes both sides alike.
"""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE, CLIENT_CORE = "0", "1"
SLOW_PHONES = 200
SLOW_BYTES, SLOW_S = 25_000, 0.1  # 2 Mbit/s
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6}


@dataclass(frozen=True, slots=True)
class Figure:
    """What one workload cost one server.

    Args:
        cpu_us: Processor microseconds of the server per request.
        p50_us: Half of the requests were answered within this.
    """

    requests: int
    cpu_us: float
    p50_us: float
    p99_us: float
    errors: int = 0


@contextlib.contextmanager
def running(command: Sequence[str], environment: dict[str, str] | None = None) -> Iterator[int]:
    """Run a server on its core and yield its process number."""
    with subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    ) as server:
        try:
            yield server.pid
        finally:
            for pid in family(server.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            try:
                server.wait(8)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)


def family(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{one}/task/{one}/children").read_text(encoding="ascii")
            found += [int(child) for child in children.split()]
    return found


def part_of(pid: int) -> str:
    """Return which process of a reading point one is (`serve --part`); "" for none."""
    with contextlib.suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        part = re.search(r"--part (\w+)", command)
        return part[1] if part else ""
    return ""


def own_memory_mb(pid: int) -> tuple[float, float]:
    """Return a process's memory that is no file's, and what of all memory it alone has written."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    sizes = dict(re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE))
    return int(sizes["Anonymous"]) / 1000, int(sizes["Private_Dirty"]) / 1000


def cpu_s(pid: int) -> float:
    """Return the processor seconds of a process and all below it."""
    total = 0.0
    for one in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
            total += sum(int(field) for field in fields[11:15]) * _TICK_S
    return total


def memory_mb(pid: int) -> float:
    """Return resident memory of a process and all below it; shared pages are counted once."""
    total = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            rolled = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
            found = re.search(r"^Pss:\s+(\d+)", rolled, re.MULTILINE)
            total += int(found[1]) if found else 0
    return total / 1024


def measure(
    pid: int, port: int, requests: Sequence[tuple[str, dict[str, str]]], *,
    seconds: float, connections: int = 8, share: float = 1.0,
) -> Figure:  # fmt: skip
    """Return what these requests, in turn, cost the server.

    Args:
        requests: Path and headers of each.
        share: Share of the core that the server gets; the rest of the time it is stopped.
    """
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "requests.lua"
        script.write_text(_lua(requests), encoding="utf-8")
        command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{connections}", "--latency"]
        command += [f"-d{max(1, round(seconds))}", "--timeout", "20", "-s", str(script)]
        before = cpu_s(pid)
        with _held_back(pid, share):
            done = subprocess.run(
                [*command, f"http://127.0.0.1:{port}/"], check=True, capture_output=True, text=True
            )
        used = cpu_s(pid) - before
    text = done.stdout
    total = int(re.search(r"(\d+) requests in", text)[1])  # type: ignore[index]
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text
    )
    errors = int(bad[1]) if bad else 0
    errors += sum(int(one) for one in broken.groups()) if broken else 0
    return Figure(
        total, used / max(1, total) * 1e6, _latency(text, "50"), _latency(text, "99"), errors
    )


def slow_phones(pid: int, port: int, sound: str, page: str, *, seconds: float) -> Figure:
    """Return what 200 phones cost that take a sound at 2 Mbit/s each: per MB, not per request.

    Its times are those of a page that another phone reads meanwhile.
    """
    before = cpu_s(pid)
    total, times = asyncio.run(_slow_phones(port, sound, page, seconds))
    ordered = sorted(times)
    middle, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return Figure(total, (cpu_s(pid) - before) / max(1, total) * 1e12, middle * 1e6, late * 1e6)


async def _slow_phones(port: int, sound: str, page: str, seconds: float) -> tuple[int, list[float]]:
    until = time.monotonic() + seconds
    taken, times = [0], []

    async def take() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=SLOW_BYTES)
        writer.write(f"GET {sound} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while time.monotonic() < until:
            begun = time.monotonic()
            taken[0] += len(await reader.readexactly(SLOW_BYTES))
            await asyncio.sleep(max(0.0, SLOW_S - (time.monotonic() - begun)))
        writer.transport.abort()

    async def read() -> None:
        while time.monotonic() < until:
            begun = time.monotonic()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {page} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            await reader.read()
            times.append(time.monotonic() - begun)
            writer.close()
            await asyncio.sleep(0.02)

    await asyncio.gather(read(), *(take() for _ in range(SLOW_PHONES)))
    return taken[0], times


def _lua(requests: Sequence[tuple[str, dict[str, str]]]) -> str:
    """Return a wrk script that sends the requests in turn; they are put together beforehand."""
    lines = ["local made = {}", "function init()"]
    for path, headers in requests:
        table = ", ".join(f'["{name}"] = [==[{value}]==]' for name, value in headers.items())
        lines.append(f'  made[#made + 1] = wrk.format("GET", [==[{path}]==], {{{table}}})')
    lines += ["end", "local turn = 0", "function request()", "  turn = turn % #made + 1"]
    return "\n".join([*lines, "  return made[turn]", "end"])


def _latency(text: str, percent: str) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)", text, re.MULTILINE)
    return float(found[1]) * _UNITS[found[2]] if found else 0.0


@contextlib.contextmanager
def _held_back(pid: int, share: float) -> Iterator[None]:
    """Let a server run only a share of the time: a box is slower than this machine."""
    if share >= 1.0:
        yield
        return
    ended = threading.Event()

    def hold() -> None:
        while not ended.is_set():
            for sign, wait_s in (
                (signal.SIGSTOP, 0.02 * (1 - share)),
                (signal.SIGCONT, 0.02 * share),
            ):
                for one in family(pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(one, sign)
                time.sleep(wait_s)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        for one in family(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGCONT)
