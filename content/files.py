"""Durable file operations: after a power cut a file is the old one or the new one, never half."""

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from content.errors import LibraryBusyError, StoreError

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


def sync_file(path: Path) -> None:
    """Make the bytes of a file durable, whoever wrote them."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make every file and name below `folder` durable; a hard link is synced under each name."""
    for path in folder.iterdir():
        if path.is_dir():
            sync_tree(path)
        else:
            sync_file(path)
    sync_folder(folder)


@contextmanager
def exclusive(path: Path, busy: str) -> Iterator[None]:
    """Hold the lock of the file at `path`, made with its folder when absent; never wait for it.

    Args:
        busy: What to say when another process holds it.

    Raises:
        LibraryBusyError: Another process holds it.
        StoreError: The file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(f"{path.parent}: cannot be written: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LibraryBusyError(busy) from error
        yield
    finally:
        os.close(descriptor)


def is_exclusive(path: Path) -> bool:
    """Return whether a process holds the lock of the file at `path` (`exclusive`)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def in_turn(path: Path, *, mode: int = 0o600) -> Iterator[None]:
    """Hold the lock of the file at `path`, made with its folder when absent; wait for it.

    For work so short that nobody notices the wait.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
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
