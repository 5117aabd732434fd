"""Killed at any moment, nothing that was written is lost, nothing counts twice, files are whole."""

import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from content.usage.events import Family, Metric
from content.usage.memory import is_in_memory
from tests.content.usage.point import SHM, Point, cells_of, total, whole

KILLS = 200
BATCH = 7
# So that a day is over every few flushes, and a month now and then.
STEP_S = 2_000.0


@pytest.fixture(params=["memory", "no memory"])
def memory(request: pytest.FixtureRequest) -> Iterator[Path | None]:
    if request.param == "no memory":
        yield None
        return
    if not SHM.is_dir() or not is_in_memory(SHM):
        pytest.skip("no file system in memory here")
    with tempfile.TemporaryDirectory(dir=SHM) as folder:
        yield Path(folder)


def count_on(root: Path, memory: Path | None, number: int, pipe: int) -> None:
    """Count readers from `number` on, for ever; tell the pipe what is written."""
    point = Point(root, memory, ahead=timedelta(seconds=number * STEP_S))
    while True:
        for _ in range(BATCH):
            number += 1
            # One address each: every reader is another one of the day.
            address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
            point.see(f"/read/w{number % 50}/1", address)
            point.wait(STEP_S)
        point.flush()
        os.write(pipe, number.to_bytes(8, "big"))


def killed_after(root: Path, memory: Path | None, number: int, wait_s: float) -> int:
    """Count on in a process that is killed; return what it said was written last."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            count_on(root, memory, number, writing)
        finally:
            os._exit(9)
    os.close(writing)
    time.sleep(wait_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it ended by itself: no proof"
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    return int.from_bytes(said[-8:], "big") if said else number


def test_killed_at_random_moments_every_count_is_there_once(
    tmp_path: Path, memory: Path | None
) -> None:
    chance = random.Random(9)
    written = 0
    Point(tmp_path, memory)
    for _ in range(KILLS // 2):
        said = killed_after(tmp_path, memory, written, chance.uniform(0.002, 0.05))
        assert total(cells_of(tmp_path / "state"), Metric.VISITORS, Family.TRAFFIC) >= said
        # A new process may know one flush more, from the file in memory.
        Point(tmp_path, memory, ahead=timedelta(seconds=(said + BATCH) * STEP_S)).flush()
        cells = cells_of(tmp_path / "state")
        there = total(cells, Metric.VISITORS, Family.TRAFFIC)
        assert there in {said, said + BATCH}, "lost, or counted twice"
        assert total(cells, Metric.UNIQUE_TITLE_REQUESTS, Family.WORK) == there
        assert whole(tmp_path / "state")
        written = there
    assert written > KILLS
