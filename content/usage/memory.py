"""What a restart within the day needs, in a file that lives in memory only (tmpfs, under /run).

The day's key, tokens, and the visits of the last half hour. On any other file system nothing is
written: a restart then counts everybody anew, and no person comes to a disk.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from content.usage.live import replace_once

logger = logging.getLogger(__name__)
_IN_MEMORY = {"tmpfs", "ramfs"}
_MAX_BYTES = 64 << 20


def is_in_memory(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Return whether a folder lives in memory."""
    where = folder.resolve()
    best, kind = -1, ""
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        _, point, found, *_ = [*line.split(" "), "", "", ""]
        place = Path(point.replace("\\040", " "))
        if where.is_relative_to(place) and len(place.parts) >= best:
            best, kind = len(place.parts), found
    return kind in _IN_MEMORY


class Memory:
    """The file in memory.

    Args:
        folder: Where it lies; None, or a folder on a disk, remembers nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._path: Path | None = None
        if folder is not None and folder.is_dir():
            if is_in_memory(folder):
                self._path = folder / "usage.memory"
            else:
                logger.warning("%s is on a disk: visits are counted anew after a restart", folder)

    def save(self, value: Callable[[], dict[str, Any]]) -> None:
        """Remember a value; nothing is forced to any disk."""
        if self._path is not None:
            replace_once(self._path, json.dumps(value()).encode(), durable=False)

    def load(self) -> dict[str, Any] | None:
        """Return what was remembered, or None."""
        if self._path is None:
            return None
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(_MAX_BYTES))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None
