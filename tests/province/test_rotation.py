"""A revoked key counts for nothing; two root keys change any other, one does not."""

import shutil
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner

from content.errors import TamperedError
from content.repository.volume import DirectoryCarrier
from province.errors import PublishError
from province.rotation import newest_root, rotate, sign_anew
from tests.content.sync.province_desk import Province, Reader, media_archive


@pytest.fixture
def province(tmp_path: Path) -> Province:
    one = Province(tmp_path / "desk")
    media_archive(one.folder() / "a.zim", {"a.jpg": b"a" * 5000})
    one.publish()
    return one


def change(province: Province, name: str, roots: list[CryptoSigner]) -> CryptoSigner:
    new = CryptoSigner.generate_ed25519()
    rotate(province.desk, name, new, roots, province.now)
    targets, online = province.keys
    if name == "targets":
        targets = new
    if name == "online":
        online = new
    province.keys = (targets, online)
    sign_anew(province.desk, *province.keys, province.now)
    return new


@pytest.mark.parametrize("name", ["targets", "online", "root-2"])
def test_points_follow_a_change_of_keys(province: Province, tmp_path: Path, name: str) -> None:
    reader = Reader(tmp_path / "point", province)
    reader.sync(DirectoryCarrier(province.tree))
    change(province, name, [province.roots[0], province.roots[2]])
    media_archive(province.folder() / "b.zim", {"b.jpg": b"b" * 5000})
    province.publish()
    assert len(reader.sync(DirectoryCarrier(province.tree)).plan.actions) == 2
    fresh = Reader(tmp_path / "fresh", province)
    assert fresh.sync(DirectoryCarrier(province.tree)).failed == {}


@pytest.mark.parametrize("place", [0, 1])
def test_what_a_revoked_key_signs_is_refused(
    province: Province, tmp_path: Path, place: int
) -> None:
    reader = Reader(tmp_path / "point", province)
    thief = Province.__new__(Province)
    thief.desk, thief.keys = type(province.desk)(tmp_path / "thief"), province.keys
    change(province, "targets" if place == 0 else "online", province.roots[:2])
    reader.sync(DirectoryCarrier(province.tree))
    shutil.copytree(province.desk.root, thief.desk.root)
    media_archive(thief.folder() / "evil.zim", {"b.jpg": b"b"})
    mixed = list(province.keys)
    mixed[place] = thief.keys[place]
    thief.keys, thief.now = (mixed[0], mixed[1]), province.now
    thief.publish()
    before = reader.fingerprint()
    with pytest.raises(TamperedError):
        reader.sync(DirectoryCarrier(thief.tree))
    assert reader.fingerprint() == before


def test_one_root_key_changes_nothing(province: Province) -> None:
    new = CryptoSigner.generate_ed25519()
    with pytest.raises(PublishError, match="two of the three"):
        rotate(province.desk, "targets", new, province.roots[:1], province.now)
    with pytest.raises(PublishError, match="two of the three"):
        rotate(province.desk, "root-1", new, [province.roots[1], new], province.now)
    assert newest_root(province.desk).signed.version == 1


def test_a_revoked_root_key_no_longer_counts(province: Province) -> None:
    new = change(province, "root-3", province.roots[:2])
    with pytest.raises(PublishError, match="two of the three"):
        rotate(province.desk, "online", new, [province.roots[0], province.roots[2]], province.now)
    rotate(
        province.desk,
        "root-1",
        CryptoSigner.generate_ed25519(),
        [province.roots[1], new],
        province.now,
    )
