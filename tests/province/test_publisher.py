"""A release is whole or was not made; the same desk gives the same targets; by stick and bucket."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner
from moto.server import ThreadedMotoServer

from content.errors import MissingFileError
from content.repository.http import HttpCarrier
from content.repository.volume import DirectoryCarrier
from content.sync.standing import standing_of, to_body
from kiosk.cli import cli
from province.bucket import upload
from province.errors import PublishError
from province.keys import load_key, make_key
from province.publisher import publish
from province.release import Release
from province.volume import lacking, write_volume
from tests.content.sync.province_desk import NOW, Province, Reader, media_archive, quiet

TWO = (
    '[[collection]]\nid = "one"\npriority = 90\n[[collection]]\nid = "two"\ncommunes = ["03390"]\n'
)


@pytest.fixture
def province(tmp_path: Path) -> Province:
    one = Province(tmp_path / "desk", collections=TWO)
    media_archive(one.folder("one") / "a.zim", {"a.jpg": b"a" * 5000})
    media_archive(one.folder("two") / "b.zim", {"b.jpg": b"b" * 5000})
    return one


def files(tree: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(tree)): one.read_bytes() for one in tree.rglob("*") if one.is_file()
    }


def test_a_dry_run_says_what_the_real_one_does_and_writes_nothing(province: Province) -> None:
    before = files(province.tree)
    planned = publish(province.desk, None, NOW, report=quiet)
    assert files(province.tree) == before
    assert planned == province.publish()
    assert [(one.path, one.did) for one in planned] == [
        ("one/a.zim", "added"),
        ("two/b.zim", "added"),
    ]


def test_publishing_again_changes_nothing(province: Province) -> None:
    province.publish()
    before = files(province.tree)
    assert {one.did for one in province.publish()} == {"kept"}
    assert files(province.tree) == before


def test_the_same_archives_give_the_same_targets(province: Province, tmp_path: Path) -> None:
    province.publish()
    twin = Province(tmp_path / "twin", collections=TWO)
    for collection, name in (("one", "a"), ("two", "b")):
        data = (province.folder(collection) / f"{name}.zim").read_bytes()
        (twin.folder(collection) / f"{name}.zim").write_bytes(data)
    twin.publish()
    names = {name for name in files(province.tree) if name.startswith("targets/")}
    assert names == {name for name in files(twin.tree) if name.startswith("targets/")}
    assert len(names) == 4


def test_only_what_changed_is_signed_anew(province: Province) -> None:
    province.publish()
    media_archive(province.folder("one") / "c.zim", {"c.jpg": b"c"})
    province.publish()
    release = Release.load(province.desk, NOW)
    versions = {role: one.signed.version for role, one in release.roles.items()}
    assert versions == {"targets": 2, "one": 2, "two": 1}


def test_a_run_that_broke_off_is_gone_on_with(
    province: Province, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Release, "save", stop)
        with pytest.raises(KeyboardInterrupt):
            province.publish()
    reader = Reader(tmp_path / "point", province)
    assert reader.sync(DirectoryCarrier(province.tree)).plan.actions == ()
    province.publish()
    assert len(reader.sync(DirectoryCarrier(province.tree)).plan.actions) == 2


def test_a_broken_archive_and_a_name_twice_are_refused(province: Province) -> None:
    before = files(province.tree)
    broken = province.folder("one") / "broken.zim"
    broken.write_bytes(b"ZIM" * 100)
    with pytest.raises(PublishError, match=r"broken\.zim"):
        province.publish()
    broken.unlink()
    media_archive(province.folder("two") / "a.zim", {"x.jpg": b"x"})
    with pytest.raises(PublishError, match="two collections"):
        province.publish()
    assert {name for name in before if "metadata" in name} == {
        name for name in files(province.tree) if "metadata" in name
    }


def test_archives_where_nothing_would_publish_them_are_told(province: Province) -> None:
    province.publish()
    before = files(province.tree)
    media_archive(province.folder("three") / "c.zim", {"c.jpg": b"c" * 5000})
    with pytest.raises(PublishError, match=r"three: holds archives, but desk.toml names no"):
        province.publish()
    assert files(province.tree) == before


def test_retiring_the_unknown_is_refused(province: Province) -> None:
    province.publish()
    with pytest.raises(PublishError, match="nope"):
        province.publish(retire=["nope"])


def test_a_stick_of_one_collection_says_what_it_lacks(province: Province, tmp_path: Path) -> None:
    province.publish()
    stick = tmp_path / "stick"
    stick.mkdir()
    release = Release.load(province.desk, NOW)
    write_volume(province.tree, release, stick, report=quiet, wanted=["one"])
    reader = Reader(tmp_path / "point", province)
    assert reader.sync(DirectoryCarrier(stick / "diemdoc")).failed == {}
    write_volume(province.tree, release, stick, report=quiet, wanted=["two"])
    assert not list((stick / "diemdoc/targets/one").glob("*.zim"))


def test_a_stick_for_one_point_holds_what_it_lacks(tmp_path: Path) -> None:
    more = {"all": "", "here": 'communes = ["03390"]', "big": "min_disk_gb = 1000"}
    collections = "".join(f'[[collection]]\nid = "{one}"\n{more[one]}\n' for one in more)
    province = Province(tmp_path / "desk", collections=collections)
    for collection in ("all", "here", "big"):
        for name in ("old", "new"):
            path = province.folder(collection) / f"{collection}-{name}.zim"
            media_archive(path, {"x.jpg": name.encode()})
    province.publish()
    release = Release.load(province.desk, NOW)
    held = {
        Path(path).stem: target.hashes["sha256"]
        for role in ("all", "here")
        for path, target in release.targets_of(role).items()
        if path.endswith("old.zim")
    }
    stands = replace(standing_of(tmp_path / "x", "03390", ()), archives=held)
    assert lacking(release, stands, 0) == {"all-new", "here-new"}
    assert lacking(release, replace(stands, commune=""), 0) == {"all-new"}
    assert lacking(release, replace(stands, collections=("here",)), 0) == {"here-new"}
    changed = replace(stands, archives={**held, "all-old": "0" * 64})
    assert lacking(release, changed, 0) == {"all-new", "all-old", "here-new"}
    assert lacking(release, replace(stands, free_bytes=0), 0) == set()
    report = tmp_path / "health.json"
    report.write_text(json.dumps({"signed": json.dumps({"body": to_body(stands)})}))
    stick = tmp_path / "stick"
    stick.mkdir()
    command = ["repository", "volume", str(province.desk.root), str(stick), "--for", str(report)]
    planned = json.loads(CliRunner().invoke(cli, [*command, "--dry-run", "--json"]).output)
    assert list(stick.iterdir()) == []
    assert CliRunner().invoke(cli, command).exit_code == 0
    written = [one for one in (stick / "diemdoc/targets").rglob("*") if one.is_file()]
    assert len(written) == len(planned["files"]) == 4
    assert sum(one.stat().st_size for one in written) == planned["size_bytes"]
    names = {one.name[65:] for one in written if one.suffix == ".zim"}
    assert names == {"all-new.zim", "here-new.zim"}
    report.write_text("[]")
    assert "no health report" in str(CliRunner().invoke(cli, command).exception)


def test_a_key_opens_with_its_pin_only(tmp_path: Path) -> None:
    made = make_key(tmp_path / "k.pem", "123456")
    assert load_key(tmp_path / "k.pem", "123456").public_key == made.public_key
    assert (tmp_path / "k.pem").stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in (tmp_path / "k.pem").read_bytes()
    with pytest.raises(PublishError, match="PIN"):
        load_key(tmp_path / "k.pem", "654321")
    with pytest.raises(PublishError, match="never overwritten"):
        make_key(tmp_path / "k.pem", "123456")
    with pytest.raises(PublishError, match="characters"):
        make_key(tmp_path / "l.pem", "123")


def test_the_commands_of_a_librarian(tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.write_text("123456\n")
    desk = tmp_path / "desk"
    run = CliRunner()

    def call(*words: str) -> str:
        done = run.invoke(cli, ["repository", *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    call("init", str(desk), "--name", "Lai Châu", "--pin-file", str(pin))
    with (desk / "desk.toml").open("a", encoding="utf-8") as file:
        file.write('[[collection]]\nid = "one"\n')
    (desk / "collections/one").mkdir(parents=True)
    media_archive(desk / "collections/one/a.zim", {"a.jpg": b"a"})
    for name in ("root-1", "root-2", "root-3"):
        (desk / f"keys/{name}.pem").unlink()
    assert "added" in call("publish", str(desk), "--dry-run")
    assert (
        json.loads(call("publish", str(desk), "--pin-file", str(pin), "--json"))[0]["did"]
        == "added"
    )
    assert "1 archives" in call("status", str(desk))
    media_archive(desk / "collections/one/b.zim", {"b.jpg": b"b"})
    assert "retired" in call("replace", str(desk), "a", "b", "--pin-file", str(pin))
    call("retire", str(desk), "b", "--pin-file", str(pin))
    assert "Nothing changed" in call("publish", str(desk), "--pin-file", str(pin))
    assert json.loads(call("status", str(desk), "--json"))["collections"] == {"one": 0}


@pytest.mark.filterwarnings("ignore")
def test_a_bucket_carries_it_too(
    province: Province, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    province.publish()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        address = "http://127.0.0.1:{1}".format(*server.get_host_and_port())
        client = boto3.client("s3", endpoint_url=address)
        client.create_bucket(Bucket="thu-vien")
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}],
        }
        client.put_bucket_policy(Bucket="thu-vien", Policy=json.dumps(policy))
        assert upload(client, province.tree, "thu-vien", "r", report=quiet) > 10_000
        again = upload(client, province.tree, "thu-vien", "r", report=quiet)
        assert again == (province.tree / "metadata/timestamp.json").stat().st_size
        reader = Reader(tmp_path / "point", province)
        result = reader.sync(HttpCarrier(f"{address}/thu-vien/r"))
        assert result.failed == {}
        assert {one.name: str(one.kind) for one in result.plan.actions} == {
            "a": "new",
            "b": "left-out",
        }
        with pytest.raises(MissingFileError):
            next(iter(HttpCarrier(f"{address}/thu-vien/r").stream("metadata/9.root.json")))
    finally:
        server.stop()
