"""Carry verified metadata from where another program of this machine keeps it.

Root does not believe the web app, but takes its copies as it takes a stick's: each list is
verified again. Files are opened as on a stick, so no link leads elsewhere.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from content.errors import CarrierError, MissingFileError
from content.repository.carrier import read_whole
from content.repository.volume import DirectoryCarrier

_LIST = re.compile(r"metadata/(?:([1-9]\d{0,9})\.)?([a-z0-9][a-z0-9_-]{0,63})\.json")
# What tuf takes at most of any list (content/repository/metadata.py), and some.
_MOST_BYTES = 6_000_000


class KeptCarrier:
    """The lists in a folder of `TrustStore`, under the names that they have in a repository.

    Args:
        folder: `TrustStore.current()` of another program.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = DirectoryCarrier(folder)

    @property
    def name(self) -> str:
        """The folder."""
        return self._folder.name

    def stream(self, path: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield a range of a list."""
        match = _LIST.fullmatch(path)
        if match is None:
            raise MissingFileError(f"{self.name}: has no {path[-80:]}")
        number, role = match[1], match[2]
        kept = f"root_history/{number}.root.json" if role == "root" else f"{role}.json"
        data = read_whole(self._folder, kept, _MOST_BYTES)
        if data is None:
            raise CarrierError(f"{self.name}: {kept} is longer than it may be")
        if role != "root" and number is not None and _version(data) != int(number):
            raise MissingFileError(f"{self.name}: has no {path[-80:]}")
        yield data[start:end]


def _version(data: bytes) -> int:
    """Return the version that a list says it has; -1 when it says none."""
    try:
        found = json.loads(data)["signed"]["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return -1
    return found if type(found) is int else -1
