"""What a signed target says of itself, as a value: one archive on offer, with its chunk map.

The custom fields are signed, but a key may be stolen: each is bounded and checked all the same.
Format: docs/reference/repository-format.md.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from content.errors import TamperedError

MAP_SUFFIX = ".map"
MAX_SIZE = 1 << 40
# What a role says of a target: length, SHA-256, custom fields.
_Stated = tuple[int, str, Any]
_PATH = re.compile(r"([a-z0-9][a-z0-9_-]{0,63})/([A-Za-z0-9][A-Za-z0-9._-]{0,79})\.zim")


@dataclass(frozen=True, slots=True)
class TargetDescription:
    """One archive on offer.

    Args:
        path: Its target path, `COLLECTION/NAME.zim`.
        name: What it is called in the library.
        map_size: Bytes of its chunk map.
        priority: 0 to 100; a higher one is kept when room is short.
        communes: Codes of the communes it is for; empty is all.
        min_disk_bytes: Smallest content disk it is for.
        replaces: Name of the archive it takes the place of, or "".
    """

    path: str
    name: str
    collection: str
    sha256: str
    size_bytes: int
    map_sha256: str
    map_size: int
    title: str
    works: int
    priority: int = 50
    communes: tuple[str, ...] = ()
    min_disk_bytes: int = 0
    replaces: str = ""

    @property
    def stored(self) -> str:
        """Path of the file in the repository's tree."""
        return stored_path(self.path, self.sha256)

    @property
    def stored_map(self) -> str:
        """Path of the chunk map in the repository's tree."""
        return stored_path(self.path + MAP_SUFFIX, self.map_sha256)


def stored_path(path: str, sha256: str) -> str:
    """Return where a target lies: TUF's consistent snapshots put the digest before the name."""
    folder, _, name = path.rpartition("/")
    return f"targets/{folder}/{sha256}.{name}"


def parse_targets(role: str, raw: Mapping[str, _Stated]) -> list[TargetDescription]:
    """Return the archives that a role offers.

    Args:
        role: Name of the delegated role, which is the collection's.
        raw: Target path to (length, SHA-256, custom fields).

    Raises:
        TamperedError: A field is not what it must be.
    """
    found = []
    for path, (size, sha256, custom), chunk_map in with_maps(raw):
        match = _PATH.fullmatch(path)
        if match is None or match[1] != role or chunk_map is None:
            raise TamperedError(
                f"collection {role[:64]!r} offers {path[:120]!r}, which has no place"
            )
        fields = _Fields(custom if isinstance(custom, Mapping) else {}, path)
        found.append(
            TargetDescription(
                path=path,
                name=match[2],
                collection=role,
                sha256=sha256,
                size_bytes=bounded_size(size, path),
                map_sha256=chunk_map[1],
                map_size=bounded_size(chunk_map[0], path),
                title=fields.text("title") or match[2],
                works=fields.whole("works", 1_000_000),
                priority=fields.whole("priority", 100, 50),
                communes=fields.texts("communes"),
                min_disk_bytes=fields.whole("min_disk_bytes", MAX_SIZE),
                replaces=fields.text("replaces"),
            )
        )
    return found


def with_maps(raw: Mapping[str, _Stated]) -> Iterator[tuple[str, _Stated, _Stated | None]]:
    """Yield what a role says of each target, by path, and of its chunk map if it has one."""
    for path, stated in sorted(raw.items()):
        if not path.endswith(MAP_SUFFIX):
            yield path, stated, raw.get(path + MAP_SUFFIX)


def bounded_size(value: int, path: str) -> int:
    """Return a size that can be.

    Raises:
        TamperedError: It cannot.
    """
    if not 0 < value <= MAX_SIZE:
        raise TamperedError(f"{path}: a size of {value} bytes cannot be")
    return value


class _Fields:
    def __init__(self, raw: Mapping[str, Any], path: str) -> None:
        self._raw = raw
        self._path = path

    def text(self, name: str) -> str:
        value = self._raw.get(name, "")
        if not isinstance(value, str) or len(value) > 1_000:
            raise TamperedError(f"{self._path}: field {name!r} is no short text")
        return value

    def whole(self, name: str, most: int, default: int = 0) -> int:
        value = self._raw.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise TamperedError(f"{self._path}: field {name!r} is no whole number up to {most}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._raw.get(name, [])
        if not isinstance(value, list) or len(value) > 5_000:
            raise TamperedError(f"{self._path}: field {name!r} is no list")
        if not all(isinstance(one, str) and len(one) <= 100 for one in value):
            raise TamperedError(
                f"{self._path}: field {name!r} holds something else than short texts"
            )
        return tuple(value)
