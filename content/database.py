"""SQLite as this project uses it: one place that opens a database, with the settings of its use."""

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from content.errors import StoreError

Migration = Callable[[sqlite3.Connection], None]


def create(path: Path) -> sqlite3.Connection:
    """Open a new database that is built once and then only read.

    It is written without a journal: a half-built one is thrown away, never mended.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def open_built(path: Path, *, mapped: bool = True) -> sqlite3.Connection:
    """Open a database that `create` built, for reading only; usable by one thread at a time.

    Args:
        mapped: Read through the memory map: quicker, but a disk that is pulled out kills the
            process; without it that is an error like any other.

    Raises:
        sqlite3.OperationalError: There is no such file.
    """
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    connection = sqlite3.connect(address, uri=True, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    connection.execute(f"PRAGMA mmap_size = {268_435_456 if mapped else 0}")
    return connection


def finish(connection: sqlite3.Connection) -> None:
    """Close a built database so that it is whole and packed."""
    connection.execute("PRAGMA optimize")
    connection.close()


def open_kept(path: Path, migrations: Sequence[Migration]) -> sqlite3.Connection:
    """Open a database that lives for years, brought to the newest form; made when it is absent.

    What is deleted is overwritten, and no journal stays behind. Each migration runs in one
    transaction, after a copy of the file (`NAME.before-N`) that the next one removes.

    Raises:
        StoreError: The file is damaged, or was written by a newer version of this software.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except sqlite3.OperationalError as error:
        raise StoreError(f"{path}: cannot be opened; check the disk and its rights") from error
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        _bring_up(connection, path, migrations)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(
            f"{path}: is damaged ({error}); move it away, and counting begins anew"
        ) from error
    except StoreError:
        connection.close()
        raise
    return connection


def _bring_up(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    version = _version(connection)
    if version > len(migrations):
        raise StoreError(f"{path}: was written by a newer version; update the software")
    is_new = version == 0
    for number in range(version, len(migrations)):
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have opened it at the same moment.
        if _version(connection) == number:
            if not is_new:
                _keep_copy(path, number)
            migrations[number](connection)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _keep_copy(path: Path, number: int) -> None:
    """Copy the file, for its owner's eyes as it is itself, in the place of the copy before."""
    path.with_name(f"{path.name}.before-{number}").unlink(missing_ok=True)
    shutil.copy(path, path.with_name(f"{path.name}.before-{number + 1}"))
