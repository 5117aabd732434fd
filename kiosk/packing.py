"""The packing process: what can wait until nothing else wants the processor.

It reads again what a power cut may have spoilt, then makes the sidecars that are missing. It never
stops a reader: it runs at idle priority, one archive at a time, only where the disk has room, and
starts again where it was cut off with the archive it had begun.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from content.archive.packed import write_packed
from content.errors import ContentError
from content.files import free_bytes
from content.library.books import Books
from content.library.settings import SearchSettings
from content.store.change import FLOOR_BYTES
from content.store.layout import StoreLayout
from content.sync.recheck import recheck, this_boot
from kiosk.config import KioskConfig
from kiosk.running import Running

logger = logging.getLogger(__name__)
LOOK_S = 5.0
_DEFAULTS = SearchSettings()
# Packed texts and titles, by the archive's size: at most so much, measured at 10 to 45 %.
_MOST_SHARE = 0.5


def run(config: KioskConfig) -> None:
    """Read again what a power cut may have spoilt, then make sidecars until stopped."""
    goes_on = Running()
    read_again(config.library, goes_on, config.search)
    keep_packed(config.library, goes_on)


def read_again(
    root: Path,
    goes_on: Callable[[], bool] = lambda: True,
    settings: SearchSettings = _DEFAULTS,
) -> None:
    """Compare what came before the machine's last start with its digests (content.sync.recheck)."""

    def report(_words: str, _done: int, _total: int) -> None:
        if not goes_on():
            raise _StoppedError

    try:
        recheck(root, now=datetime.now(UTC), report=report, boot=this_boot(), settings=settings)
    except _StoppedError:
        return
    except (ContentError, OSError) as error:
        # An update is under way: it has looked by itself.
        logger.warning("archives are not read again: %s", error)


def keep_packed(root: Path, goes_on: Callable[[], bool], *, look_s: float = LOOK_S) -> None:
    """Make what is missing, look for new archives every `look_s` seconds, while `goes_on`."""
    layout = StoreLayout(root)
    books = Books(root)
    refused: set[str] = set()
    while goes_on():
        try:
            missing = [
                one
                for one in books.generation.archives
                if one.file not in refused and not layout.packed_of(one.file).exists()
            ]
        except ContentError:
            missing = []
        if missing and not pack_one(layout, missing[0].file, goes_on):
            refused.add(missing[0].file)
        until = time.monotonic() + (0.0 if missing else look_s)
        while goes_on() and time.monotonic() < until:
            time.sleep(min(0.5, look_s))


class _StoppedError(Exception):
    """We are told to stop in the middle of an archive."""


def pack_one(layout: StoreLayout, file: str, goes_on: Callable[[], bool] = lambda: True) -> bool:
    """Make the sidecar of one archive file; return whether it is there now.

    After a power cut there is the whole sidecar or none.
    """

    def report(_done: int, _total: int) -> None:
        if not goes_on():
            raise _StoppedError

    archive = layout.archives / file
    try:
        layout.packed.mkdir(exist_ok=True)
        wanted = int(archive.stat().st_size * _MOST_SHARE)
        if free_bytes(layout.root) < FLOOR_BYTES + wanted:
            logger.warning("%s: too little room on the disk to pack its texts", file)
            return False
        write_packed(archive, layout.packed_of(file), report)
    except _StoppedError:
        return False
    except (ContentError, OSError) as error:
        logger.warning("%s: its texts are not packed: %s", file, error)
        return False
    return True
