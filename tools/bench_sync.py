"""`script/bench sync [MEGABYTES [only]]`: what an update moves and costs, against its goals.

Prints a table for docs/measurements/sync.md. Everything is made here, on loopback and local disk;
the client is the `diemdoc sync` command in a process of its own. An archive over 4 GiB is also
taken through a FAT32 image (mtools).
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from content.archive.bounds import parts_of
from content.builder.writer import SMALL_CLUSTER
from province.release import Release
from province.volume import PART_BYTES, write_volume
from tests.content.sync.province_desk import Province, media_archive, web
from tools import bench

PAIRS = 3
# As on a box: securesystemslib loads boto3 and pkcs11 where they are, which no box has. And at the
# priority of what it is compared with: an update gives way to all else that runs on this machine.
BOX = """
import sys
sys.modules.update(dict.fromkeys(("boto3", "botocore", "pkcs11")))
import content.sync.cli
content.sync.cli.give_way = lambda: None
from kiosk.cli import main
main()
"""
RANDOM = random.Random(6)
WORDS = [RANDOM.randbytes(4).hex() for _ in range(4000)]


def client(folder: Path, source: str) -> tuple[dict[str, Any], float, float, float]:
    """Run an update; return its facts, CPU seconds, peak MB and seconds."""
    command = [sys.executable, "-c", BOX, "sync", "--library", str(folder / "library")]
    root = ["--root", str(folder / "root.json"), "--from", source, "--json"]
    began = time.monotonic()
    process = subprocess.Popen([*command, *root], stdout=subprocess.PIPE, text=True)
    # A process's own high-water mark: getrusage would count ours, from before it became another.
    peak = 0
    done = (0, 0, None)
    while done[0] == 0:
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                peak = max(peak, int(line.split()[1]))
        time.sleep(0.02)
        done = os.wait4(process.pid, os.WNOHANG)  # type: ignore[assignment]
    _, status, usage = done
    assert process.stdout is not None
    out = process.stdout.read()
    assert status == 0, out
    assert usage is not None
    cpu = usage.ru_utime + usage.ru_stime
    return json.loads(out), cpu, peak / 1000, time.monotonic() - began


def row(what: str, value: float, goal: str) -> None:
    """Print one line of the table."""
    print(f"| {what} | {value:.3g} | {goal} |", flush=True)


def point(folder: Path, province: Province) -> Path:
    """Return the folder of a new point."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "root.json").write_bytes(province.root)
    return folder


def text(seed: int) -> bytes:
    """Return the page of recognised text of a scan."""
    words = random.Random(seed)
    return " ".join(words.choice(WORDS) for _ in range(400)).encode()


def changed_parts(old: bytes, new: bytes) -> int:
    """Return the bytes of those parts of an archive (clusters, lists) that the old one has not."""

    def parts(data: bytes) -> list[bytes]:
        view = memoryview(data)
        return [data[start : start + length] for start, length in parts_of(view)]

    held = set(parts(old))
    return sum(len(one) for one in parts(new) if one not in held)


def change(folder: Path, name: str, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    """Measure an update of one archive by wire, its clusters as the builder makes them."""
    province = Province(folder / name)
    path = media_archive(province.folder() / "a.zim", before, cluster_bytes=SMALL_CLUSTER)
    province.publish()
    old = path.read_bytes()
    here = point(folder / "point", province)
    with web(province.tree) as server:
        client(here, server.address)
        path.unlink()
        media_archive(path, after, cluster_bytes=SMALL_CLUSTER)
        province.publish()
        facts, *_ = client(here, server.address)
    edited = sum(len(data) for key, data in after.items() if before.get(key) != data)
    parts = changed_parts(old, path.read_bytes())
    moved = facts["fetched_bytes"]
    row(f"{name}: MB of the archive", path.stat().st_size / 1e6, "")
    row(f"{name}: MB of items that are new or edited, unpacked", edited / 1e6, "")
    row(f"{name}: MB of clusters and lists that changed", parts / 1e6, "")
    row(f"{name}: bytes moved / bytes of the archive", moved / path.stat().st_size, "")
    row(f"{name}: bytes moved / new and edited items", moved / edited, "")
    row(f"{name}: bytes moved / changed clusters and lists", moved / parts, "<= 1.10")


def cuts(folder: Path) -> None:
    """Measure what a link costs that is cut every 20 MB."""
    province = Province(folder / "cuts")
    path = media_archive(
        province.folder() / "a.zim", {f"{n}.jpg": RANDOM.randbytes(1_000_000) for n in range(150)}
    )
    province.publish()
    here = point(folder / "point", province)
    with web(province.tree) as server:
        server.cut_every = server.cut_left = 20_000_000
        facts, *_ = client(here, server.address)
    row(
        "cut every 20 MB: bytes moved / size",
        facts["fetched_bytes"] / path.stat().st_size,
        "<= 1.02",
    )


class Noise(Mapping[str, bytes]):
    """So many pictures of 1 MB, each made when it is asked for."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __getitem__(self, name: str) -> bytes:
        return random.Random(name).randbytes(1_000_000)

    def __iter__(self) -> Iterator[str]:
        return (f"{number:05d}.jpg" for number in range(self._count))

    def __len__(self) -> int:
        return self._count


def cpu_of(command: list[str]) -> float:
    """Return the processor seconds of a command."""
    before = os.times()
    subprocess.run(command, check=True, capture_output=True)
    after = os.times()
    spent = after.children_user + after.children_system
    return spent - before.children_user - before.children_system


def large(folder: Path, megabytes: int) -> None:
    """Measure memory, processor and time of one large archive from a folder, in pairs."""
    province = Province(folder / "large")
    path = media_archive(province.folder() / "a.zim", Noise(megabytes))
    province.publish()
    size = path.stat().st_size / 1e6
    cpus, speeds, peak = [], [], 0.0
    for _ in range(PAIRS):
        here = point(folder / "point", province)
        os.sync()
        _, cpu, rss, seconds = client(here, str(province.tree))
        peak = max(peak, rss)
        shutil.rmtree(here)
        cpus.append(cpu / cpu_of(["sha256sum", str(path)]))
        os.sync()
        began = time.monotonic()
        script = f"cp {path} {folder}/copy && sync && sha256sum {folder}/copy"
        subprocess.run(["sh", "-c", script], check=True, capture_output=True)
        speeds.append((time.monotonic() - began) / seconds)
        (folder / "copy").unlink()
    row(f"{size:.0f} MB by stick: client RSS, MB", peak, "<= 80")
    row(f"CPU s / CPU s of sha256sum, median of {PAIRS}", median(cpus), "<= 1.5")
    row(f"speed / cp && sync && sha256sum, median of {PAIRS}", median(speeds), ">= 0.8")
    row("the same, worst pair", min(speeds), "")
    if path.stat().st_size > PART_BYTES:
        path.unlink()
        fat32(folder, province)


def fat32(folder: Path, province: Province) -> None:
    """Write an archive over 4 GiB to a FAT32 image by mtools, read it back, and update from it."""
    stick, back, image = folder / "stick", folder / "back", folder / "fat32.img"
    for one in (stick, back):
        one.mkdir()
    release = Release.load(province.desk, province.now)
    write_volume(province.tree, release, stick, report=lambda *_: None)
    written = [one for one in stick.rglob("*") if one.is_file()]
    row("FAT32: parts of the archive", sum(one.suffix[1:].isdigit() for one in written), "")
    row("FAT32: largest file, GB", max(one.stat().st_size for one in written) / 1e9, "< 4.295")
    with image.open("wb") as file:
        file.truncate(sum(one.stat().st_size for one in written) + (1 << 30))
    shutil.rmtree(province.desk.root / "collections")
    subprocess.run(["mkfs.vfat", "-F", "32", image], check=True, capture_output=True)
    subprocess.run(["mcopy", "-s", "-i", image, stick / "diemdoc", "::"], check=True)
    shutil.rmtree(stick)
    subprocess.run(["mcopy", "-s", "-n", "-i", image, "::diemdoc", back], check=True)
    image.unlink()
    facts, _, rss, _ = client(point(folder / "point", province), str(back))
    row(
        "FAT32: archives that came from the parts",
        len(facts["actions"]) - len(facts["failed"]),
        "1",
    )
    row("FAT32: client RSS, MB", rss, "<= 80")


def main() -> None:
    """Run all and print the table; with `only`, the large archive alone."""
    parser = bench.arguments("sync", __doc__)
    parser.add_argument("megabytes", type=int, nargs="?", default=1000, help="of the large archive")
    parser.add_argument("only", nargs="?", choices=["only"], help="the large archive alone")
    options = parser.parse_args()
    megabytes = options.megabytes
    if options.only:
        with tempfile.TemporaryDirectory() as scratch:
            large(Path(scratch), megabytes)
        return
    pictures = {f"{n:03d}.jpg": RANDOM.randbytes(1_000_000) for n in range(80)}
    scans: dict[str, bytes] = {}
    for number in range(600):
        scans[f"{number:04d}.jpg"] = RANDOM.randbytes(80_000)
        scans[f"text/{number:04d}.txt"] = text(number)
    edited = {**scans, **{f"text/{n:04d}.txt": text(n + 10_000) for n in range(0, 600, 33)}}
    print("| what | measured | goal |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        more = {f"new{n}.jpg": RANDOM.randbytes(1_000_000) for n in range(3)}
        change(folder, "media", pictures, {**pictures, **more})
        change(folder, "scans", scans, edited)
        cuts(folder)
        large(folder, megabytes)


if __name__ == "__main__":
    main()
