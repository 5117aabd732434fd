"""An update killed at any call that changes the disk leaves the old library or the new, whole.

`strace` kills the process at its N-th call of each kind; a run that was not killed is no proof and
ends the search for that call.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.content.sync.province_desk import Reader
from tests.system.sync_case import RUN, check, prepare, recover

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]
# Opening is not among the calls: a file that was made is written or synced next.
CALLS = (
    "rename renameat2 link unlink unlinkat mkdir rmdir write pwrite64 ftruncate fsync symlink "
    "fchmod"
).split()
# The first ones each, then fewer: writes are many and alike.
COUNTS = (1, 2, 3, 4, 6, 9, 13, 19, 28, 40, 60)
# Of these the very last is looked for too: they follow the rename that puts the new library in use.
LATE = ("unlink", "rename")


def test_killed_at_every_call_it_is_old_or_new_and_recovers(tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    province = prepare(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONDONTWRITEBYTECODE": "1"}
    killed: dict[str, int] = {}
    seen = set()

    def is_killed(call: str, count: int) -> bool:
        shutil.rmtree(tmp_path / "point", ignore_errors=True)
        shutil.copytree(tmp_path / "first", tmp_path / "point", symlinks=True)
        reader = Reader(tmp_path / "point", province)
        trace = ["-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={count}"]
        arguments = [str(reader.site.root), str(reader.site.state), str(province.tree)]
        strace = ["strace", "-f", "-qq", "-o", "/dev/null", *trace]
        done = subprocess.run(
            [*strace, sys.executable, "-c", RUN, *arguments],
            env=environment,
            capture_output=True,
            check=False,
        )
        if done.returncode == 0:
            return False
        assert done.returncode in {-9, 137}, done.stderr.decode()[-500:]
        killed[call] = killed.get(call, 0) + 1
        seen.add(check(reader))
        recover(reader, province)
        return True

    for call in CALLS:
        before = 0
        for count in COUNTS:
            if not is_killed(call, count):
                if call in LATE:
                    any(is_killed(call, late) for late in range(count - 1, before, -1))
                break
            before = count
    print(sum(killed.values()), "kills:", killed)
    assert seen == {"old", "new"}
    assert sum(killed.values()) >= 60, killed
    assert {"rename", "link", "pwrite64", "fsync", "write"} <= set(killed), killed
