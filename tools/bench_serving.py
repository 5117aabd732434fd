"""`script/bench serving`: what a request costs kiwix-serve, the archive server, and nginx.

Makes or takes an archive of 20,000 articles, 2,000 pictures and 10 sounds, starts each server in
turn on one core with wrk on another, and prints processor time per request and the ratio. nginx
sends the same bytes as plain files: the limit.
"""

import contextlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from libzim.reader import Archive

from tools import bench
from tools.bench_archive import SYLLABLES, make
from tools.bench_load import Figure, measure, memory_mb, running, slow_phones

SLOW = "200 slow phones, per MB"
GZIP = {"Accept-Encoding": "gzip"}
Requests = list[tuple[str, dict[str, str]]]


def main() -> None:
    """Run the benchmark and print its tables in Markdown."""
    parser = bench.arguments("serving", __doc__)
    parser.add_argument(
        "--archive", type=Path, help="take this archive, made by tools.bench_archive"
    )
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--kiwix", default=shutil.which("kiwix-serve"), help="its binary")
    parser.add_argument("--seconds", type=float, default=4.0, help="per row and server")
    parser.add_argument("--rows", default="", help="only rows whose name holds this")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        scratch = Path(folder)
        archive = asked.archive or scratch / "bench.zim"
        if asked.archive is None:
            print("making the archive ...", file=sys.stderr)
            make(archive, articles=asked.articles, pictures=2_000, sounds=10, seed=1)
        Bench(scratch, archive, asked.kiwix, asked.seconds, asked.rows).run()


class Bench:
    """One run over one archive."""

    def __init__(self, scratch: Path, archive: Path, kiwix: str, seconds: float, rows: str) -> None:
        self._scratch, self._archive, self._kiwix = scratch, archive, kiwix
        self._seconds, self._wanted = seconds, rows
        self._library = scratch / "library"
        source = Archive(archive)
        paths = [
            str(source._get_entry_by_id(index).path) for index in range(source.all_entry_count)
        ]
        chance = random.Random(7)
        self._articles = [one for one in paths if one.endswith(".html")]
        self._hot = chance.sample(self._articles, 50)
        self._random = chance.sample(self._articles, min(6_000, len(self._articles)))
        self._pictures = chance.sample([one for one in paths if one.startswith("I/")], 500)
        self._sounds = [one for one in paths if one.startswith("S/")]
        self._chance = chance

    def run(self) -> None:
        """Print every table."""
        rows = self._rows()
        theirs: dict[str, Figure] = {}
        with self._serving_kiwix() as (pid, port, prefix):
            self._measure("kiwix", pid, port, prefix, rows, theirs)
        without: dict[str, Figure] = {}
        with self._serving_ours() as (pid, port, prefix):
            few = {name: one for name, one in rows.items() if name.startswith("random")}
            self._measure("ours, no sidecar", pid, port, prefix, few, without)
        self._pack()
        ours: dict[str, Figure] = {}
        with self._serving_ours() as (pid, port, prefix):
            print(f"memory before load {memory_mb(pid):.0f} MB", file=sys.stderr)
            self._measure("ours", pid, port, prefix, rows, ours)
            print(f"memory after load {memory_mb(pid):.0f} MB", file=sys.stderr)
        limit: dict[str, Figure] = {}
        if shutil.which("nginx"):
            with self._serving_nginx() as (pid, port):
                few = {
                    name: rows[name] for name in ("one article, gzip", "pictures") if name in rows
                }
                self._measure("nginx", pid, port, "/", few, limit)
        if not self._wanted:
            self._start_with_many()
        print("| workload | kiwix µs | ours µs | ratio | p99 kiwix / ours ms | nginx µs |")
        print("|---|---|---|---|---|---|")
        for name, one in theirs.items():
            for label, figures in ((name, ours), (f"{name}, no sidecar", without)):
                if name in figures:
                    print(_row(label, one, figures[name], limit.get(label)))

    def _rows(self) -> dict[str, Requests]:
        words = [" ".join(self._chance.sample(SYLLABLES, 2)) for _ in range(4_000)]
        beginnings = [one[: 2 + place % 3].strip() for place, one in enumerate(words)]
        found: dict[str, Requests] = {
            "one article, gzip": [(self._hot[0], GZIP)],
            "one article, identity": [(self._hot[0], {})],
            "50 hot articles, gzip": [(one, GZIP) for one in self._hot],
            "random articles, gzip": [(one, GZIP) for one in self._random],
            "pictures": [(one, {}) for one in self._pictures],
            "range of 64 kB": [(self._sounds[0], _range(64, at)) for at in range(0, 19_000, 64)],
            "range of 512 kB": [(self._sounds[1], _range(512, at)) for at in range(0, 19_000, 512)],
            "not changed (304)": [(self._hot[0], {**GZIP, "If-None-Match": "ETAG"})],
            "suggest, as people type": [(_suggest(one), {}) for one in beginnings],
            "suggest, new words each time": [
                (_suggest(f"{one} {two}"), {}) for one in SYLLABLES for two in SYLLABLES
            ],
            "search": [
                (f"/search?books.name=bench&pattern={quote(one)}&pageLength=25", {})
                for one in words
            ],
        }
        found["a mix"] = self._mix()
        found["the mix on a fifth of a core"] = found["a mix"]
        return {name: one for name, one in found.items() if self._wanted in name}

    def _mix(self) -> Requests:
        mixed: Requests = [(one, GZIP) for one in self._random[:1_000]]
        mixed += [(one, {}) for one in self._pictures[:300]]
        mixed += [(self._sounds[2], _range(64, at)) for at in range(0, 6_400, 64)]
        self._chance.shuffle(mixed)
        return mixed

    def _measure(
        self, who: str, pid: int, port: int, prefix: str,
        rows: dict[str, Requests], into: dict[str, Figure],
    ) -> None:  # fmt: skip
        for name, requests in rows.items():
            etag = self._etag(port, prefix + self._hot[0]) if "304" in name else ""
            ready = [
                (
                    path if path.startswith("/") else prefix + quote(path),
                    {key: etag if value == "ETAG" else value for key, value in headers.items()},
                )
                for path, headers in requests
            ]
            share = 0.2 if "fifth" in name else 1.0
            measure(pid, port, ready[:200], seconds=1)
            into[name] = measure(pid, port, ready, seconds=self._seconds, share=share)
            print(f"{who}: {name}: {into[name]}", file=sys.stderr)
        if "a mix" in rows:
            sound, page = prefix + self._sounds[3], prefix + self._hot[1]
            into[SLOW] = slow_phones(pid, port, sound, page, seconds=self._seconds)
            print(f"{who}: {SLOW}: {into[SLOW]}", file=sys.stderr)

    def _etag(self, port: int, path: str) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=GZIP)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.headers["ETag"])

    def _start_with_many(self) -> None:
        """Print how long each takes to its first page with 100 archives, and its memory."""
        archives = [self._scratch / f"many{number:03d}.zim" for number in range(100)]
        for number, path in enumerate(archives):
            make(path, articles=20, pictures=0, sounds=0, seed=number, name=path.stem)
        library = self._scratch / "many"
        add_to(library, archives)
        ours = [sys.executable, "-m", "kiosk", "serve", "--library", str(library)]
        theirs = [*self._kiwix.split(), "--address", "127.0.0.1"]
        print("| with 100 archives | first page after s | MB then | MB after one page of each |")
        print("|---|---|---|---|")
        for who in ("kiwix", "ours"):
            times, memory = [], (0.0, 0.0)
            for _ in range(3):
                port = free_port()
                bind = ["--part", "content", "--content-bind", f"127.0.0.1:{port}"]
                command = (
                    [*ours, *bind]
                    if who == "ours"
                    else [*theirs, "--port", str(port), *map(str, archives)]
                )
                with running(command) as pid:
                    page = "/raw/{}/content/A00001.html"
                    times.append(wait_for(port, page.format("many000")))
                    before = memory_mb(pid)
                    for one in archives:
                        answers(port, page.format(one.stem))
                    memory = (before, memory_mb(pid))
            print(f"| {who} | {min(times):.2f} | {memory[0]:.0f} | {memory[1]:.0f} |")

    @contextlib.contextmanager
    def _serving_kiwix(self) -> Iterator[tuple[int, int, str]]:
        port = free_port()
        command = [*self._kiwix.split(), "--address", "127.0.0.1", "--port", str(port)]
        with running([*command, str(self._archive)]) as pid:
            wait_for(port, "/")
            name = self._archive.stem
            for prefix in (f"/content/{name}/", f"/{name}/"):
                if answers(port, prefix + self._hot[0]):
                    yield pid, port, prefix
                    return
            raise SystemExit("kiwix-serve does not show the archive")

    @contextlib.contextmanager
    def _serving_ours(self) -> Iterator[tuple[int, int, str]]:
        if not self._library.exists():
            add_to(self._library, [self._archive])
        port = free_port()
        sock = self._scratch / "search.sock"
        common = [sys.executable, "-m", "kiosk", "serve", "--library", str(self._library)]
        common += ["--content-bind", f"127.0.0.1:{port}", "--search-socket", str(sock)]
        # The search process counts as well: a shell is the parent of both.
        both = " & ".join(" ".join([*common, "--part", part]) for part in ("search", "content"))
        with running(["sh", "-c", f"{both} & wait"]) as pid:
            wait_for(port, "/healthz")
            time.sleep(1)
            yield pid, port, "/content/bench/"

    def _pack(self) -> None:
        code = (
            "import sys; from pathlib import Path; from content.store.layout import StoreLayout;"
            "from kiosk.packing import pack_one; layout = StoreLayout(Path(sys.argv[1]));"
            "[pack_one(layout, one.name) for one in layout.archives.iterdir()]"
        )
        subprocess.run([sys.executable, "-c", code, str(self._library)], check=True)
        size = sum(one.stat().st_size for one in (self._library / "packed").iterdir())
        print(f"sidecar {size / 1e6:.0f} MB", file=sys.stderr)

    @contextlib.contextmanager
    def _serving_nginx(self) -> Iterator[tuple[int, int]]:
        folder = self._scratch / "files"
        source = Archive(self._archive)
        for path in [self._hot[0], *self._pictures]:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(bytes(source.get_entry_by_path(path).get_item().content))
        subprocess.run(["gzip", "-k", "-6", str(folder / self._hot[0])], check=True)
        port = free_port()
        settings = self._scratch / "nginx.conf"
        settings.write_text(
            f"worker_processes 1; daemon off; pid {self._scratch}/nginx.pid; user root;"
            "events { worker_connections 1024; } http { access_log off; sendfile on;"
            "tcp_nopush on; keepalive_requests 1000000; open_file_cache max=4000;"
            f"server {{ listen 127.0.0.1:{port}; root {folder}; gzip_static on; }} }}",
            encoding="ascii",
        )
        with running(["nginx", "-c", str(settings), "-e", "/dev/null"]) as pid:
            wait_for(port, "/" + self._hot[0])
            yield pid, port


def _suggest(words: str) -> str:
    return f"/suggest?content=bench&term={quote(words)}"


def _range(size_kb: int, at_kb: int) -> dict[str, str]:
    return {"Range": f"bytes={at_kb * 1000}-{(at_kb + size_kb) * 1000 - 1}"}


def _row(name: str, theirs: Figure, ours: Figure, limit: Figure | None) -> str:
    errors = f" ({theirs.errors} / {ours.errors} errors)" if theirs.errors or ours.errors else ""
    return (
        f"| {name}{errors} | {theirs.cpu_us:.0f} | {ours.cpu_us:.0f} "
        f"| {theirs.cpu_us / max(0.1, ours.cpu_us):.1f} "
        f"| {theirs.p99_us / 1e3:.1f} / {ours.p99_us / 1e3:.1f} "
        f"| {f'{limit.cpu_us:.0f}' if limit else ''} |"
    )


def add_to(library: Path, archives: Sequence[Path]) -> None:
    """Add archives to a library by the command line."""
    command = [sys.executable, "-m", "kiosk", "library", "add", *map(str, archives)]
    done = subprocess.run([*command, "--library", str(library)], check=True, capture_output=True)
    print(done.stdout.decode().count("added"), "archives added", file=sys.stderr)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, path: str) -> bool:
    """Return whether a server answers 200 there."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2).close()
    except OSError:
        return False
    return True


def wait_for(port: int, path: str, most_s: float = 30.0) -> float:
    """Return the seconds until a server answered; fail when it does not."""
    begun = time.monotonic()
    while not answers(port, path):
        if time.monotonic() - begun > most_s:
            raise SystemExit(f"nothing answers on port {port}")
        time.sleep(0.02)
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
