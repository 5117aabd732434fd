"""What we use of tuf behind its public face is still there; the conformance client speaks."""

import inspect
from pathlib import Path

import pytest
from click.testing import CliRunner
from tuf.api.exceptions import ExpiredMetadataError
from tuf.ngclient import Updater

from content.repository.metadata import CarrierFetcher, DurableUpdater
from content.repository.volume import DirectoryCarrier
from kiosk.cli import cli
from tests.content.sync.province_desk import Province, days, media_archive, web


@pytest.fixture
def province(tmp_path: Path) -> Province:
    one = Province(tmp_path / "desk")
    media_archive(one.folder() / "a.zim", {"a.jpg": b"a" * 5000})
    one.publish()
    return one


def test_the_private_names_are_still_there() -> None:
    for name in ("_persist_file", "_update_root_symlink"):
        assert callable(getattr(Updater, name)), name
    source = inspect.getsource(Updater)
    for use in (
        "self._persist_file(",
        "self._update_root_symlink(",
        "self._trusted_set =",
        "self._dir",
    ):
        assert use in source, use
    assert source.count("open(") == source.count('"rb"') + 1, "tuf writes a file that we do not see"


def test_the_given_time_decides(province: Province, tmp_path: Path) -> None:
    fetcher = CarrierFetcher(DirectoryCarrier(province.tree), "carrier:/")
    for day, is_good in ((399, True), (402, False)):
        folder = tmp_path / str(day)
        folder.mkdir()
        updater = DurableUpdater(
            folder, "carrier:/metadata", fetcher, bootstrap=province.root, now=days(day)
        )
        if is_good:
            updater.refresh()
            assert updater.roles() == ["sach"]
        else:
            with pytest.raises(ExpiredMetadataError):
                updater.refresh()


def test_the_conformance_client(province: Province, tmp_path: Path) -> None:
    where = ["repository", "conformance-client", "--metadata-dir", str(tmp_path / "m")]
    run = CliRunner()
    root = str(province.tree / "metadata/1.root.json")
    assert run.invoke(cli, [*where, "init", root]).exit_code == 0
    with web(province.tree) as server:
        where += ["--metadata-url", server.address + "/metadata"]
        assert run.invoke(cli, [*where, "refresh"]).exit_code == 0
        assert (tmp_path / "m/timestamp.json").exists()
        assert (tmp_path / "m/root.json").exists()
        where += ["--target-base-url", server.address + "/targets"]
        where += ["--target-dir", str(tmp_path / "t")]
        for name, status in (("sach/a.zim", 0), ("sach/none.zim", 1)):
            done = run.invoke(cli, [*where, "--target-name", name, "download"])
            assert done.exit_code == status
        asked = len(server.requests)
        run.invoke(cli, [*where, "--target-name", "sach/a.zim", "download"])
        assert not any("targets" in one and ".zim" in one for one in server.requests[asked:])
        (file,) = (tmp_path / "t").iterdir()
        assert file.read_bytes() == (province.folder() / "a.zim").read_bytes()
        (province.tree / "metadata/timestamp.json").write_bytes(b"{}")
        assert run.invoke(cli, [*where, "refresh"]).exit_code == 1
