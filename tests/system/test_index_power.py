"""A power cut at any moment of a change of a library leaves one whole search index, old or new.

Files of the new index are on the disk before it is switched to; a control whose fsync does nothing
must fail, or the cuts prove nothing.
"""

import contextlib
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from content.errors import ContentError
from tests.system.index_case import RUN, check, prepare, recover
from tests.system.power import make_disk

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]
CUTS, LATE = 14, 4
ENGINE = "tantivy"


class Change:
    """A change of a library on a disk."""

    def __init__(self, folder: Path) -> None:
        self.coming = prepare(folder, ENGINE)
        self.disk = make_disk(folder, lambda at: shutil.copytree(folder / "first", at / "point"))

    @property
    def root(self) -> Path:
        return self.disk.at / "point"

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        """Start it on the mounted disk and return it as soon as it has begun."""
        environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(self.root), ENGINE, str(self.coming), *more],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        return process


@pytest.fixture
def one(tmp_path: Path) -> Change:
    return Change(tmp_path)


def test_power_cuts_leave_an_index_that_is_whole(one: Change) -> None:
    chance = random.Random(4)
    found = {"old": 0, "new": 0}
    running = 0
    most_s = one.disk.whole_s(one.start)
    for number in range(CUTS):
        is_late = number >= CUTS - LATE
        after_s = chance.uniform(0, 3) if is_late else chance.uniform(0, most_s)
        running += one.disk.cut(one.start, after_s, late=is_late)
        with one.disk.mounted():
            state = check(one.root)
            assert not is_late or state == "new"
            found[state] += 1
            recover(one.root, one.coming, ENGINE)
    print(found, "running at the cut:", running)
    assert min(found.values()) >= 2, found
    assert running >= 4


def test_the_control_without_fsync_fails(one: Change) -> None:
    bad = 0
    for after_s in (1.5, 2.0, 2.5, 3.0):
        one.disk.cut(lambda: one.start("--without-fsync"), after_s, late=True)
        with one.disk.mounted():
            is_new = False
            with contextlib.suppress(ContentError, AssertionError, OSError):
                is_new = check(one.root) == "new"
            bad += not is_new
        if bad:
            break
    assert bad > 0
