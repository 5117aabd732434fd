"""USB sticks that are in the box: what of them is for the library.

A stick may be hostile or half broken: names are looked at, links are never followed, and no more
than a few hundred entries are read.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from content.errors import ContentError
from content.repository.volume import find_repository
from content.sync.invitation import read_invitation
from provisioning.sticks import REFUSED

_MOST_ENTRIES = 500
_MOST_STICKS = 8


@dataclass(frozen=True, slots=True)
class Stick:
    """One stick.

    Args:
        name: Of its folder, which is how it is asked for.
        is_signed: Whether it holds a repository of a province.
        archives: Name and bytes of each archive that lies on it by itself.
        is_invitation: Whether the province invites a point by it.
    """

    name: str
    folder: Path
    is_signed: bool
    archives: tuple[tuple[str, int], ...]
    is_invitation: bool = False


def sticks_in(folder: Path) -> list[Stick]:
    """Return the sticks that are mounted below `folder`; one that cannot be read is left out."""
    found: list[Stick] = []
    for entry in _entries(folder)[:_MOST_STICKS]:
        if entry.is_dir(follow_symlinks=False):
            path = Path(entry.path)
            found.append(
                Stick(
                    entry.name,
                    path,
                    is_signed=_has(find_repository, path),
                    archives=_archives(path),
                    is_invitation=_has(read_invitation, path),
                )
            )
    return found


def refused_in(folder: Path) -> list[str]:
    """Return the sticks that are in the box and not read, by the word left below `folder`."""
    names = [one.name for one in _entries(folder) if one.is_file(follow_symlinks=False)]
    return [one.removesuffix(REFUSED) for one in names if one.endswith(REFUSED)][:_MOST_STICKS]


def stick_named(folder: Path, name: str) -> Stick | None:
    """Return a stick that is in now, by its name."""
    return next((one for one in sticks_in(folder) if one.name == name), None)


def _archives(folder: Path) -> tuple[tuple[str, int], ...]:
    return tuple(
        (entry.name, entry.stat(follow_symlinks=False).st_size)
        for entry in _entries(folder)
        if entry.name.lower().endswith(".zim") and entry.is_file(follow_symlinks=False)
    )


def _has(read: Callable[[Path], object], folder: Path) -> bool:
    try:
        read(folder)
    except (ContentError, OSError):
        return False
    return True


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            return sorted(islice(entries, _MOST_ENTRIES), key=lambda one: one.name)
    except OSError:
        return []
