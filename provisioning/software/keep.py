"""What is kept to go back to: the installed package, packed again, and copies of the databases.

Databases are copied because a new version may bring them to a form that the old one refuses
(content/database.py); they are put back only when it did.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from provisioning.software.state import sync

Run = Callable[..., str]
PACKAGE = "diemdoc"
_SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "conffiles", "md5sums")
# Where SQLite's user_version stands in a file (SQLite file format, 1.3).
_VERSION_AT = 60


def repack(root: Path, scratch: Path, target: Path, run: Run) -> None:
    """Pack the installed package as `target`, as it is on the disk; whole or not there.

    Args:
        root: Of the system that it is installed in.
        scratch: An empty folder to work in.
    """
    info = root / "var/lib/dpkg/info"
    (scratch / "DEBIAN").mkdir(parents=True)
    for line in run("dpkg-query", "--listfiles", PACKAGE).splitlines():
        path = root / line.lstrip("/")
        # An image has no manuals and documents: dpkg lists what it was told to leave out.
        is_there = path.is_symlink() or path.is_file()
        if is_there and line.startswith("/"):
            at = scratch / line.lstrip("/")
            at.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, at, follow_symlinks=False)
    for name in _SCRIPTS:
        if (info / f"{PACKAGE}.{name}").exists():
            shutil.copy2(info / f"{PACKAGE}.{name}", scratch / "DEBIAN" / name)
    told = run("dpkg-query", "--status", PACKAGE).splitlines(keepends=True)
    fields = "".join(line for line in told if not line.startswith(("Status:", "Config-Version:")))
    (scratch / "DEBIAN/control").write_text(fields, encoding="utf-8")
    part = target.with_name(f".{target.name}.part")
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(scratch), str(part))
    sync(part)
    part.replace(target)
    sync(target.parent)
    shutil.rmtree(scratch)


def copy_databases(state: Path, folder: Path) -> None:
    """Copy the point's databases; links are left alone, so that nobody leads root elsewhere."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    for path in _databases(state):
        with (
            closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(folder / path.name)) as target,
        ):
            source.backup(target)
        sync(folder / path.name)


def put_back_databases(folder: Path, state: Path) -> list[str]:
    """Put back the copies of databases that have a newer form now; return their names.

    What was counted in between is lost with them: some minutes. Twice does no more than once.
    """
    put = []
    for copy in sorted(folder.iterdir()) if folder.is_dir() else []:
        path = state / copy.name
        if path.is_symlink() or not path.is_file() or _form(path) <= _form(copy):
            continue
        owner = path.stat()
        part = path.with_name(f".{path.name}.back")
        part.unlink(missing_ok=True)
        # The folder is not root's: a link put there meanwhile must not lead root elsewhere.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(part, flags, 0o600), "wb") as file:
            file.write(copy.read_bytes())
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            os.fchmod(file.fileno(), owner.st_mode & 0o777)
            file.flush()
            os.fsync(file.fileno())
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        part.replace(path)
        put.append(path.name)
    return put


def _databases(state: Path) -> list[Path]:
    found = sorted([*state.glob("*.db"), *state.glob("*.sqlite")])
    return [one for one in found if one.is_file() and not one.is_symlink() and _form(one) >= 0]


def _form(path: Path) -> int:
    """Return the number of a database's form; -1 when it is no database."""
    with path.open("rb") as file:
        head = file.read(100)
    if not head.startswith(b"SQLite format 3\0"):
        return -1
    return int.from_bytes(head[_VERSION_AT : _VERSION_AT + 4], "big")
