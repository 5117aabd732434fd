"""A real PostgreSQL for tests: a server of our own in a scratch folder, without a network."""

import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_PROGRAMS = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest."""
    found = sorted(_PROGRAMS.glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextmanager
def postgresql(programs: Path) -> Iterator[Path]:
    """Run a server until the block ends; give the folder of its socket."""
    # PostgreSQL refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else getpass.getuser()
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as scratch:
        folder = Path(scratch)
        folder.chmod(0o711)
        owner = pwd.getpwnam(user)
        data, sockets = folder / "data", folder / "run"
        for one in (data, sockets):
            one.mkdir(mode=0o700)
            shutil.chown(one, owner.pw_uid, owner.pw_gid)
        sockets.chmod(0o755)

        def run(name: str, *arguments: str) -> None:
            chosen: dict[str, Any] = {"user": user, "group": owner.pw_gid, "extra_groups": []}
            subprocess.run(
                [programs / name, "-D", data, *arguments],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                **(chosen if os.geteuid() == 0 else {}),
            )

        run("initdb", "-U", "diemdoc", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
        settings = f"-c listen_addresses= -c unix_socket_directories={sockets} -c fsync=off"
        run("pg_ctl", "-w", "-o", settings, "-l", str(data / "log"), "start")
        try:
            yield sockets
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
