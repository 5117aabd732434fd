"""The sidecar of an archive: its texts packed with gzip once, and its titles in order.

A page of an archive of others lies in a block of 2 MiB that must be unpacked for every reader, then
packed again for the phone. The sidecar keeps each text as the phone gets it, and each title folded,
so that suggestions are one look into an index. It is derived data beside the archive: made at idle
times, replaced by one rename, never brought from elsewhere (nobody has signed it), never needed.
"""

import contextlib
import gzip
import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from libzim.reader import Archive, Entry

from content import database
from content.archive.direct import DirectAccess
from content.errors import ArchiveError
from content.files import sync_file, sync_folder
from content.vietnamese import fold

VERSION = 2
LEVEL = 6
# Below this a packet of the network is no shorter for it.
MIN_BYTES = 500
MAX_BYTES = 8_000_000
MAX_TITLES_BY_WORD = 200_000
WORDS_BY_TITLE = 5
PACKED_TYPES = (
    "application/javascript",
    "application/json",
    "application/xml",
    "application/xhtml+xml",
    "application/x-javascript",
    "image/svg+xml",
)
_TABLES = """
PRAGMA page_size = 8192;
CREATE TABLE body (key INTEGER PRIMARY KEY, path TEXT, type TEXT, size INTEGER, packed BLOB);
CREATE TABLE title (
  plain TEXT NOT NULL, title TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (plain, title, path)
) WITHOUT ROWID;
CREATE TEMP TABLE found (plain TEXT, title TEXT, path TEXT);
"""


@dataclass(frozen=True, slots=True)
class PackedBody:
    """A text of an archive as phones get it.

    Args:
        size: Bytes of the text itself.
        packed: The same in gzip (RFC 1952).
    """

    media_type: str
    size: int
    packed: bytes


def is_text(media_type: str) -> bool:
    """Return whether content of this type becomes smaller by packing."""
    bare = media_type.split(";", maxsplit=1)[0].strip().lower()
    return bare.startswith("text/") or bare in PACKED_TYPES


def key_of(path: str) -> int:
    """Return the number under which a path is kept; the path is compared when it is read."""
    digest = hashlib.blake2b(path.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def write_packed(
    archive: Path, out: Path, report: Callable[[int, int], None] = lambda *_: None
) -> int:
    """Write the sidecar of `archive` to `out`, whole or not at all; return its size in bytes.

    Args:
        report: Called with entries done and entries in all.

    Raises:
        ArchiveError: The archive is damaged; `out` is as it was.
    """
    temporary = out.with_name(f".{out.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    try:
        connection = database.create(temporary)
        with contextlib.closing(connection):
            connection.executescript(_TABLES)
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("BEGIN")
            _fill(connection, archive, report)
            connection.execute("COMMIT")
        sync_file(temporary)
        temporary.replace(out)
        sync_folder(out.parent)
    except RuntimeError as error:
        raise ArchiveError(f"{archive.name}: damaged; add it anew ({error})") from error
    finally:
        temporary.unlink(missing_ok=True)
    return out.stat().st_size


def _fill(
    connection: sqlite3.Connection, archive: Path, report: Callable[[int, int], None]
) -> None:
    source = Archive(archive)
    total = int(source.all_entry_count)
    titles: list[tuple[str, str]] = []
    for done, entry in enumerate(_in_order_of_blocks(source, archive)):
        if done % 512 == 0:
            report(done, total)
        path = str(entry.path)
        if not source.has_entry_by_path(path) or not _is_same(source, path, entry):
            continue  # metadata and indexes share the numbers of entries, not their paths
        if entry.is_redirect:
            target = entry.get_redirect_entry()
            titles.append((str(entry.title), str(target.path)))
            continue
        item = entry.get_item()
        kind = str(item.mimetype)
        if kind.startswith("text/html"):
            titles.append((str(entry.title), path))
        if is_text(kind) and MIN_BYTES <= item.size <= MAX_BYTES:
            packed = gzip.compress(item.content, LEVEL, mtime=0)
            if len(packed) < item.size * 9 // 10:
                row = (key_of(path), path, kind, int(item.size), packed)
                connection.execute("INSERT OR IGNORE INTO body VALUES (?, ?, ?, ?, ?)", row)
    rows = _title_rows(titles, by_word=len(titles) <= MAX_TITLES_BY_WORD)
    connection.executemany("INSERT INTO found VALUES (?, ?, ?)", rows)
    # In order, so that a suggestion reads no more rows than it shows.
    connection.execute("INSERT INTO title SELECT DISTINCT * FROM found ORDER BY plain, title, path")
    report(total, total)


def _in_order_of_blocks(source: Archive, path: Path) -> Iterator[Entry]:
    """Yield every entry so that each compressed block is unpacked once."""
    direct = DirectAccess(path)
    places = [
        (direct.place(index) or (-1, index), index) for index in range(source.all_entry_count)
    ]
    for _, index in sorted(places):
        yield source._get_entry_by_id(index)  # noqa: SLF001 -- libzim names no other way


def _is_same(source: Archive, path: str, entry: Entry) -> bool:
    found = source.get_entry_by_path(path)
    return bool(found._index == entry._index)  # noqa: SLF001 -- libzim names no other way


def _title_rows(titles: list[tuple[str, str]], *, by_word: bool) -> Iterator[tuple[str, str, str]]:
    """Yield each title under its folded words, then under those after its first word, and so on."""
    for title, path in titles:
        words = fold(title).split()
        for start in range(min(len(words), WORDS_BY_TITLE if by_word else 1)):
            yield " ".join(words[start:])[:80], title, path


class PackedArchive:
    """A sidecar, for reading by one thread at a time.

    Raises:
        ArchiveError: It is missing, of another version, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._database = database.open_built(path, mapped=False)
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
            self._database.execute("PRAGMA cache_size = -512")
        except sqlite3.Error as error:
            raise ArchiveError(f"{path.name}: cannot be read; it will be made anew") from error
        if version != VERSION:
            raise ArchiveError(f"{path.name}: is of another version; it will be made anew")

    def body(self, path: str) -> PackedBody | None:
        """Return the text at an entry path; None when the sidecar does not hold it.

        Raises:
            ArchiveError: The disk does not give it.
        """
        row = self._one("SELECT path, type, size, packed FROM body WHERE key = ?", key_of(path))
        if row is None or row[0] != path:
            return None
        return PackedBody(str(row[1]), int(row[2]), bytes(row[3]))

    def titles(self, words: str, *, limit: int, offset: int = 0) -> tuple[tuple[str, str], ...]:
        """Return titles, with their paths, in which `words` begin at a word; marks forgiven."""
        plain = " ".join(fold(words).split())[:80]
        if not plain:
            return ()
        # The highest code point ends the range of all texts that begin so.
        try:
            rows = self._database.execute(
                "SELECT title, path FROM title WHERE plain >= ? AND plain < ? "
                "ORDER BY plain, title, path LIMIT ? OFFSET ?",
                (plain, plain + "\U0010ffff", limit, offset),
            ).fetchall()
        except sqlite3.Error as error:
            raise ArchiveError("the archive's disk does not give its titles") from error
        return tuple(dict.fromkeys((str(title), str(path)) for title, path in rows))

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def __del__(self) -> None:
        if hasattr(self, "_database"):
            self._database.close()

    def _one(self, statement: str, value: int) -> tuple[Any, ...] | None:
        try:
            found: tuple[Any, ...] | None = self._database.execute(statement, (value,)).fetchone()
        except sqlite3.Error as error:
            raise ArchiveError("the archive's disk does not give its texts") from error
        return found
