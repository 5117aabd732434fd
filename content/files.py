"""Durable file operations: after a power cut a file is the old one or the new one, never half."""

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from content.errors import StoreError

_BLOCK = 1 << 20


def atomic_write(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replace `path` with `data`; after a power cut it holds the old bytes or the new ones.

    Args:
        path: File to replace. Its directory must exist.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_verified(source: Path, target: Path) -> str:
    """Copy a file, make it durable, read it back, and return its SHA-256.

    Raises:
        OSError: What was read back differs from what was read; `target` is removed.
    """
    hasher = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while block := reader.read(_BLOCK):
            hasher.update(block)
            writer.write(block)
        writer.flush()
        os.fsync(writer.fileno())
    if sha256_of(target) != hasher.hexdigest():
        target.unlink()
        raise OSError(f"{target.name}: the disk gave back other bytes than were written")
    return hasher.hexdigest()


def free_bytes(folder: Path) -> int:
    """Return how many bytes may still be written on the disk that holds `folder`."""
    return shutil.disk_usage(folder).free


@contextlib.contextmanager
def hold_alone(lock: Path, refusal: str) -> Iterator[None]:
    """Hold a file's lock while the block runs; it goes with this process, however that ends.

    Raises:
        StoreError: Another process holds it; the words are `refusal`.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(f"{lock.parent}: {refusal}") from error
        yield
    finally:
        os.close(descriptor)
