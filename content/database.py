"""SQLite as this project uses it: one place that opens a database, with the settings of its use."""

import sqlite3
from pathlib import Path
from urllib.parse import quote


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
