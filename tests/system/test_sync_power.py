"""A power cut at any moment of an update, and some seconds after it, leaves old or new, whole.

The library lies on an ext4 of its own on a loop device, and the cut is the file system's own
shutdown without flushing (EXT4_IOC_SHUTDOWN): what was not yet on the disk is gone. A control whose
fsync does nothing must fail, or the cuts prove nothing.
"""

import contextlib
import fcntl
import gc
import os
import random
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from content.errors import ContentError
from tests.content.sync.province_desk import Province, Reader
from tests.system.sync_case import RUN, check, prepare, recover

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]
# linux/ext4.h: EXT4_IOC_SHUTDOWN is _IOR('X', 125, __u32), 2 is EXT4_GOING_FLAGS_NOLOGFLUSH.
SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
CUTS = 60
LATE = 12


def run(*command: str | Path) -> None:
    subprocess.run([str(one) for one in command], check=True, capture_output=True)


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[Path]:
    run("mount", "-o", "loop,commit=1", image, at)
    try:
        yield at
    finally:
        # Databases and archives that a check opened hold the disk until they are collected.
        gc.collect()
        run("umount", at)


@pytest.fixture
def disk(tmp_path: Path) -> tuple[Path, Path, Province]:
    """Return an image with the first release on it, where to mount it, and the province."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("needs root and mkfs.ext4")
    image, at = tmp_path / "image", tmp_path / "disk"
    at.mkdir()
    with image.open("wb") as file:
        file.truncate(48 << 20)
    run("mkfs.ext4", "-q", image)
    province = prepare(tmp_path)
    try:
        with mounted(image, at):
            shutil.copytree(tmp_path / "first", at / "point", symlinks=True)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"loop mounts are not possible here: {error.stderr.decode().strip()}")
    return image, at, province


def start(disk: tuple[Path, Path, Province], *more: str) -> subprocess.Popen[bytes]:
    """Start an update on the mounted disk and return it as soon as it has begun."""
    _, at, province = disk
    site = at / "point"
    arguments = [str(site / "library"), str(site / "state"), str(province.tree), *more]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return process


def whole_s(disk: tuple[Path, Path, Province], copy: Path) -> float:
    """Return how long an update takes that nothing cuts off: this machine's measure for cuts."""
    image, at, _ = disk
    times = []
    for _ in range(3):
        shutil.copyfile(image, copy)
        with mounted(copy, at):
            process = start(disk)
            begun = time.monotonic()
            assert process.wait() == 0
            times.append(time.monotonic() - begun)
    return min(times)


def cut(
    disk: tuple[Path, Path, Province], copy: Path, after_s: float, *more: str, late: bool = False
) -> bool:
    """Start an update, cut the power, and return whether the update was still running."""
    image, at, _ = disk
    shutil.copyfile(image, copy)
    with mounted(copy, at):
        process = start(disk, *more)
        if late:
            process.wait()
        time.sleep(after_s)
        was_running = process.poll() is None
        descriptor = os.open(at, os.O_RDONLY)
        fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        os.close(descriptor)
        process.kill()
        process.wait()
    return was_running


def test_60_power_cuts(disk: tuple[Path, Path, Province], tmp_path: Path) -> None:
    _, at, province = disk
    copy = tmp_path / "copy"
    chance = random.Random(6)
    found = {"old": 0, "new": 0}
    running = 0
    most_s = whole_s(disk, copy)
    for number in range(CUTS):
        is_late = number >= CUTS - LATE
        after_s = chance.uniform(0, 3) if is_late else chance.uniform(0, most_s)
        running += cut(disk, copy, after_s, late=is_late)
        with mounted(copy, at):
            reader = Reader(at / "point", province)
            state = check(reader)
            assert not is_late or state == "new"
            found[state] += 1
            recover(reader, province)
    print(found, "running at the cut:", running)
    assert min(found.values()) >= 5, found
    assert running >= 20


def test_the_control_without_fsync_fails(disk: tuple[Path, Path, Province], tmp_path: Path) -> None:
    _, at, province = disk
    copy = tmp_path / "copy"
    bad = 0
    for after_s in (1.5, 2.0, 2.5, 3.0):
        cut(disk, copy, after_s, "--without-fsync", late=True)
        with mounted(copy, at):
            is_new = False
            with contextlib.suppress(ContentError, AssertionError, OSError):
                is_new = check(Reader(at / "point", province)) == "new"
            bad += not is_new
    assert bad > 0
