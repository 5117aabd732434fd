"""A version of the software comes with the books, by wire or stick, and only waits."""

from dataclasses import replace
from pathlib import Path

import pytest

from content.errors import TamperedError
from content.repository.http import HttpCarrier
from content.repository.software import parse_software
from content.repository.volume import DirectoryCarrier
from content.sync.settings import SyncSettings
from content.sync.software import FOLDER, Installed, installed_here, waiting
from province.publisher import publish
from province.release import Release
from province.volume import write_volume
from tests.content.sync.province_desk import Province, Reader, media_archive, quiet, web
from tests.fakes.packages import make_package

HERE = Installed("1.0.0", "amd64", "3.11")


@pytest.fixture
def province(tmp_path: Path) -> Province:
    found = Province(tmp_path / "desk")
    (found.desk.root / "software").mkdir()
    media_archive(found.folder() / "a.zim", {"p.jpg": b"x" * 40_000})
    return found


@pytest.fixture
def reader(tmp_path: Path, province: Province) -> Reader:
    found = Reader(tmp_path / "point", province)
    found.site = replace(found.site, installed=HERE)
    return found


def put(province: Province, version: str, architecture: str = "amd64") -> Path:
    return make_package(province.desk.root / "software", version, architecture)


def held(reader: Reader) -> list[Path]:
    return sorted((reader.site.root / FOLDER).glob("*.deb"))


def test_it_comes_by_a_stick_with_the_books(
    province: Province, reader: Reader, tmp_path: Path
) -> None:
    package = put(province, "1.1.0")
    put(province, "1.2.0", "arm64")
    put(province, "0.9.0")
    province.publish()
    write_volume(province.tree, Release.load(province.desk, province.now), tmp_path, report=quiet)
    for _ in range(2):
        result = reader.sync(DirectoryCarrier(tmp_path / "diemdoc"))
        assert (result.software, result.failed) == ("1.1.0", {})
        assert [one.read_bytes() for one in held(reader)] == [package.read_bytes()]
        assert waiting(reader.site.root) == "1.1.0"
    assert result.plan.is_empty


def test_it_comes_by_wire_and_goes_on_where_it_stopped(province: Province, reader: Reader) -> None:
    package = put(province, "1.1.0")
    province.publish()
    with web(province.tree) as server:
        reader.sync(HttpCarrier(server.address))
        # The link of the next version breaks off again and again.
        package.unlink()
        package = make_package(package.parent, "1.1.1", size_bytes=2_000_000)
        size = package.stat().st_size
        province.publish()
        server.cut_every = server.cut_left = 700_000
        result = reader.sync(HttpCarrier(server.address))
    assert result.software == "1.1.1"
    assert held(reader)[0].read_bytes() == package.read_bytes()
    assert len(held(reader)) == 1  # the one that waited before is gone
    assert result.tally.fetched_bytes < 2 * size


def test_other_bytes_never_wait_and_the_books_come_all_the_same(
    province: Province, reader: Reader
) -> None:
    put(province, "1.1.0")
    province.publish()
    (stored,) = (province.tree / "targets/software").glob("*.deb")
    stored.write_bytes(stored.read_bytes()[:-9] + b"different")
    result = reader.sync(DirectoryCarrier(province.tree))
    assert result.software == ""
    assert "other bytes than the province signed" in result.failed["diemdoc_1.1.0_amd64_py3.11"]
    assert (held(reader), waiting(reader.site.root)) == ([], "")
    assert result.generation == 1


@pytest.mark.parametrize(
    "site",
    [
        {"installed": None},
        {"installed": Installed("1.1.0", "amd64", "3.11")},
        {"installed": Installed("2.0", "amd64", "3.11")},
        {"installed": Installed("1.0.0", "amd64", "3.13")},
        {"settings": SyncSettings(software="none")},
    ],
)
def test_what_is_not_for_this_machine_is_not_fetched(
    province: Province, reader: Reader, site: dict[str, object]
) -> None:
    put(province, "1.1.0")
    province.publish()
    reader.site = replace(reader.site, **site)  # type: ignore[arg-type]
    assert reader.sync(DirectoryCarrier(province.tree)).software == ""
    assert held(reader) == []


def test_a_checkout_is_no_installed_package() -> None:
    assert installed_here() is None


def test_a_retired_version_is_offered_no_more(province: Province, reader: Reader) -> None:
    put(province, "1.1.0")
    put(province, "1.2.0")
    province.publish()
    province.publish(retire=["diemdoc_1.2.0_amd64_py3.11"])
    province.publish()  # it does not come back from the desk
    assert reader.sync(DirectoryCarrier(province.tree)).software == "1.1.0"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"software/other_1.0_amd64_py3.11.deb": 5}, "which has no place"),
        ({"software/diemdoc_1.0~a_amd64_py3.11.deb": 5}, "which has no place"),
        ({"software/diemdoc_1.0_mips_py3.11.deb": 5}, "which has no place"),
        ({"sach/diemdoc_1.0_amd64_py3.11.deb": 5}, "which has no place"),
        ({"software/diemdoc_1.0_amd64_py3.11.deb": 2 << 30}, "too large to be a package"),
        ({"software/diemdoc_1.0_amd64_py3.11.deb": 0}, "0 bytes cannot be"),
        ({f"software/diemdoc_1.{n}_amd64_py3.11.deb": 5 for n in range(201)}, "more versions"),
    ],
)
def test_a_stolen_key_cannot_sign_what_cannot_be(raw: dict[str, int], words: str) -> None:
    with_maps = {path: (size, "00" * 32, None) for path, size in raw.items()} | {
        f"{path}.map": (40, "00" * 32, None) for path in raw
    }
    with pytest.raises(TamperedError, match=words):
        parse_software(with_maps)


def test_a_point_of_a_province_without_software_is_as_before(
    province: Province, reader: Reader
) -> None:
    province.publish()
    assert reader.sync(DirectoryCarrier(province.tree)).software == ""
    assert publish(province.desk, province.keys, province.now, report=quiet)[0].did == "kept"
