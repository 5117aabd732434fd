"""Whatever a carrier does wrong is refused with an error of its own and leaves no trace."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from content.clock import BUILT
from content.errors import (
    CaptivePortalError,
    CarrierError,
    ContentError,
    ExpiredRepositoryError,
    ForeignRepositoryError,
    MissingFileError,
    NotTrustedError,
    OlderRepositoryError,
    TamperedError,
)
from content.repository.carrier import read_whole
from content.repository.client import pin, refresh
from content.repository.http import HttpCarrier
from content.repository.trust import TrustStore
from content.repository.volume import DirectoryCarrier, find_repository
from tests.content.sync.province_desk import (
    UTC_1970,
    Province,
    Reader,
    days,
    media_archive,
    web,
)


@pytest.fixture
def province(tmp_path: Path) -> Province:
    one = Province(tmp_path / "desk")
    media_archive(one.folder() / "a.zim", {"a.jpg": b"a" * 5000})
    one.publish()
    return one


@pytest.fixture
def reader(tmp_path: Path, province: Province) -> Reader:
    one = Reader(tmp_path / "point", province)
    one.sync(DirectoryCarrier(province.tree))
    return one


def replace_json(path: Path, change: Callable[[dict[str, object]], None]) -> None:
    data = json.loads(path.read_bytes())
    change(data)
    path.write_bytes(json.dumps(data).encode())


def bump(data: dict[str, object]) -> None:
    signed = data["signed"]
    assert isinstance(signed, dict)
    signed["version"] += 1


def newest(tree: Path, role: str) -> Path:
    found = (tree / "metadata").glob(f"*.{role}.json")
    return max(found, key=lambda path: int(path.name.split(".")[0]))


def link(tree: Path) -> None:
    path = tree / "metadata/timestamp.json"
    path.rename(tree / "real")
    path.symlink_to(tree / "real")


def link_folder(tree: Path) -> None:
    (tree / "metadata").rename(tree / "real")
    (tree / "metadata").symlink_to(tree / "real")


def pipe(tree: Path) -> None:
    (tree / "metadata/timestamp.json").unlink()
    os.mkfifo(tree / "metadata/timestamp.json")


def huge(tree: Path) -> None:
    with (tree / "metadata/timestamp.json").open("ab") as file:
        file.truncate(50_000_000)


def endless_root(tree: Path) -> None:
    os.truncate(tree / "metadata/1.root.json", 50_000_000)


def other_snapshot(tree: Path) -> None:
    """Mix and match: an old snapshot under the name of the new one."""
    new = newest(tree, "snapshot")
    shutil.copy(tree / "metadata/1.snapshot.json", new)


def changed_collection(tree: Path) -> None:
    replace_json(newest(tree, "sach"), bump)


def forged_timestamp(tree: Path) -> None:
    replace_json(tree / "metadata/timestamp.json", bump)


def no_json(tree: Path) -> None:
    (tree / "metadata/timestamp.json").write_bytes(b"<html>")


def unfinished(tree: Path) -> None:
    newest(tree, "snapshot").unlink()


HOSTILE = [
    (link, CarrierError, "link"),
    (link_folder, CarrierError, "plain folder"),
    (pipe, CarrierError, "regular file"),
    (huge, TamperedError, "longer"),
    (endless_root, TamperedError, "longer"),
    (other_snapshot, TamperedError, "snapshot"),
    (changed_collection, TamperedError, "sach"),
    (forged_timestamp, TamperedError, "timestamp"),
    (no_json, TamperedError, "timestamp"),
    (unfinished, CarrierError, "finished"),
]


@pytest.mark.parametrize(("spoil", "kind", "words"), HOSTILE, ids=lambda one: str(one)[:30])
def test_a_spoilt_stick_is_refused_and_leaves_no_trace(  # noqa: PLR0917
    spoil: Callable[[Path], None],
    kind: type[ContentError],
    words: str,
    province: Province,
    reader: Reader,
    tmp_path: Path,
) -> None:
    media_archive(province.folder() / "b.zim", {"b.jpg": b"b" * 5000})
    province.publish()
    stick = province.copy(tmp_path / "stick")
    spoil(stick)
    before = reader.fingerprint()
    with pytest.raises(kind, match=words) as caught:
        reader.sync(DirectoryCarrier(stick))
    assert type(caught.value) in {kind, MissingFileError}
    assert reader.fingerprint() == before
    assert len(reader.sync(DirectoryCarrier(province.tree)).plan.actions) == 2


def test_an_older_stick_is_named_so(province: Province, reader: Reader, tmp_path: Path) -> None:
    old = province.copy(tmp_path / "old")
    media_archive(province.folder() / "b.zim", {"b.jpg": b"b" * 5000})
    province.publish()
    reader.sync(DirectoryCarrier(province.tree))
    before = reader.fingerprint()
    with pytest.raises(OlderRepositoryError, match="older"):
        reader.sync(DirectoryCarrier(old))
    assert reader.fingerprint() == before


def test_another_province_is_named(province: Province, reader: Reader, tmp_path: Path) -> None:
    other = Province(tmp_path / "other", name="Sơn La")
    before = reader.fingerprint()
    with pytest.raises(ForeignRepositoryError, match="Sơn La"):
        reader.sync(DirectoryCarrier(other.tree))
    assert reader.fingerprint() == before


def test_the_wrong_key_signs_nothing(province: Province, reader: Reader, tmp_path: Path) -> None:
    stick = province.copy(tmp_path / "stick")
    other = Province(tmp_path / "other")
    media_archive(other.folder() / "evil.zim", {"b.jpg": b"b"})
    for _ in range(3):
        other.publish(retire=[])
        media_archive(other.folder() / f"e{_}.zim", {"b.jpg": b"b"})
    for path in (other.tree / "metadata").glob("*"):
        if "root" not in path.name:
            shutil.copy(path, stick / "metadata" / path.name)
    before = reader.fingerprint()
    with pytest.raises(TamperedError):
        reader.sync(DirectoryCarrier(stick))
    assert reader.fingerprint() == before


@pytest.mark.parametrize(
    ("wall", "synchronised", "is_good"),
    [
        (UTC_1970, False, True),
        (UTC_1970, True, True),
        (days(500), False, True),
        (days(399), True, True),
        (days(500), True, False),
    ],
)
def test_clocks_that_are_wrong(
    province: Province, reader: Reader, wall: datetime, synchronised: bool, is_good: bool
) -> None:
    clock = reader.clock(wall, synchronised=synchronised)
    carrier = DirectoryCarrier(province.tree)
    before = reader.fingerprint()
    if is_good:
        assert refresh(reader.site.trust, carrier, clock).archives
    else:
        with pytest.raises(ExpiredRepositoryError, match="run out"):
            refresh(reader.site.trust, carrier, clock)
        assert reader.fingerprint() == before


def test_a_frozen_list_expires_by_the_signed_time(province: Province, reader: Reader) -> None:
    assert reader.clock(BUILT).reading().floor > BUILT
    reader.clock().raise_to_signed(days(401))
    with pytest.raises(ExpiredRepositoryError):
        reader.sync(DirectoryCarrier(province.tree))


def test_a_point_without_a_root_says_what_to_do(province: Province, tmp_path: Path) -> None:
    with pytest.raises(NotTrustedError, match="--root"):
        TrustStore(tmp_path / "t").root()


def test_another_root_is_never_taken_silently(
    province: Province, reader: Reader, tmp_path: Path
) -> None:
    other = Province(tmp_path / "other")
    pin(reader.site.trust, province.root)
    with pytest.raises(ContentError, match="another province"):
        pin(reader.site.trust, other.root)
    with pytest.raises(ContentError, match="cannot be used"):
        pin(TrustStore(tmp_path / "t"), b"{}")


def test_a_sign_in_page_is_told_from_a_damaged_file(province: Province, reader: Reader) -> None:
    with web(province.tree) as server:
        server.portal = True
        before = reader.fingerprint()
        with pytest.raises(CaptivePortalError, match="sign in"):
            reader.sync(HttpCarrier(server.address))
        server.portal, server.redirect = False, "http://portal.invalid/login"
        with pytest.raises(CaptivePortalError, match=r"portal\.invalid"):
            reader.sync(HttpCarrier(server.address))
        assert reader.fingerprint() == before
        server.redirect = server.address + "/loop"
        with pytest.raises(CarrierError, match="circle"):
            reader.sync(HttpCarrier(server.address))


def test_paths_never_leave_the_stick(tmp_path: Path) -> None:
    (tmp_path / "stick/metadata").mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    carrier = DirectoryCarrier(tmp_path / "stick")
    for path in ("../secret", "metadata/../../secret", "/etc/hostname", "metadata/", "", "a//b"):
        with pytest.raises(MissingFileError):
            read_whole(carrier, path, 100)


def test_a_folder_without_signed_content_says_so(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no signed content"):
        find_repository(tmp_path)
    (tmp_path / "diemdoc/metadata").mkdir(parents=True)
    assert find_repository(tmp_path) == tmp_path / "diemdoc"
