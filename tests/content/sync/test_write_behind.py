"""A new archive is on the disk when it is said to be, and does not push readers' pages out."""

import os
import subprocess
from pathlib import Path

import pytest

from content.sync.write_behind import STEP_BYTES, WriteBehind

BLOCK = bytes(1 << 20)


def resident(path: Path) -> int:
    """Return how much of a file is in memory, in bytes."""
    words = ["fincore", "--bytes", "--noheadings", "--output", "RES", str(path)]
    return int(subprocess.run(words, check=True, capture_output=True).stdout)


def keeps_its_pages(path: Path) -> bool:
    """Return whether the file system cannot give pages back: it may be memory itself."""
    path.write_bytes(BLOCK)
    descriptor = os.open(path, os.O_RDWR)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)
    return resident(path) > 0


def write(path: Path, steps: int, *, behind: bool) -> int:
    """Write a file of so many steps; return how much of it stays in memory."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    with WriteBehind(descriptor) as settled:
        for number in range(steps * STEP_BYTES // len(BLOCK)):
            os.pwrite(descriptor, BLOCK, number * len(BLOCK))
            if behind:
                settled.reach((number + 1) * len(BLOCK))
        settled.finish()
    os.close(descriptor)
    return resident(path)


def test_at_most_two_steps_of_a_file_stay_in_memory(tmp_path: Path) -> None:
    if keeps_its_pages(tmp_path / "probe"):
        pytest.skip("this folder is on a file system that keeps its pages")
    assert write(tmp_path / "kept", 4, behind=False) >= 3 * STEP_BYTES
    assert write(tmp_path / "given-back", 4, behind=True) <= 2 * STEP_BYTES


def test_what_a_step_could_not_write_is_told() -> None:
    descriptor = os.open("/dev/full", os.O_RDWR)
    with WriteBehind(descriptor) as settled:
        settled.reach(STEP_BYTES)
        with pytest.raises(OSError, match="Invalid argument"):
            settled.reach(2 * STEP_BYTES)
    os.close(descriptor)
