"""Chunks change when the content in them does: an edited page moves its cluster, no more."""

import random
from pathlib import Path

import pytest

from content.archive.bounds import parts_of
from content.repository.chunk_map import Chunk, parse
from province.chunker import MAX_SIZE, make_map
from tests.content.sync.province_desk import media_archive

RANDOM = random.Random(6)
# The lists of an archive so small, and the index of titles: libzim gives it a new UUID each time.
LISTS = 55_000
WORDS = [RANDOM.randbytes(4).hex() for _ in range(2000)]


def page(seed: int) -> bytes:
    words = random.Random(seed)
    return " ".join(words.choice(WORDS) for _ in range(400)).encode()


def scans(path: Path, pages: dict[str, bytes]) -> Path:
    path.unlink(missing_ok=True)
    return media_archive(path, pages, cluster_bytes=16 << 10)


def chunks(path: Path) -> list[Chunk]:
    return list(parse(make_map(path), path.stat().st_size))


def moved(old: Path, new: Path) -> int:
    held = {one.digest for one in chunks(old)}
    return sum(one.length for one in chunks(new) if one.digest not in held)


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for number in range(60):
        found[f"{number:04d}.jpg"] = RANDOM.randbytes(60_000)
        found[f"text/{number:04d}.txt"] = page(number)
    return found


def test_an_edited_page_moves_its_cluster_only(tmp_path: Path, pages: dict[str, bytes]) -> None:
    old = scans(tmp_path / "old.zim", pages)
    new = scans(tmp_path / "new.zim", {**pages, "text/0030.txt": page(999)})
    assert moved(old, new) < 16_384 + LISTS


def test_a_new_picture_moves_itself(tmp_path: Path, pages: dict[str, bytes]) -> None:
    old = scans(tmp_path / "old.zim", pages)
    more = {**pages, "x.jpg": RANDOM.randbytes(500_000)}
    assert moved(old, scans(tmp_path / "new.zim", more)) < 500_000 + LISTS
    first = {"0000a.jpg": RANDOM.randbytes(60_000), **pages}
    assert moved(old, scans(tmp_path / "new.zim", first)) < 60_000 + 16_384 + LISTS


def test_the_map_is_small_and_the_same_each_time(tmp_path: Path, pages: dict[str, bytes]) -> None:
    path = scans(tmp_path / "a.zim", pages)
    found = chunks(path)
    assert make_map(path) == make_map(path)
    assert max(one.length for one in found) <= MAX_SIZE
    assert len(make_map(path)) < path.stat().st_size / 1000
    assert [one.start for one in found[1:]] == [one.start + one.length for one in found[:-1]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: RANDOM.randbytes(700_000),
        lambda data: b"x",
        lambda data: data[:80],
        lambda data: data[:24] + b"\xff" * 56 + data[80:],
        lambda data: data[:28] + (10**9).to_bytes(4, "little") + data[32:],
        lambda data: data[:48] + (len(data) - 16).to_bytes(8, "little") + data[56:],
    ],
)
def test_whatever_the_file_is_every_byte_is_in_one_chunk(
    tmp_path: Path, pages: dict[str, bytes], spoil: object
) -> None:
    assert callable(spoil)
    data = scans(tmp_path / "a.zim", pages).read_bytes()
    path = tmp_path / "odd.zim"
    path.write_bytes(spoil(data))
    # `parse` refuses gaps and lengths that cannot be.
    assert sum(one.length for one in chunks(path)) == path.stat().st_size


def test_parts_are_the_clusters_and_what_lies_between(
    tmp_path: Path, pages: dict[str, bytes]
) -> None:
    path = scans(tmp_path / "a.zim", pages)
    data = path.read_bytes()
    parts = [data[start : start + length] for start, length in parts_of(memoryview(data))]
    assert b"".join(parts) == data
    for number in (0, 59):
        picture = pages[f"{number:04d}.jpg"]
        assert any(picture in one and len(one) < len(picture) + 100 for one in parts)
