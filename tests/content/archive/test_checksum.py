"""The running checksum says of a file what `Archive.check()` says of it."""

from pathlib import Path

import pytest
from libzim.reader import Archive

from content.archive.checksum import RunningChecksum
from content.archive.validate import check_archive
from tests.content.zim_maker import make_archive


def fed(data: bytes, step: int, size: int | None = None) -> bool:
    checksum = RunningChecksum(len(data) if size is None else size)
    for start in range(0, len(data), step):
        checksum.update(data[start : start + step])
    return checksum.is_right


@pytest.mark.parametrize("step", [1, 7, 16, 1000, 10**9])
def test_it_agrees_with_libzim_on_good_and_damaged_files(tmp_path: Path, step: int) -> None:
    data = make_archive(tmp_path / "a.zim", name="a").read_bytes()
    places = [None, 100, len(data) // 2, len(data) - 17, len(data) - 16, len(data) - 1]
    for place in places if step > 1 else [None, len(data) - 1]:
        spoilt = bytearray(data)
        if place is not None:
            spoilt[place] ^= 1
        path = tmp_path / "b.zim"
        path.write_bytes(spoilt)
        try:
            expected = Archive(path).check()
        except RuntimeError:
            continue  # libzim does not open it, so nobody asks
        assert fed(bytes(spoilt), step) is expected, place
    assert fed(data, step)


def test_a_file_that_is_not_all_there_is_not_right() -> None:
    for size in (0, 1, 15, 16, 17):
        assert not fed(b"x" * size, 4)
    assert not fed(b"x" * 100, 10, size=101)


def test_a_wrong_checksum_is_told_however_it_was_found(tmp_path: Path) -> None:
    path = make_archive(tmp_path / "a.zim", name="a")
    assert check_archive(path, is_whole=True).is_good
    (problem,) = check_archive(path, is_whole=False).problems
    assert "checksum is wrong" in problem
