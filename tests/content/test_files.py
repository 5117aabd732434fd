"""A power cut leaves the old file or the new one; a copy is what was copied."""

import os
from pathlib import Path

import pytest

from content.files import atomic_write, copy_verified, sha256_of


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
