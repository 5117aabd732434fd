"""A change of a library killed at any call that changes the disk leaves one whole search index.

`strace` kills the process at its N-th call of each kind; a run that was not killed is no proof and
ends the search for that call.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.index_case import RUN, check, prepare, recover

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]
CALLS = (
    "rename renameat renameat2 link linkat unlink unlinkat mkdir rmdir write pwrite64 ftruncate "
    "fsync fdatasync fchmod sendfile"
).split()
# The first ones each, then fewer: writes are many and alike.
COUNTS = {"tantivy": (1, 2, 4, 9), "fts5": (1, 5)}
LEAST_KILLS = {"tantivy": 25, "fts5": 10}


@pytest.mark.parametrize("engine", list(COUNTS))
def test_killed_at_every_call_the_index_is_old_or_new(tmp_path: Path, engine: str) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    coming = prepare(tmp_path, engine)
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONDONTWRITEBYTECODE": "1"}
    killed: dict[str, int] = {}
    seen = set()
    root = tmp_path / "point"
    for call in CALLS:
        for count in COUNTS[engine]:
            shutil.rmtree(root, ignore_errors=True)
            shutil.copytree(tmp_path / "first", root)
            trace = ["-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={count}"]
            strace = ["strace", "-f", "-qq", "-o", "/dev/null", *trace]
            done = subprocess.run(
                [*strace, sys.executable, "-c", RUN, str(root), engine, str(coming)],
                env=environment,
                capture_output=True,
                check=False,
            )
            if done.returncode == 0:
                break
            assert done.returncode in {-9, 137}, done.stderr.decode()[-500:]
            killed[call] = killed.get(call, 0) + 1
            seen.add(check(root))
            recover(root, coming, engine)
    print(engine, sum(killed.values()), "kills:", killed)
    assert seen == {"old", "new"}
    assert sum(killed.values()) >= LEAST_KILLS[engine], killed
    assert {"rename", "write", "fsync", "unlink"} <= set(killed), killed
