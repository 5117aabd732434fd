"""A disk after a power cut holds all that was flushed, and nothing that was never written."""

import random
import struct
from pathlib import Path

import pytest

from tests.system.qemu.power import lose_power, read_log

SECTOR = 512
FLUSH = b""


def entry(number: int, data: bytes) -> bytes:
    head = struct.pack("<QQQQ", number, len(data) // SECTOR, 0 if data else 1, 0)
    return head.ljust(SECTOR, b"\0") + data


def write_log(path: Path, *entries: tuple[int, bytes]) -> Path:
    head = struct.pack("<QQQI", 0x6A736677736872, 1, len(entries), SECTOR)
    path.write_bytes(head.ljust(SECTOR, b"\0") + b"".join(entry(*one) for one in entries))
    return path


def block(letter: bytes, sectors: int = 8) -> bytes:
    return letter * (sectors * SECTOR)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / "before").write_bytes(block(b"."))
    return tmp_path / "before"


def test_what_came_before_the_last_flush_is_there(disk: Path, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", (0, block(b"a", 4)), (4, block(b"b", 4)), (0, FLUSH))
    for seed in range(20):
        assert lose_power(disk, log, tmp_path / "after", random.Random(seed)) == 0
        assert (tmp_path / "after").read_bytes() == block(b"a", 4) + block(b"b", 4)


def test_of_what_came_after_some_is_there_some_torn_some_not(disk: Path, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", (0, block(b"a")), (0, FLUSH), (0, block(b"b")))
    found = set()
    for seed in range(40):
        assert lose_power(disk, log, tmp_path / "after", random.Random(seed)) == 1
        after = (tmp_path / "after").read_bytes()
        new = after.count(b"b")
        assert new % SECTOR == 0
        assert after == b"b" * new + b"a" * (len(after) - new)
        found.add({0: "not", len(after): "whole"}.get(new, "torn"))
    assert found == {"not", "whole", "torn"}


def test_an_entry_that_was_cut_off_ends_the_log(disk: Path, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", (0, block(b"a")), (0, FLUSH), (0, block(b"b")))
    log.write_bytes(log.read_bytes()[:-1])
    assert [one.is_flush for one in read_log(log)] == [False, True]


def test_a_guest_that_never_flushed_proves_nothing(disk: Path, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", (0, block(b"a")))
    with pytest.raises(AssertionError, match="never flushed"):
        lose_power(disk, log, tmp_path / "after", random.Random(1))
