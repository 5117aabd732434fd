"""A point takes from its neighbour what the neighbour holds, and from the next source the rest."""

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from content.errors import RepositoryError
from content.library import change
from content.repository.carrier import Carrier
from content.repository.http import HttpCarrier
from content.repository.volume import DirectoryCarrier
from content.store.generation import current
from content.store.layout import StoreLayout
from content.sync.software import FOLDER, Installed
from tests.content.sync.province_desk import (
    NOW,
    Province,
    Reader,
    media_archive,
    quiet,
    web,
)
from tests.fakes.packages import make_package
from tests.kiosk.serving.conftest import Served, serving

RANDOM = random.Random(6)
ITEMS = {f"p{number}.jpg": RANDOM.randbytes(300_000) for number in range(12)}


@pytest.fixture
def province(tmp_path: Path) -> Province:
    found = Province(tmp_path / "desk")
    media_archive(found.folder() / "a.zim", ITEMS)
    media_archive(found.folder() / "b.zim", {"b.jpg": RANDOM.randbytes(200_000)})
    found.publish()
    return found


@pytest.fixture
def neighbour(province: Province, tmp_path: Path) -> Reader:
    """Return a point that holds all of the first release, and an archive of its own."""
    reader = Reader(tmp_path / "neighbour", province)
    reader.sync(DirectoryCarrier(province.tree))
    own = media_archive(tmp_path / "own.zim", {"own.jpg": b"own"})
    change.add(reader.site.root, [own], now=NOW, report=quiet, floor_bytes=0)
    return reader


def test_a_version_of_the_software_comes_from_the_neighbour_too(
    province: Province, tmp_path: Path
) -> None:
    (province.desk.root / "software").mkdir()
    package = make_package(province.desk.root / "software", "1.1.0")
    province.publish()
    here = Installed("1.0.0", "amd64", "3.11")
    first, second = Reader(tmp_path / "n", province), Reader(tmp_path / "m", province)
    for one in (first, second):
        one.site = replace(one.site, installed=here)
    with sharing(first) as (_, carrier):
        with pytest.raises(RepositoryError):
            second.sync(carrier)  # it holds nothing yet
        first.sync(DirectoryCarrier(province.tree))
        assert second.sync(carrier).software == "1.1.0"
    (came,) = (second.site.root / FOLDER).glob("*.deb")
    assert came.read_bytes() == package.read_bytes()


@contextmanager
def sharing(reader: Reader) -> Iterator[tuple[Served, HttpCarrier]]:
    with serving(reader.site.root, trust=reader.site.state / "trust") as point:
        yield point, HttpCarrier(f"http://127.0.0.1:{point.port}/repository")


def held(reader: Reader) -> set[str]:
    return {path.name for path in (reader.site.root / "archives").glob("*.zim")}


def test_everything_held_comes_from_the_neighbour(
    province: Province, neighbour: Reader, tmp_path: Path
) -> None:
    reader = Reader(tmp_path / "point", province)
    with sharing(neighbour) as (_, carrier):
        result = reader.sync(carrier)
    assert result.failed == {}
    assert held(reader) == {one for one in held(neighbour) if not one.startswith("own")}
    assert len(list((tmp_path / "point/library/archives").glob("*.map"))) == 2


def test_what_the_neighbour_lacks_comes_from_the_next_source(
    province: Province, neighbour: Reader, tmp_path: Path
) -> None:
    (province.folder() / "a.zim").unlink()
    media_archive(province.folder() / "a.zim", {**ITEMS, "new.jpg": RANDOM.randbytes(300_000)})
    province.publish()
    reader = Reader(tmp_path / "point", province)
    with sharing(neighbour) as (_, near), web(province.tree) as server:
        result = reader.sync(near, HttpCarrier(server.address))
        asked = [one for one in server.requests if one.startswith("/targets/")]
    assert result.failed == {}
    assert all(".a.zim" in one for one in asked), "b is held by the neighbour"
    assert asked
    # The neighbour lagged behind; the newest list of any source is what counts.
    assert result.plan.actions[0].target is not None
    assert (province.tree / result.plan.actions[0].target.stored).exists()
    assert {one[0] for one in held(reader)} == {"a", "b"}


def test_an_older_neighbour_and_a_dead_one_do_not_stop_the_province(
    province: Province, neighbour: Reader, tmp_path: Path
) -> None:
    reader = Reader(tmp_path / "point", province)
    reader.sync(DirectoryCarrier(province.tree))
    media_archive(province.folder() / "c.zim", {"c.jpg": b"c"})
    province.publish()
    dead = HttpCarrier("http://127.0.0.1:9/repository")
    other = Province(tmp_path / "other", name="Sơn La")
    with sharing(neighbour) as (_, near):
        carriers: list[Carrier] = [
            dead,
            near,
            DirectoryCarrier(other.tree),
            DirectoryCarrier(province.tree),
        ]
        began = time.monotonic()
        result = reader.sync(*carriers)
    assert result.failed == {}
    assert any(one.startswith("c-") for one in held(reader))
    assert time.monotonic() - began < 10, "the dead one is asked once, not for every archive"


def test_wrong_bytes_of_a_neighbour_are_found_and_taken_elsewhere(
    province: Province, neighbour: Reader, tmp_path: Path
) -> None:
    reader = Reader(tmp_path / "point", province)
    (path,) = (neighbour.site.root / "archives").glob("a-*.zim")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with sharing(neighbour) as (_, near):
        assert "other bytes" in reader.sync(near).failed["a"]
        before = reader.site.root / "incoming"
        kept = max(one.stat().st_size for one in before.iterdir())
        result = reader.sync(near, DirectoryCarrier(province.tree))
    assert result.failed == {}
    assert kept > 1_000_000
    assert result.tally.resumed_bytes > 1_000_000


def test_only_what_was_published_is_given_away(neighbour: Reader) -> None:
    archives = {one.name: one for one in current(StoreLayout(neighbour.site.root)).archives}
    own, a = archives["own"], archives["a"]
    with sharing(neighbour) as (point, _):
        for path, status in {
            f"targets/sach/{a.sha256}.a.zim": 200,
            f"targets/sach/{own.sha256}.own.zim": 404,
            f"targets/sach/{a.sha256}.b.zim": 404,
            f"targets/sach/{'0' * 64}.a.zim.map": 404,
            "targets/sach/../../current": 404,
            "metadata/timestamp.json": 200,
            "metadata/1.root.json": 200,
            "metadata/2.root.json": 404,
            "metadata/99.snapshot.json": 404,
            "metadata/..%2fclock.json": 404,
            "metadata/0.x.json": 404,
            "": 404,
        }.items():
            assert point.get(f"/repository/{path}")[0].status == status, path
        whole = f"/repository/targets/sach/{a.sha256}.a.zim"
        answer, body = point.get(whole, {"Range": "bytes=100-199"})
        assert (answer.status, len(body)) == (206, 100)
        assert answer.getheader("Content-Range") == f"bytes 100-199/{a.size_bytes}"
        assert point.get(whole, {"Range": f"bytes={a.size_bytes}-"})[0].status == 416
        assert point.get(whole, method="HEAD")[1] == b""


def test_nothing_is_shared_unless_it_is_set_and_a_province_is_trusted(
    neighbour: Reader, tmp_path: Path
) -> None:
    with serving(neighbour.site.root) as point:
        assert point.get("/repository/metadata/timestamp.json")[0].status == 404
    with serving(neighbour.site.root, trust=tmp_path / "none") as point:
        assert point.get("/repository/metadata/timestamp.json")[0].status == 404


def test_two_points_as_they_run(province: Province, neighbour: Reader, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "root.json").write_bytes(province.root)
    settings = f"""
        [kiosk]
        library = "{neighbour.site.root}"
        state = "{neighbour.site.state}"
        content_bind = "127.0.0.1:{port}"
        share = true
        """
    (tmp_path / "neighbour.toml").write_text(settings)
    ours = [sys.executable, "-m", "kiosk"]
    serve = [*ours, "serve", "--part", "content", "--config", str(tmp_path / "neighbour.toml")]
    plain = {name: value for name, value in os.environ.items() if name != "DIEMDOC_CONFIG"}
    with subprocess.Popen(serve, stderr=subprocess.DEVNULL) as server:
        try:
            until = time.monotonic() + 20
            while time.monotonic() < until:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            source = f"http://127.0.0.1:{port}/repository"
            command = [*ours, "sync", "--library", str(tmp_path / "new/library")]
            command += ["--root", str(tmp_path / "root.json"), "--from", source, "--json"]
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=40, env=plain, check=False
            )
        finally:
            server.terminate()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["failed"] == {}
    assert len(list((tmp_path / "new/library/archives").glob("*.zim"))) == 2
