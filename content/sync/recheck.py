"""After a restart, read the archives again that came since the one before: some disks lie.

A card may lose what it said it had written when the power goes. So every archive that arrived since
the machine's last start is compared with its digest at the next one, once; what is not as it was
comes out of the library, and the next update mends it with the pieces that are still good.

LIBRARY/proven.json    {"boot": the start it was written in, "files": archives that were read again}

The kernel's boot id is the mark: a clean end leaves none, because it proves nothing of such a disk.
"""

import json
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from content.files import atomic_write, sha256_of
from content.library.change import PROVINCE, bring, remove
from content.library.settings import SearchSettings
from content.store.generation import HeldArchive, current
from content.store.layout import StoreLayout

logger = logging.getLogger(__name__)
# random(4): made anew at each start of the machine.
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
Report = Callable[[str, int, int], None]
_DEFAULTS = SearchSettings()


def this_boot() -> str:
    """Return the mark of this start of the machine."""
    return _BOOT_ID.read_text(encoding="ascii").strip()


def doubtful(root: Path, boot: str) -> tuple[HeldArchive, ...]:
    """Return the archives in use that nobody has read since the machine started."""
    layout = StoreLayout(root)
    written, files = _proven(layout)
    if written == boot:
        return ()
    return tuple(one for one in current(layout).archives if one.file not in files)


def recheck(
    root: Path,
    *,
    now: datetime,
    report: Report,
    boot: str,
    settings: SearchSettings = _DEFAULTS,
) -> tuple[str, ...]:
    """Read what is doubtful, take out what is damaged, and return the names of that.

    The damaged file stays in the generation before, where an update finds its good pieces. After
    a power cut it is done again.

    Raises:
        StoreError: The library cannot be read or changed; nothing is marked.
    """
    layout = StoreLayout(root)
    written, _ = _proven(layout)
    is_gone = layout.current.exists() and not layout.archives.is_dir()
    if written == boot or is_gone or not layout.root.is_dir():
        return ()
    suspects = doubtful(root, boot)
    damaged = []
    for done, held in enumerate(suspects):
        report(held.title, done, len(suspects))
        if not _is_whole(layout, held):
            logger.warning(
                "%s: is not on the disk as it was written, and is taken out; the next update "
                "brings it again, or add it by hand",
                held.name,
            )
            damaged.append(held)
    names = [one.name for one in damaged if one.origin == PROVINCE]
    if names:
        bring(root, [], names, now=now, report=report, settings=settings)
    for one in damaged:
        if one.origin != PROVINCE:
            remove(root, one.name, report=report, settings=settings)
    for left in layout.root.glob(f".{_file(layout).name}.*.new"):
        left.unlink(missing_ok=True)  # of a run that was cut off while it wrote
    proven = [one.file for one in current(layout).archives]
    atomic_write(_file(layout), json.dumps({"boot": boot, "files": proven}).encode())
    return tuple(one.name for one in damaged)


def _is_whole(layout: StoreLayout, held: HeldArchive) -> bool:
    try:
        return sha256_of(layout.archives / held.file) == held.sha256
    except OSError:
        return False


def _proven(layout: StoreLayout) -> tuple[str, frozenset[str]]:
    """Return what was proven, and in which start; a damaged file counts as none."""
    try:
        raw = json.loads(_file(layout).read_bytes())
        return str(raw["boot"]), frozenset(str(one) for one in raw["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", frozenset()


def _file(layout: StoreLayout) -> Path:
    return layout.root / "proven.json"
