"""A point ends up with exactly what the province offers, moving little more than what changed."""

import os
import random
import threading
from pathlib import Path

import pytest

from content.errors import CarrierError, LibraryBusyError
from content.library import change
from content.library.library import Library
from content.repository.http import HttpCarrier
from content.repository.volume import DirectoryCarrier
from content.store.change import roll_back
from content.store.layout import StoreLayout
from content.sync.plan import Kind
from content.sync.run import look, run_sync
from province.release import Release
from province.volume import write_volume
from tests.content.sync.province_desk import NOW, Province, Reader, media_archive, quiet, web

RANDOM = random.Random(6)
ITEMS = {f"p{number:03d}.jpg": RANDOM.randbytes(300_000) for number in range(20)}


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return Province(tmp_path / "desk")


@pytest.fixture
def reader(tmp_path: Path, province: Province) -> Reader:
    return Reader(tmp_path / "point", province)


def names(reader: Reader) -> dict[str, str]:
    return {one.name: one.origin for one in Library(reader.site.root).archives()}


def test_a_new_archive_comes_by_stick_and_is_served(province: Province, reader: Reader) -> None:
    media_archive(province.folder() / "a.zim", ITEMS)
    province.publish()
    result = reader.sync(DirectoryCarrier(province.tree))
    assert result.failed == {}
    assert names(reader) == {"a": "province"}
    assert Library(reader.site.root).entry("a", "p000.jpg").read() == ITEMS["p000.jpg"]
    assert reader.sync(DirectoryCarrier(province.tree)).plan.is_empty
    assert [one.name for one in StoreLayout(reader.site.root).incoming.iterdir()] == ["lock"]


def test_an_update_by_wire_moves_what_changed(province: Province, reader: Reader) -> None:
    path = media_archive(province.folder() / "a.zim", ITEMS)
    province.publish()
    with web(province.tree) as server:
        carrier = HttpCarrier(server.address)
        reader.sync(carrier)
        more = {"x1.jpg": RANDOM.randbytes(300_000), "x2.jpg": RANDOM.randbytes(300_000)}
        path.unlink()
        media_archive(path, {**ITEMS, **more})
        province.publish()
        result = reader.sync(carrier)
    assert [one.kind for one in result.plan.actions] == [Kind.CHANGED]
    assert result.tally.copied_bytes > 5_000_000
    # 256 KiB is the longest chunk: one at each edge of what is new, and the headers.
    assert result.tally.fetched_bytes < 600_000 + 4 * 262_144
    assert Library(reader.site.root).entry("a", "x2.jpg").read() == more["x2.jpg"]
    roll_back(StoreLayout(reader.site.root))
    assert not Library(reader.site.root).archive("a").has("x2.jpg")


def test_a_cut_link_is_gone_on_with(
    province: Province, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _s: None)
    path = media_archive(province.folder() / "a.zim", ITEMS)
    province.publish()
    with web(province.tree) as server:
        server.cut_every = server.cut_left = 1_000_000
        result = reader.sync(HttpCarrier(server.address))
    assert result.failed == {}
    size = path.stat().st_size
    assert result.tally.fetched_bytes < size * 1.3


def test_what_came_by_wire_is_finished_by_stick(
    province: Province, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _s: None)
    path = media_archive(province.folder() / "a.zim", ITEMS)
    province.publish()
    with web(province.tree) as server:
        server.cut_every, server.cut_left = 0, 2_500_000
        result = reader.sync(HttpCarrier(server.address))
        assert "a" in result.failed
        assert names(reader) == {}
    result = reader.sync(DirectoryCarrier(province.tree))
    assert names(reader) == {"a": "province"}
    assert result.tally.resumed_bytes > 2_000_000
    assert result.tally.fetched_bytes < path.stat().st_size - 2_000_000


def test_a_server_without_ranges_is_read_from_its_beginning(
    province: Province, reader: Reader
) -> None:
    path = media_archive(province.folder() / "a.zim", ITEMS)
    province.publish()
    with web(province.tree) as server:
        server.ranges = False
        carrier = HttpCarrier(server.address)
        reader.sync(carrier)
        path.unlink()
        media_archive(path, {**ITEMS, "x.jpg": b"new" * 1000})
        province.publish()
        assert reader.sync(carrier).failed == {}
    assert Library(reader.site.root).entry("a", "x.jpg").size == 3000


def test_the_second_source_helps_out(province: Province, reader: Reader, tmp_path: Path) -> None:
    media_archive(province.folder() / "a.zim", ITEMS)
    province.publish()
    thin = province.copy(tmp_path / "thin")
    for path in (thin / "targets").rglob("*.zim"):
        path.unlink()
    result = reader.sync(DirectoryCarrier(thin), DirectoryCarrier(province.tree))
    assert result.failed == {}
    assert names(reader) == {"a": "province"}


def test_local_and_published_archives_never_mix(
    province: Province, reader: Reader, tmp_path: Path
) -> None:
    own = media_archive(tmp_path / "a.zim", {"own.jpg": b"own"})
    change.add(reader.site.root, [own], now=NOW, report=quiet, floor_bytes=0)
    media_archive(province.folder() / "a.zim", ITEMS)
    media_archive(province.folder() / "b.zim", {"b.jpg": b"b"})
    province.publish()
    result = reader.sync(DirectoryCarrier(province.tree))
    assert names(reader) == {"a": "local", "b": "province"}
    (left,) = result.plan.of(Kind.LEFT_OUT)
    assert "by hand" in left.reason
    other = media_archive(tmp_path / "b.zim", {"own.jpg": b"own"})
    (outcome,) = change.add(reader.site.root, [other], now=NOW, report=quiet, floor_bytes=0)
    assert (outcome.did, "province" in outcome.reason) == ("refused", True)
    assert names(reader) == {"a": "local", "b": "province"}


def test_retired_goes_and_replaced_stays_until_the_new_one_is_here(
    province: Province, reader: Reader, tmp_path: Path
) -> None:
    for name in ("old", "other"):
        media_archive(province.folder() / f"{name}.zim", {f"{name}.jpg": RANDOM.randbytes(9_000)})
    province.publish()
    reader.sync(DirectoryCarrier(province.tree))
    province.publish(retire=["other"])
    reader.sync(DirectoryCarrier(province.tree))
    assert names(reader) == {"old": "province"}
    media_archive(province.folder() / "new.zim", {"new.jpg": RANDOM.randbytes(9_000)})
    province.publish(replaces={"new": "old"})
    thin = province.copy(tmp_path / "thin")
    for path in (thin / "targets/sach").glob("*.new.zim"):
        path.unlink()
    assert "new" in reader.sync(DirectoryCarrier(thin)).failed
    assert names(reader) == {"old": "province"}
    reader.sync(DirectoryCarrier(province.tree))
    assert names(reader) == {"new": "province"}


@pytest.mark.timeout(300)
def test_300_archives_are_one_change(province: Province, reader: Reader) -> None:
    for number in range(300):
        media_archive(province.folder() / f"n{number:03d}.zim", {"x.jpg": RANDOM.randbytes(500)})
    province.publish()
    result = reader.sync(DirectoryCarrier(province.tree))
    assert result.failed == {}
    assert len(names(reader)) == 300
    assert Library(reader.site.root).generation == 1


def test_looking_writes_nothing(province: Province, reader: Reader) -> None:
    media_archive(province.folder() / "a.zim", ITEMS)
    province.publish()
    before = reader.fingerprint()
    _, plan = look(reader.site, [DirectoryCarrier(province.tree)], reader.clock())
    assert [one.kind for one in plan.actions] == [Kind.NEW]
    assert reader.fingerprint() == before


def test_a_stick_in_parts_is_read_as_one(
    province: Province, reader: Reader, tmp_path: Path
) -> None:
    media_archive(province.folder() / "a.zim", ITEMS)
    province.publish()
    release = Release.load(province.desk, NOW)
    stick = tmp_path / "stick"
    stick.mkdir()
    written = write_volume(province.tree, release, stick, report=quiet, part_bytes=1_000_000)
    parts = sorted((stick / "diemdoc/targets/sach").glob("*.zim.*[0-9]"))
    assert [one.stat().st_size for one in parts[:2]] == [1_000_000, 1_000_000]
    assert len(parts) == 7
    assert written > 6_000_000
    assert write_volume(province.tree, release, stick, report=quiet, part_bytes=1_000_000) == 0
    assert reader.sync(DirectoryCarrier(stick / "diemdoc")).failed == {}
    assert names(reader) == {"a": "province"}


def test_a_truncated_part_is_named_and_nothing_changes(
    province: Province, reader: Reader, tmp_path: Path
) -> None:
    media_archive(province.folder() / "a.zim", ITEMS)
    province.publish()
    release = Release.load(province.desk, NOW)
    write_volume(province.tree, release, tmp_path, report=quiet, part_bytes=1_000_000)
    part = sorted((tmp_path / "diemdoc/targets/sach").glob("*.zim.*[0-9]"))[3]
    os.truncate(part, 500_000)
    result = reader.sync(DirectoryCarrier(tmp_path / "diemdoc"))
    assert "other bytes" in result.failed["a"]
    assert names(reader) == {}


def test_two_updates_at_once_are_refused(province: Province, reader: Reader) -> None:
    media_archive(province.folder() / "a.zim", {"x.jpg": b"x"})
    province.publish()

    def again(_bytes: int) -> None:
        with pytest.raises(LibraryBusyError):
            reader.sync(DirectoryCarrier(province.tree))

    carriers = [DirectoryCarrier(province.tree)]
    result = run_sync(reader.site, carriers, reader.clock(), report=quiet, wait=again)
    assert result.failed == {}


def test_nothing_reachable_is_one_error(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(CarrierError):
        reader.sync(DirectoryCarrier(tmp_path / "none"), HttpCarrier("http://127.0.0.1:9"))


def test_readers_read_on_during_an_update(province: Province, reader: Reader) -> None:
    path = media_archive(province.folder() / "a.zim", ITEMS)
    province.publish()
    reader.sync(DirectoryCarrier(province.tree))
    library = Library(reader.site.root)
    is_over = threading.Event()
    read: list[bool] = []

    def reading() -> None:
        while not is_over.is_set():
            good = library.entry("a", "p007.jpg").read() == ITEMS["p007.jpg"]
            library.search("a")
            read.append(good)

    thread = threading.Thread(target=reading)
    thread.start()
    try:
        for number in range(3):
            path.unlink()
            media_archive(path, {**ITEMS, f"x{number}.jpg": RANDOM.randbytes(1000)})
            province.publish()
            reader.sync(DirectoryCarrier(province.tree))
    finally:
        is_over.set()
        thread.join()
    assert len(read) > 20
    assert all(read)
    assert library.generation == 4
