"""Power is cut again and again while content comes and readers are counted: the point starts again.

One point lives through all cuts: a whole machine with systemd, its library and counts on a disk of
its own (power.py tells what such a disk loses). What was said to be done is there, whatever is
there is whole, and what was cut off is gone on with. A control without fsync must fail.
"""

import json
import random
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from provisioning.render import fill
from tests.system.qemu.cut_case import (
    BATCH,
    LEFT_OVER,
    LIBRARY,
    LOOK,
    RECORD,
    STATE,
    publish_releases,
)  # fmt: skip
from tests.system.qemu.extent import IS_FULL
from tests.system.qemu.kernel import ROOT, Kernel
from tests.system.qemu.machine import Drive, GuestError, Machine
from tests.system.qemu.power import copy_sparse, is_clean, lose_power

pytestmark = [pytest.mark.system, pytest.mark.qemu, pytest.mark.timeout(5400)]
CUTS = 20 if IS_FULL else 1
# The point leaves 250 MB free on any disk (content/store/change.py).
DISK_MB = 400
# Some cuts come so many seconds after an import at most.
LATE_S = 6.0
WITHOUT_FSYNC = "LD_PRELOAD=libeatmydata.so "


@dataclass
class Life:
    """A point, its disk, and what it has said.

    Args:
        release: The newest release that was begun.
        imported: The release that was said to be in use; counted: readers that were said to be
            on the disk; both when the power was cut last.
        import_s: How long a whole import took last: this machine's measure for cuts.
        lost: How many writes each cut may have lost.
    """

    folder: Path
    kernel: Kernel
    image: Path
    chance: random.Random
    release: int = 0
    imported: int = 0
    counted: int = 0
    import_s: float = 0.0
    lost: list[int] = field(default_factory=list)

    @property
    def disk(self) -> Path:
        """The disk as the next start finds it."""
        return self.folder / "data.ext4"

    @contextmanager
    def on(self) -> Iterator[Machine]:
        """Start the machine; at the end its power is cut, and the disk loses what it may."""
        before, log = self.folder / "before.ext4", self.folder / "writes.log"
        self.disk.rename(before)
        copy_sparse(before, self.folder / "used.ext4")
        drives = [
            Drive(self.image, throws_away=True),
            Drive(self.folder / "used.ext4", log=log),
            Drive(self.folder / "files.tar", throws_away=True),
        ]
        machine = Machine(self.folder, self.kernel, drives, line="systemd.unit=basic.target")
        with machine:
            machine.wait_for(
                "systemctl is-active srv-diemdoc.mount",
                state="systemctl status srv-diemdoc.mount; lsblk -f",
            )
            # What the point writes lies on the disk too, as where the system is only read.
            machine.run(
                f"""set -e
                mkdir -p /run/files /run/systemd/system
                tar -C /run/files -xf /dev/vdc
                cat > /run/systemd/system/var-lib-diemdoc.mount <<'END'
{fill("state.mount.j2")}END
                systemctl daemon-reload
                systemctl start var-lib-diemdoc.mount diemdoc-repair.service"""
            )
            yield machine
        self.lost.append(lose_power(before, log, self.disk, self.chance))

    def begin(self, guest: Machine, before: str = "") -> None:
        """Begin the next release, and count readers meanwhile."""
        self.release += 1
        guest.run(
            f"""chmod 666 /dev/ttyS0
            cat > /run/record.py <<'END'
{RECORD}END
            cd /run
            {before} runuser -u diemdoc -- python3 /run/record.py {self.counted} \\
              > /run/record.log 2>&1 &
            ( {before} {import_of(self.release)} > /run/import.log 2>&1 \\
              && printf '\\nimported {self.release} \\n' > /dev/ttyS0 ) &"""
        )

    def take(self, guest: Machine) -> None:
        """Take the newest release to the end, and note how long that took if it was not in use."""
        began = time.monotonic()
        if "Nothing to do" not in guest.run(import_of(self.release)):
            self.import_s = time.monotonic() - began

    def said(self, what: str) -> int:
        """Return the newest number that the machine told by its line; 0 for none."""
        console = self.folder / "console.log"
        text = console.read_text(errors="replace")
        found = re.findall(rf"^{what} (\d+) \r?$", text, re.MULTILINE)
        return int(found[-1]) if found else 0

    def wait_until_said(self, guest: Machine, what: str, number: int) -> None:
        """Wait until the machine has told that much."""
        deadline = time.monotonic() + 300
        while self.said(what) < number:
            if time.monotonic() > deadline:
                told = guest.run("cat /run/record.log /run/import.log", check=False)
                raise GuestError(f"{what} {number} was not said in 300 s\n{told}{guest.tail()}")
            time.sleep(0.1)


def import_of(release: int) -> str:
    """Return the command that takes a release, as a stick's unit does."""
    where = f"--library {LIBRARY} --state {STATE}"
    return f"runuser -u diemdoc -- diemdoc usb import /run/files/r{release} {where}"


def look(guest: Machine) -> tuple[set[str], int, int]:
    """Return names of archives and the two counts; all that is there must be whole."""
    write = f"cd /run; cat > look.py <<'END'\n{LOOK}END\n"
    told = guest.run(f"{write}runuser -u diemdoc -- python3 look.py")
    names, counted, works = json.loads(told.splitlines()[-1])
    return set(names), counted, works


@pytest.fixture
def life(kernel: Kernel, image: Path, tmp_path: Path) -> Life:
    """Return a point that holds its first release and has never been cut."""
    publish_releases(tmp_path, CUTS + 3)
    usage = tmp_path / "files/tests/content/usage"
    usage.mkdir(parents=True)
    (usage / "point.py").write_bytes((ROOT / "tests/content/usage/point.py").read_bytes())
    subprocess.run(
        ["tar", "-C", tmp_path / "files", "-cf", tmp_path / "files.tar", "."], check=True
    )
    made = Life(tmp_path, kernel, image, random.Random(8))
    (tmp_path / "empty/state").mkdir(parents=True)
    subprocess.run(
        ["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", "-L", "DIEMDOC-DATA",
         "-d", tmp_path / "empty", made.disk, f"{DISK_MB}M"],
        check=True,
    )  # fmt: skip
    with made.on() as guest:
        guest.run(
            f"""set -e
            mkdir -p {LIBRARY} /srv/diemdoc/usage
            chown -R diemdoc:diemdoc /srv/diemdoc
            runuser -u diemdoc -- diemdoc sync --root /run/files/root.json \\
              --library {LIBRARY} --state {STATE}"""
        )
        made.take(guest)
        guest.run(f"ls {LIBRARY}/archives/b0-*.zim && sync")
    return made


def check(life: Life, guest: Machine) -> str:
    """Return which library is in use after a cut; what was said to be done must be there."""
    names, counted, works = look(guest)
    assert names in ({"a", f"b{life.release - 1}"}, {"a", f"b{life.release}"}), names
    is_new = f"b{life.release}" in names
    assert is_new or life.imported < life.release, "it was said to be in use"
    # The newest name may not be on the disk yet (docs/adr/0041): then the flush before counts. And
    # a flush may have ended of which nothing was said yet.
    said = life.counted
    assert said - BATCH <= counted <= said + 2 * BATCH, (said, counted)
    assert works == counted
    assert counted % BATCH == 0
    life.counted = counted
    return "new" if is_new else "old"


def go_on(life: Life, guest: Machine) -> None:
    """Finish what was cut off: the new release is in use, and nothing is left over."""
    life.take(guest)
    assert guest.run(f"ls {LIBRARY}/archives/b{life.release}-*.zim")
    assert guest.run(LEFT_OVER) == ""


def cut(life: Life, guest: Machine, *, is_late: bool) -> bool:
    """Take the power away at a random moment; return whether the import was still running."""
    if is_late:
        life.wait_until_said(guest, "imported", life.release)
    else:
        life.wait_until_said(guest, "counted", life.counted + 1)
    time.sleep(life.chance.uniform(0, LATE_S if is_late else life.import_s))
    guest.cut()
    life.imported, life.counted = life.said("imported"), life.said("counted")
    return life.imported < life.release


def test_power_cuts_during_an_import_and_while_readers_are_counted(life: Life) -> None:
    found, running = {"old": 0, "new": 0}, 0
    for number in range(CUTS + 1):
        with life.on() as guest:
            if number:
                found[check(life, guest)] += 1
                go_on(life, guest)
            if number < CUTS:
                life.begin(guest)
                running += cut(life, guest, is_late=number % 5 == 4)
        assert is_clean(life.disk, life.folder / "scratch.ext4")
        print(f"{number}: {found}, {running} running, lost writes: {life.lost[-1]}", flush=True)
    assert running >= CUTS // 4
    if IS_FULL:
        assert min(found.values()) >= 2, found
    if not IS_FULL:
        return
    # The same without fsync: what was said to be done is not there, so the cuts do bite.
    with life.on() as guest:
        life.begin(guest, WITHOUT_FSYNC)
        life.wait_until_said(guest, "imported", life.release)
        guest.cut()
        life.imported, life.counted = life.said("imported"), life.said("counted")
    with life.on() as guest, pytest.raises(AssertionError):
        check(life, guest)
