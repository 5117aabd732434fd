"""A power cut at any moment of an update, and some seconds after it, leaves old or new, whole.

The library lies on a disk of its own whose power is cut (power.py). A control whose fsync does
nothing must fail, or the cuts prove nothing.
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
from tests.content.sync.province_desk import Reader
from tests.system.power import Disk, make_disk
from tests.system.sync_case import RUN, check, prepare, recover

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]
CUTS = 60
LATE = 12


class Update:
    """An update of a point on a disk."""

    def __init__(self, folder: Path) -> None:
        self.province = prepare(folder)
        self.disk: Disk = make_disk(
            folder, lambda at: shutil.copytree(folder / "first", at / "point", symlinks=True)
        )

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        """Start it on the mounted disk and return it as soon as it has begun."""
        site = self.disk.at / "point"
        arguments = [str(site / "library"), str(site / "state"), str(self.province.tree), *more]
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

    def reader(self) -> Reader:
        """Return the point on the mounted disk."""
        return Reader(self.disk.at / "point", self.province)


@pytest.fixture
def update(tmp_path: Path) -> Update:
    return Update(tmp_path)


def test_60_power_cuts(update: Update) -> None:
    chance = random.Random(6)
    found = {"old": 0, "new": 0}
    running = 0
    most_s = update.disk.whole_s(update.start)
    for number in range(CUTS):
        is_late = number >= CUTS - LATE
        after_s = chance.uniform(0, 3) if is_late else chance.uniform(0, most_s)
        running += update.disk.cut(update.start, after_s, late=is_late)
        with update.disk.mounted():
            state = check(update.reader())
            assert not is_late or state == "new"
            found[state] += 1
            recover(update.reader(), update.province)
    print(found, "running at the cut:", running)
    assert min(found.values()) >= 5, found
    assert running >= 20


def test_the_control_without_fsync_fails(update: Update) -> None:
    bad = 0
    for after_s in (1.5, 2.0, 2.5, 3.0):
        update.disk.cut(lambda: update.start("--without-fsync"), after_s, late=True)
        with update.disk.mounted():
            is_new = False
            with contextlib.suppress(ContentError, AssertionError, OSError):
                is_new = check(update.reader()) == "new"
            bad += not is_new
    assert bad > 0
