"""A disk whose power can be cut: an ext4 of its own on a loop device.

The cut is the file system's own shutdown without flushing: what was not yet on the disk is gone.
"""

import fcntl
import gc
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

# linux/ext4.h: EXT4_IOC_SHUTDOWN is _IOR('X', 125, __u32), 2 is EXT4_GOING_FLAGS_NOLOGFLUSH.
SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
Start = Callable[[], subprocess.Popen[bytes]]


@dataclass(frozen=True)
class Disk:
    """An image that is copied for each try.

    Args:
        at: Where it is mounted.
    """

    image: Path
    at: Path

    @property
    def copy(self) -> Path:
        """The image of this try."""
        return self.image.with_name("copy")

    @contextmanager
    def mounted(self, image: Path | None = None) -> Iterator[Path]:
        """Mount an image, the copy if none is named."""
        run("mount", "-o", "loop,commit=1", image or self.copy, self.at)
        try:
            yield self.at
        finally:
            # Databases and archives that a check opened hold the disk until they are collected.
            gc.collect()
            run("umount", self.at)

    def renew(self) -> None:
        """Begin a try from the image as it was."""
        shutil.copyfile(self.image, self.copy)

    def whole_s(self, start: Start) -> float:
        """Return how long work takes that nothing cuts off: this machine's measure for cuts."""
        times = []
        for _ in range(3):
            self.renew()
            with self.mounted():
                process = start()
                begun = time.monotonic()
                assert process.wait() == 0
                times.append(time.monotonic() - begun)
        return min(times)

    def shut_down(self) -> None:
        """Cut the power of the mounted disk: nothing is written or read any more."""
        descriptor = os.open(self.at, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def cut(self, start: Start, after_s: float, *, late: bool = False) -> bool:
        """Start work, cut the power, and return whether the work was still running.

        Args:
            after_s: Seconds after the start; after the end when `late`.
        """
        self.renew()
        with self.mounted():
            process = start()
            if late:
                process.wait()
            time.sleep(after_s)
            was_running = process.poll() is None
            self.shut_down()
            process.kill()
            process.wait()
        return was_running


def make_disk(folder: Path, fill: Callable[[Path], object], *, megabytes: int = 48) -> Disk:
    """Return a disk that `fill` has filled; the test is skipped where that cannot be had."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("needs root and mkfs.ext4")
    disk = Disk(folder / "image", folder / "disk")
    disk.at.mkdir()
    with disk.image.open("wb") as file:
        file.truncate(megabytes << 20)
    run("mkfs.ext4", "-q", disk.image)
    try:
        with disk.mounted(disk.image):
            fill(disk.at)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"loop mounts are not possible here: {error.stderr.decode().strip()}")
    return disk


def run(*command: str | Path) -> None:
    """Run a command of the machine."""
    subprocess.run([str(one) for one in command], check=True, capture_output=True)
