"""What a disk lost in a power cut is found at the next start, and an update mends it."""

import random
from pathlib import Path

import pytest

from content.library import change
from content.library.library import Library
from content.repository.volume import DirectoryCarrier
from content.sync.recheck import doubtful, recheck
from kiosk.packing import read_again
from tests.content.sync.province_desk import NOW, Province, Reader, media_archive, quiet

RANDOM = random.Random(6)
ITEMS = {f"p{number}.jpg": RANDOM.randbytes(300_000) for number in range(20)}


@pytest.fixture
def province(tmp_path: Path) -> Province:
    found = Province(tmp_path / "desk")
    media_archive(found.folder() / "a.zim", ITEMS)
    media_archive(found.folder() / "b.zim", {"b.jpg": b"b"})
    found.publish()
    return found


@pytest.fixture
def reader(tmp_path: Path, province: Province) -> Reader:
    found = Reader(tmp_path / "point", province)
    found.sync(DirectoryCarrier(province.tree))
    return found


def again(reader: Reader, boot: str = "the next start") -> tuple[str, ...]:
    return recheck(reader.site.root, now=NOW, report=quiet, boot=boot)


def damage(reader: Reader, name: str) -> Path:
    """Lose a block of a file, as a card does that was not done writing."""
    (path,) = (reader.site.root / "archives").glob(f"{name}-*.zim")
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(bytes(4096))
    return path


def names(reader: Reader) -> set[str]:
    return {one.name for one in Library(reader.site.root).archives()}


def test_a_damaged_archive_goes_and_comes_back_for_a_few_bytes(
    province: Province, reader: Reader
) -> None:
    path = damage(reader, "a")
    assert again(reader) == ("a",)
    assert names(reader) == {"b"}
    result = reader.sync(DirectoryCarrier(province.tree))
    assert names(reader) == {"a", "b"}
    assert result.tally.fetched_bytes < 700_000, "one or two chunks and the map"
    assert result.tally.copied_bytes > 5_000_000
    assert Library(reader.site.root).entry("a", "p10.jpg").read() == ITEMS["p10.jpg"]
    assert path.stat().st_size > 6_000_000


def test_an_update_looks_before_it_begins(province: Province, reader: Reader) -> None:
    damage(reader, "a")
    (reader.site.root / "proven.json").write_text('{"boot": "before", "files": []}')
    result = reader.sync(DirectoryCarrier(province.tree))
    assert [str(one.kind) for one in result.plan.actions if one.name == "a"] == ["new"]
    assert Library(reader.site.root).entry("a", "p10.jpg").read() == ITEMS["p10.jpg"]


def test_it_is_read_once_after_each_start(reader: Reader) -> None:
    assert len(doubtful(reader.site.root, "the next start")) == 2
    assert again(reader) == ()
    assert doubtful(reader.site.root, "the next start") == ()
    assert doubtful(reader.site.root, "a later start") == (), "old content is not read for ever"
    damage(reader, "a")
    assert again(reader) == ()


def test_what_came_after_the_start_is_read_at_the_next(province: Province, reader: Reader) -> None:
    again(reader)
    media_archive(province.folder() / "c.zim", {"c.jpg": b"c"})
    province.publish()
    reader.sync(DirectoryCarrier(province.tree))
    assert [one.name for one in doubtful(reader.site.root, "a later start")] == ["c"]


def test_what_is_cut_off_is_done_again(reader: Reader) -> None:
    damage(reader, "a")

    def cut(words: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recheck(reader.site.root, now=NOW, report=cut, boot="the next start")
    assert names(reader) == {"a", "b"}
    left = reader.site.root / ".proven.json.123.new"
    left.write_bytes(b"{")
    assert again(reader) == ("a",)
    assert not left.exists()


def test_local_archives_are_read_too(reader: Reader, tmp_path: Path) -> None:
    own = media_archive(tmp_path / "own.zim", {"own.jpg": RANDOM.randbytes(50_000)})
    change.add(reader.site.root, [own], now=NOW, report=quiet, floor_bytes=0)
    damage(reader, "own")
    damage(reader, "a").unlink()
    assert set(again(reader)) == {"a", "own"}
    assert names(reader) == {"b"}


def test_a_disk_that_is_not_there_loses_nothing(reader: Reader) -> None:
    archives = reader.site.root / "archives"
    archives.rename(archives.with_name("unplugged"))
    assert again(reader) == ()
    archives.with_name("unplugged").rename(archives)
    assert names(reader) == {"a", "b"}


def test_serving_looks_too(reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    damage(reader, "a")
    (reader.site.root / "proven.json").write_text('{"boot": "before", "files": []}')
    read_again(reader.site.root, lambda: False)
    assert names(reader) == {"a", "b"}, "told to stop before it began"
    read_again(reader.site.root)
    assert names(reader) == {"b"}
    assert "the next update brings it again" in caplog.text
