"""A power cut leaves the old file or the new one; a copy is what was copied."""

import os
import threading
from pathlib import Path

import pytest

from content.errors import LibraryBusyError, StoreError
from content.files import (
    atomic_write,
    copy_verified,
    exclusive,
    in_turn,
    sha256_of,
    sync_tree,
)


def test_replaces_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    atomic_write(path, b"old")
    atomic_write(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "fchmod"])
def test_a_failure_half_way_leaves_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "x"
    atomic_write(path, b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="No space"):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_copy_is_checked(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(bytes(range(256)) * 9000)
    assert copy_verified(source, tmp_path / "b") == sha256_of(source)
    assert (tmp_path / "b").read_bytes() == source.read_bytes()


def test_a_lock_is_held_by_one_and_free_again(tmp_path: Path) -> None:
    lock = tmp_path / "new" / "lock"
    with (
        exclusive(lock, "busy here"),
        pytest.raises(LibraryBusyError, match="busy here"),
        exclusive(lock, "busy here"),
    ):
        raise AssertionError("two hold it")
    # An error of the work itself is not mistaken for a lock that is held.
    with pytest.raises(BlockingIOError), exclusive(lock, "busy here"):
        raise BlockingIOError("of the work")
    with exclusive(lock, "busy here"):
        pass
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be written"), exclusive(tmp_path / "file/x", ""):
        pass


def test_a_whole_tree_is_made_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c").write_bytes(b"c")
    (tmp_path / "a/d").write_bytes(b"d")
    synced = set()
    fsync = os.fsync

    def watch(descriptor: int) -> None:
        synced.add(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    sync_tree(tmp_path)
    assert synced == {tmp_path, *tmp_path.rglob("*")}


def test_whoever_holds_a_lock_is_waited_for(tmp_path: Path) -> None:
    lock, order = tmp_path / "folder/lock", list[str]()

    def second() -> None:
        with in_turn(lock):
            order.append("second")

    with in_turn(lock, mode=0o640):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]
    assert lock.stat().st_mode & 0o777 == 0o640
