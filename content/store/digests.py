"""What the files of a generation held when it was put in use: so that a worn disk is noticed.

`digests.json` names each file below the generation's folder with its SHA-256. A file that is a hard
link into the generation before is not read again: nobody changes such files.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from content.files import atomic_write, sha256_of

DIGESTS_FILE = "digests.json"
_NOT_DERIVED = {DIGESTS_FILE, "generation.json"}


def write(folder: Path, before: Path) -> None:
    """Write the digests of the generation in `folder`.

    Args:
        before: Folder of the generation it may share files with; it may be absent.
    """
    known = {}
    for name, digest in _read(before).items():
        if (before / name).is_file():
            known[_identity(before / name)] = digest
    digests = {
        name: known.get(_identity(folder / name)) or sha256_of(folder / name)
        for name in sorted(_names(folder))
    }
    atomic_write(folder / DIGESTS_FILE, json.dumps(digests, indent=1).encode())


def changed(folder: Path) -> tuple[str, ...]:
    """Return the files of a generation that no longer hold what they did; reads them all."""
    found = []
    for name, digest in _read(folder).items():
        try:
            if sha256_of(folder / name) != digest:
                found.append(name)
        except OSError:
            found.append(name)
    return tuple(found)


def _read(folder: Path) -> dict[str, str]:
    try:
        raw = json.loads((folder / DIGESTS_FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in raw.items()}


def _names(folder: Path) -> Iterator[str]:
    for parent, _, files in os.walk(folder):
        for file in files:
            name = str((Path(parent) / file).relative_to(folder))
            if name not in _NOT_DERIVED:
                yield name


def _identity(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_size
