"""A compressed item is unpacked as libzim unpacks it, or not at all, whatever the file holds."""

import os
import random
import struct
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from libzim.reader import Archive

from content.archive import clusters
from content.archive.clusters import Clusters
from content.archive.direct import BlobPlace, DirectAccess
from content.builder.zim_item import EntryItem
from tests.content.zim_maker import HTML, make_archive

ITEMS = 400


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = random.Random(1)
    words = [f"tiếng{number}" for number in range(3_000)]
    texts = [" ".join(rng.choices(words, k=rng.randrange(1, 3_000))) for _ in range(ITEMS)]
    extra = [EntryItem(f"p/{number}.html", HTML, text) for number, text in enumerate(texts)]
    extra += [EntryItem("s/a.mp3", "audio/mpeg", os.urandom(5_000)), EntryItem("e", HTML, "")]
    return make_archive(tmp_path_factory.mktemp("clusters") / "a.zim", extra=extra)


def contents(path: Path) -> dict[int, bytes]:
    source = Archive(path)
    entries = (source._get_entry_by_id(index) for index in range(source.all_entry_count))
    return {one._index: bytes(one.get_item().content) for one in entries if not one.is_redirect}


@pytest.mark.parametrize("kept_bytes", [0, clusters.KEPT_BYTES])
def test_every_compressed_item_is_as_libzim_gives_it(archive: Path, kept_bytes: int) -> None:
    file, found = DirectAccess(archive), Clusters(kept_bytes)
    expected = list(contents(archive).items())
    random.Random(2).shuffle(expected)
    given_here = 0
    for index, content in expected:
        mine = found.content(file, index, len(content))
        assert mine in (None, content)
        given_here += mine is not None
    assert given_here >= ITEMS


def test_what_is_kept_stays_within_its_bound(archive: Path) -> None:
    file, kept = DirectAccess(archive), Clusters(1_000_000)
    for index, content in contents(archive).items():
        kept.content(file, index, len(content))
        assert len(kept._kept) == 1 or kept._size() <= 1_000_000


def test_two_files_are_never_mixed_up(archive: Path, tmp_path: Path) -> None:
    other = make_archive(
        tmp_path / "b.zim",
        extra=[EntryItem(f"p/{number}.html", HTML, "khác " * 900) for number in range(ITEMS)],
    )
    kept = Clusters()
    for path in (archive, other, archive):
        file = DirectAccess(path)
        for index, content in list(contents(path).items())[::7]:
            assert kept.content(file, index, len(content)) in (None, content)


def test_a_length_that_libzim_does_not_confirm_is_not_believed(archive: Path) -> None:
    file = DirectAccess(archive)
    index, content = next(
        one for one in contents(archive).items() if Clusters().content(file, one[0], len(one[1]))
    )
    assert Clusters().content(file, index, len(content)) == content
    assert Clusters().content(file, index, len(content) + 1) is None
    assert Clusters().content(file, -1, 1) is None


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=40))
def test_damage_gives_nothing_or_as_many_bytes_as_asked(
    archive: Path, tmp_path: Path, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(archive.read_bytes())
    for place, value in changes:
        data[place % 80 if place % 3 == 0 else place % len(data)] = value
    path = tmp_path / "damaged.zim"
    path.write_bytes(data)
    file, kept = DirectAccess(path), Clusters()
    for index in range(0, ITEMS, 37):
        for size in (0, 700, 2**40):
            found = kept.content(file, index, size)
            assert found is None or len(found) == size


class _OneFrame:
    """A file whose only entry lies in one frame."""

    def __init__(self, frame: bytes, number: int = 0) -> None:
        self.serial = -1
        self._frame = frame
        self._number = number

    def packed_place(self, index: int) -> BlobPlace:
        return BlobPlace(0, self._number, 4)

    def read(self, offset: int, length: int) -> bytes:
        return self._frame[offset : offset + length]


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"no frame at all",
        zstd.compress(struct.pack("<II", 8, 2**31) + b"x"),
        zstd.compress(struct.pack("<II", 2**31 - 1, 2**31)),
        zstd.compress(struct.pack("<II", 9, 8)),
        zstd.compress(struct.pack("<II", 8, 2_000_008) + b"\0" * 2_000_000)[:-9],
        zstd.compress(b"\0" * 3),
    ],
)
def test_a_hostile_frame_gives_nothing(frame: bytes) -> None:
    for size in (1, 2_000_000, 2**31 - 8):
        assert Clusters().content(_OneFrame(frame), 0, size) is None  # type: ignore[arg-type]


def test_a_frame_that_wants_much_memory_is_left_to_libzim() -> None:
    packer = zstd.ZstdCompressor(options={int(zstd.CompressionParameter.window_log): 27})
    frame = packer.compress(struct.pack("<II", 8, 18) + b"0123456789") + packer.flush()
    assert Clusters().content(_OneFrame(frame), 0, 10) is None  # type: ignore[arg-type]
    usual = zstd.compress(struct.pack("<II", 8, 18) + b"0123456789")
    assert Clusters().content(_OneFrame(usual), 0, 10) == b"0123456789"  # type: ignore[arg-type]


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "MAX_BYTES", 1_000_000)
    bomb = zstd.compress(struct.pack("<II", 8, 50_000_008) + b"\0" * 50_000_000)
    kept = Clusters()
    assert kept.content(_OneFrame(bomb), 0, 50_000_000) is None  # type: ignore[arg-type]
    assert kept._size() < 1_000_000
