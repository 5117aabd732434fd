"""Versions of this software on offer: targets of the role `software`, apart from every collection.

A path is `software/diemdoc_VERSION_ARCHITECTURE_pyPYTHON.deb`, with its chunk map beside it as for
archives. The name is signed, and compared with what the package says of itself all the same before
root takes it (provisioning/software). Format: docs/reference/repository-format.md.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from content.errors import TamperedError
from content.repository.targets import TargetDescription, bounded_size, with_maps

# Name of the delegated role; a collection cannot bear it.
ROLE = "software"
_PATH = re.compile(
    r"software/(diemdoc_(\d{1,6}(?:\.\d{1,6}){1,3})_(amd64|arm64)_py(3\.\d{1,2}))\.deb"
)
_VERSION = re.compile(r"\d{1,6}(?:\.\d{1,6}){1,3}")
_MOST_VERSIONS = 200
# A package is some 35 MB.
_MOST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class SoftwareDescription:
    """One package on offer.

    Args:
        python: Of the Debian it is for, such as `3.11`.
        target: Where it lies, its size and digest.
    """

    version: str
    architecture: str
    python: str
    target: TargetDescription


def order(version: str) -> tuple[int, ...]:
    """Return what versions are compared by; missing numbers at the end are 0.

    Raises:
        ValueError: It is no version of ours.
    """
    if not _VERSION.fullmatch(version):
        raise ValueError(f"{version[:40]!r} is no version: numbers and dots, such as 1.4.0")
    numbers = [int(one) for one in version.split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))


def target_path(version: str, architecture: str, python: str) -> str:
    """Return the target path of a package."""
    return f"{ROLE}/diemdoc_{version}_{architecture}_py{python}.deb"


def parse_software(raw: Mapping[str, tuple[int, str, Any]]) -> list[SoftwareDescription]:
    """Return the packages that the role offers.

    Args:
        raw: Target path to (length, SHA-256, custom fields).

    Raises:
        TamperedError: A field is not what it must be.
    """
    found = []
    for path, (size, sha256, _), chunk_map in with_maps(raw):
        match = _PATH.fullmatch(path)
        if match is None or chunk_map is None:
            raise TamperedError(f"the software offers {path[:120]!r}, which has no place")
        if size > _MOST_BYTES:
            raise TamperedError(f"{path}: is too large to be a package of this software")
        target = TargetDescription(
            path=path,
            name=match[1],
            collection=ROLE,
            sha256=sha256,
            size_bytes=bounded_size(size, path),
            map_sha256=chunk_map[1],
            map_size=bounded_size(chunk_map[0], path),
            title=match[1],
            works=0,
        )
        found.append(SoftwareDescription(match[2], match[3], match[4], target))
    if len(found) > _MOST_VERSIONS:
        raise TamperedError("the software offers more versions than can be")
    return found


def newest_for(
    offered: Iterable[SoftwareDescription], architecture: str, python: str
) -> SoftwareDescription | None:
    """Return the newest package that fits a machine, or None."""
    fitting = [one for one in offered if one.architecture == architecture and one.python == python]
    return max(fitting, key=lambda one: order(one.version), default=None)


def is_newer(offered: str, installed: str) -> bool:
    """Return whether a version may take the place of the installed one: never an older one."""
    return order(offered) > order(installed)
