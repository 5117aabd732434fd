"""The slow checks, one small step at a time: read an archive, or the catalogue, whole.

Run at idle priority by a process that has nothing else to do. A step that is cut off is begun anew;
nothing but STATE/proven.json is written. What is read is not left in the memory that readers'
pages use.
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from content.database import open_built
from content.errors import SearchError
from content.search.engines import open_index
from content.store.generation import (
    CATALOGUE_FILE,
    SEARCH_FOLDER,
    Generation,
    HeldArchive,
    current,
)
from content.store.layout import StoreLayout
from kiosk.health.proven import Proof, Proven, load_proven, save_proven

# A card that loses bits is noticed within a month; a 64 GB library is then read at 25 kB/s.
EVERY = timedelta(days=30)
_BLOCK = 1 << 20


class StoppedError(Exception):
    """The step was told to end."""


def prove_next(
    library: Path,
    state: Path,
    now: datetime,
    goes_on: Callable[[], bool] = lambda: True,
    *,
    every: timedelta = EVERY,
) -> str:
    """Read what was not read for longest, keep what was found, and return its name; "" is nothing.

    Args:
        every: How long a proof counts; 0 is only one made at `now`.

    Raises:
        StoppedError: `goes_on` said so; nothing was kept of this step.
        ContentError: The library cannot be read.
    """
    layout = StoreLayout(library)
    generation = current(layout)
    proven = load_proven(state)
    is_known = proven.generation == generation.number and _counts(proven.database, now, every)
    if generation.number and not is_known:
        reason = _fault_of_databases(layout, generation, goes_on)
        proof = Proof(now, reason)
        save_proven(state, replace(proven, generation=generation.number, database=proof))
        return CATALOGUE_FILE
    due = next_archive(generation, proven, now, every)
    if due is None:
        return ""
    proof = Proof(now, _fault_of_archive(layout.archives / due.file, due, goes_on))
    held = {one.file for one in generation.archives}
    archives = {name: one for name, one in proven.archives.items() if name in held}
    save_proven(state, replace(proven, archives={**archives, due.file: proof}))
    return due.file


def next_archive(
    generation: Generation, proven: Proven, now: datetime, every: timedelta = EVERY
) -> HeldArchive | None:
    """Return the archive to be read next: one never read, else the one read longest ago."""
    due = [
        one for one in generation.archives if not _counts(proven.archives.get(one.file), now, every)
    ]
    never = datetime.min.replace(tzinfo=UTC)
    return min(
        due,
        key=lambda one: proven.archives[one.file].when if one.file in proven.archives else never,
        default=None,
    )


def _counts(proof: Proof | None, now: datetime, every: timedelta) -> bool:
    """Return whether a proof still counts; one of the future was made under a wrong clock."""
    return proof is not None and now - every <= proof.when <= now


def _fault_of_archive(path: Path, held: HeldArchive, goes_on: Callable[[], bool]) -> str:
    try:
        digest = _digest(path, goes_on)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return "" if digest == held.sha256 else "its bytes have changed"


def _fault_of_databases(
    layout: StoreLayout, generation: Generation, goes_on: Callable[[], bool]
) -> str:
    folder = layout.generation(generation.number)
    databases = [folder / CATALOGUE_FILE, *sorted((folder / SEARCH_FOLDER).rglob("*.sqlite"))]
    for path in databases:
        fault = _fault_of_database(path, goes_on)
        if fault:
            return fault
    try:
        open_index(folder / SEARCH_FOLDER).close()
        # What an engine keeps has no digest of ours: that every byte can be read is what is known.
        for path in sorted((folder / SEARCH_FOLDER).rglob("*")):
            if path.is_file():
                _digest(path, goes_on)
    except (SearchError, OSError) as error:
        return f"search index: {error}"
    return ""


def _fault_of_database(path: Path, goes_on: Callable[[], bool]) -> str:
    try:
        with closing(open_built(path, mapped=False)) as database:
            database.set_progress_handler(lambda: not goes_on(), 100_000)
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        if not goes_on():
            raise StoppedError from error
        return f"{path.name}: {error}"
    return "" if found == "ok" else f"{path.name}: {found}"


def _digest(path: Path, goes_on: Callable[[], bool]) -> str:
    """Return the SHA-256 of a file, read so that readers' pages stay in memory.

    Raises:
        StoppedError: `goes_on` said so.
    """
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if not goes_on():
                raise StoppedError
            hasher.update(block)
            os.posix_fadvise(file.fileno(), 0, file.tell(), os.POSIX_FADV_DONTNEED)
    return hasher.hexdigest()
