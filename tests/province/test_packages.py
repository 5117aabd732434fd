"""A package is published under what it says of itself, once for ever, or refused in plain words."""

import json
from pathlib import Path

import pytest

from content.repository.software import order
from content.sync.standing import Standing
from province.errors import PublishError
from province.packages import Package, name_of, read_package
from province.publisher import publish
from province.release import Release
from province.volume import lacking
from tests.content.sync.province_desk import Province, quiet
from tests.fakes.packages import make_package


@pytest.fixture
def province(tmp_path: Path) -> Province:
    found = Province(tmp_path / "desk", collections="# none\n")
    (found.desk.root / "software").mkdir()
    return found


def software(province: Province) -> Path:
    return province.desk.root / "software"


@pytest.mark.parametrize("packed", ["", ".gz", ".xz", ".zst"])
def test_a_package_says_what_it_is(tmp_path: Path, packed: str) -> None:
    path = make_package(tmp_path, "1.4.0", "arm64", "3.13", packed=packed)
    assert read_package(path) == Package("1.4.0", "arm64", "3.13")
    assert name_of(path) == "diemdoc_1.4.0_arm64_py3.13"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "does not begin as one"),
        (b"PK\3\4", "does not begin as one"),
        (b"!<arch>\n", "it has no control part"),
        (b"!<arch>\n" + b"control.tar.gz".ljust(48) + b"5".ljust(10) + b"`\nabcde", "not whole"),
        (b"!<arch>\n" + b"control.tar.zst".ljust(48) + b"5".ljust(10) + b"`\nabcde", "not whole"),
        (b"!<arch>\n" + b"control.tar.xz".ljust(48) + b"5".ljust(10) + b"`\nabcde", "not whole"),
        (b"!<arch>\n" + b"control.tar.lz".ljust(48) + b"5".ljust(10) + b"`\nabcde", "not whole"),
        (b"!<arch>\n" + b"control.tar.gz".ljust(48) + b"9999999".ljust(10) + b"`\n", "too large"),
        (b"!<arch>\n" + b"x".ljust(60), "is no package, or not whole"),
    ],
)
def test_what_is_no_package_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "a.deb"
    path.write_bytes(data)
    with pytest.raises(PublishError, match=words):
        read_package(path)


@pytest.mark.parametrize(
    ("package", "words"),
    [
        (("1.0.0", "mips"), "amd64 and arm64 are published"),
        (("1.0.0rc1",), "is no version: numbers and dots"),
    ],
)
def test_what_no_point_would_take_is_not_signed(
    province: Province, package: tuple[str, ...], words: str
) -> None:
    make_package(software(province), *package)
    before = sorted(province.tree.rglob("*"))
    with pytest.raises(PublishError, match=words):
        province.publish()
    assert sorted(province.tree.rglob("*")) == before


def test_a_package_of_others_is_refused(province: Province) -> None:
    make_package(software(province), "1.0.0", name="other")
    with pytest.raises(PublishError, match="is no package of this software"):
        province.publish()


def test_a_version_is_one_thing_for_ever(province: Province) -> None:
    path = make_package(software(province), "1.0.0")
    assert [one.did for one in province.publish()] == ["added"]
    assert [one.did for one in province.publish()] == ["kept"]
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(PublishError, match=r"1\.0\.0 is published with other bytes"):
        province.publish()


def test_a_dry_run_puts_nothing_into_the_tree(province: Province) -> None:
    make_package(software(province), "1.0.0")
    before = sorted(province.tree.rglob("*"))
    changes = publish(province.desk, None, province.now, report=quiet)
    assert [one.did for one in changes] == ["added"]
    assert sorted(province.tree.rglob("*")) == before


def test_no_collection_may_be_called_so(province: Province) -> None:
    province.desk.settings.write_text('[[collection]]\nid = "software"\n', encoding="utf-8")
    with pytest.raises(PublishError, match="collection id 'software'"):
        province.publish()


@pytest.mark.parametrize(
    ("installed", "is_lacking"), [("0.9", True), ("1.0.0", False), ("x", False)]
)
def test_a_stick_for_one_point_holds_what_it_lacks(
    province: Province, installed: str, is_lacking: bool
) -> None:
    make_package(software(province), "1.0.0")
    province.publish()
    release = Release.load(province.desk, province.now)
    standing = Standing(installed, 0, {}, 0, 10**10, 10**10)
    assert ("diemdoc_1.0.0_amd64_py3.11" in lacking(release, standing)) is is_lacking


def test_the_list_is_of_its_own_role(province: Province) -> None:
    make_package(software(province), "1.0.0")
    province.publish()
    (path,) = (province.tree / "metadata").glob("*.software.json")
    targets = json.loads(path.read_bytes())["signed"]["targets"]
    assert sorted(targets) == [
        "software/diemdoc_1.0.0_amd64_py3.11.deb", "software/diemdoc_1.0.0_amd64_py3.11.deb.map",
    ]  # fmt: skip
    assert order("1.0.0") > order("0.9")
