"""Put one file and its chunk map into the signed tree; nothing is signed here."""

import hashlib
import os
from pathlib import Path

from tuf.api.metadata import TargetFile

from content.files import atomic_write, copy_verified, sync_folder
from content.repository.targets import MAP_SUFFIX, stored_path
from province.chunker import make_map


def target_of(path: Path, target: str, sha256: str, custom: dict[str, object]) -> TargetFile:
    """Return what is signed of a file."""
    fields = {"custom": custom} if custom else {}
    return TargetFile(path.stat().st_size, {"sha256": sha256}, target, fields)


def put_in(repository: Path, path: Path, file: TargetFile) -> TargetFile:
    """Copy a file into the tree and return the target of its chunk map, which lies there too.

    What a broken-off run left half is written anew.
    """
    chunk_map = make_map(path)
    digest = hashlib.sha256(chunk_map).hexdigest()
    name = file.path + MAP_SUFFIX
    at = repository / stored_path(file.path, file.hashes["sha256"])
    at.parent.mkdir(parents=True, exist_ok=True)
    if not at.exists():
        temporary = at.with_name(f".{at.name}.{os.getpid()}.new")
        copy_verified(path, temporary)
        temporary.replace(at)
        sync_folder(at.parent)
    atomic_write(repository / stored_path(name, digest), chunk_map)
    return TargetFile(len(chunk_map), {"sha256": digest}, name)
