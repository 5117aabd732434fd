"""What a power cut left, put right before readers are served."""

import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from content.errors import ContentError
from content.repository.client import pin
from content.repository.trust import TrustStore
from content.store.change import begin
from content.store.layout import StoreLayout

logger = logging.getLogger(__name__)


def repair(library: Path, state: Path) -> list[str]:
    """Put right what can be, and return one sentence for each thing that was not.

    Changes of the library that were cut off are cleared away. A database that is damaged is set
    aside under another name, so that its program begins a new one; nothing is deleted. Running it
    twice does no more than once.
    """
    return [*_repair_library(library), *_repair_databases(state)]


def follow(root: Path, state: Path) -> list[str]:
    """Have the point follow the province of the root file that came with its card, when none yet.

    Returns:
        One sentence when the file cannot be used.
    """
    trust = TrustStore(state / "trust")
    if not root.is_file() or (state / "trust/root.json").exists():
        return []
    try:
        pin(trust, root.read_bytes())
    except ContentError as error:
        return [f"{root}: {error}"]
    logger.info("this point follows the province of %s", root)
    return []


def _repair_library(library: Path) -> list[str]:
    if not library.is_dir():
        return [f"{library}: the library's disk is not there"]
    try:
        with begin(StoreLayout(library)):
            return []
    except ContentError as error:
        return [f"{library}: {error}"]


def _repair_databases(state: Path) -> list[str]:
    found = []
    for path in sorted([*state.glob("*.db"), *state.glob("*.sqlite")]):
        problem = _problem(path)
        if not problem:
            continue
        aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}")
        for suffix in ("-wal", "-shm"):
            beside = path.with_name(path.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
        path.rename(aside)
        found.append(f"{path.name}: is damaged ({problem}) and was set aside as {aside.name}")
    return found


def _problem(path: Path) -> str:
    """Return what is wrong with a database, or ""."""
    try:
        with closing(sqlite3.connect(path)) as database:
            (told,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        # Locked or unreadable for us is not damaged.
        logger.warning("%s: cannot be looked at: %s", path.name, error)
        return ""
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if told == "ok" else str(told)
