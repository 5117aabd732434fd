"""The conformance client takes what the TUF specification lets it take, and nothing else.

Each case changes a good repository in one way and says whether a refresh must end well, and which
versions count afterwards. The cases are those of the specification's client workflow (section 5);
the public suite is not on any package registry, so it is not run here.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from securesystemslib.signer import CryptoSigner, Signer
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from kiosk.cli import cli
from tests.content.sync.province_desk import Web, web

FUTURE = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
PAST = datetime(2020, 1, 1, tzinfo=UTC)
ROLES = ("root", "timestamp", "snapshot", "targets")


class Repository:
    """A repository whose every file can be spoilt before it is written."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        (tree / "metadata").mkdir(parents=True)
        self.keys: dict[str, list[Signer]] = {
            role: [CryptoSigner.generate_ed25519()] for role in ROLES
        }
        self.root = Root(expires=FUTURE, consistent_snapshot=True)
        for role in ROLES:
            self.root.add_key(self.keys[role][0].public_key, role)
        self.timestamp = Timestamp(expires=FUTURE)
        self.snapshot = Snapshot(expires=FUTURE)
        self.targets = Targets(expires=FUTURE)
        self.delegated: dict[str, Targets] = {}
        self.write_root()
        self.write()

    def signed(self, role: str, content: Any) -> bytes:
        metadata: Metadata[Any] = Metadata(content)
        for key in self.keys.get(role, self.keys["targets"]):
            metadata.sign(key, append=True)
        return metadata.to_bytes()

    def put(self, name: str, data: bytes) -> None:
        (self.tree / "metadata" / quote(name, safe="")).write_bytes(data)

    def write_root(self) -> None:
        self.put(f"{self.root.version}.root.json", self.signed("root", self.root))

    def next_root(self) -> None:
        self.root.version += 1
        self.write_root()

    def write(self) -> None:
        for name, content in {"targets": self.targets, **self.delegated}.items():
            self.put(f"{content.version}.{name}.json", self.signed(name, content))
            self.snapshot.meta[f"{name}.json"] = MetaFile(content.version)
        data = self.signed("snapshot", self.snapshot)
        self.put(f"{self.snapshot.version}.snapshot.json", data)
        self.timestamp.snapshot_meta = MetaFile(self.snapshot.version)
        self.put("timestamp.json", self.signed("timestamp", self.timestamp))

    def release(self) -> None:
        for content in (self.timestamp, self.snapshot, self.targets):
            content.version += 1
        self.write()

    def add_target(self, role: Targets, path: str, data: bytes) -> None:
        digest = hashlib.sha256(data).hexdigest()
        role.targets[path] = TargetFile(len(data), {"sha256": digest}, path)
        folder, _, name = path.rpartition("/")
        at = self.tree / "targets" / folder / f"{digest}.{name}"
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(data)

    def delegate(
        self, parent: Targets, name: str, paths: list[str], *, ends: bool = False
    ) -> Targets:
        key = self.keys["targets"][0].public_key
        if parent.delegations is None:
            parent.delegations = Delegations({key.keyid: key}, {})
        assert parent.delegations.roles is not None
        role = DelegatedRole(name, [key.keyid], 1, ends, paths=paths)
        parent.delegations.roles[name] = role
        self.delegated[name] = Targets(expires=FUTURE)
        return self.delegated[name]


class Client:
    """The client under test, as the suite runs it."""

    def __init__(self, folder: Path, server: Web, root: Path) -> None:
        self.folder = folder
        self.server = server
        self.metadata, self.targets = folder / "metadata", folder / "targets"
        assert self.run("init", str(root)) == 0
        assert server.requests == []

    def run(self, *words: str) -> int:
        command = ["repository", "conformance-client", "--metadata-dir", str(self.metadata)]
        command += ["--metadata-url", f"{self.server.address}/metadata"]
        return CliRunner().invoke(cli, [*command, *words]).exit_code

    def refresh(self) -> int:
        return self.run("refresh")

    def download(self, path: str) -> int:
        where = ["--target-name", path, "--target-base-url", f"{self.server.address}/targets"]
        return self.run(*where, "--target-dir", str(self.targets), "download")

    def version(self, role: str) -> int:
        path = self.metadata / f"{role}.json"
        return json.loads(path.read_bytes())["signed"]["version"] if path.exists() else 0

    def versions(self) -> dict[str, int]:
        return {role: self.version(role) for role in ROLES}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "tree")


@pytest.fixture
def client(repository: Repository, tmp_path: Path) -> Iterator[Client]:
    with web(repository.tree) as server:
        yield Client(tmp_path / "client", server, repository.tree / "metadata/1.root.json")


def older(name: str) -> Callable[[Repository], None]:
    def change(one: Repository) -> None:
        one.release()
        content = getattr(one, name)
        content.version -= 2
        one.write()

    return change


def expired(name: str) -> Callable[[Repository], None]:
    def change(one: Repository) -> None:
        getattr(one, name).expires = PAST
        one.release()
        one.next_root()

    return change


def unsigned(name: str) -> Callable[[Repository], None]:
    def change(one: Repository) -> None:
        one.keys[name] = [CryptoSigner.generate_ed25519()]
        if name == "root":
            one.next_root()
        one.release()

    return change


def garbled(name: str) -> Callable[[Repository], None]:
    def change(one: Repository) -> None:
        one.release()
        for path in (one.tree / "metadata").glob(f"*{name}.json"):
            if path.name != "1.root.json":
                path.write_bytes(b"{")

    return change


def skipped_root(one: Repository) -> None:
    one.root.version += 1
    one.next_root()
    (one.tree / "metadata/3.root.json").rename(one.tree / "metadata/2.root.json")


def two_root_keys_asked_for(one: Repository) -> None:
    one.keys["root"].append(CryptoSigner.generate_ed25519())
    one.root.add_key(one.keys["root"][1].public_key, "root")
    one.root.roles["root"].threshold = 2
    one.keys["root"] = one.keys["root"][:1] * 2
    one.next_root()


def snapshot_of_another_version(one: Repository) -> None:
    one.release()
    one.timestamp.version += 1
    one.timestamp.snapshot_meta = MetaFile(one.snapshot.version + 1)
    one.put("timestamp.json", one.signed("timestamp", one.timestamp))


def targets_left_out_of_the_snapshot(one: Repository) -> None:
    one.release()
    one.snapshot.version += 1
    one.timestamp.version += 1
    one.snapshot.meta = {"other.json": MetaFile(1)}
    one.put(f"{one.snapshot.version}.snapshot.json", one.signed("snapshot", one.snapshot))
    one.timestamp.snapshot_meta = MetaFile(one.snapshot.version)
    one.put("timestamp.json", one.signed("timestamp", one.timestamp))


def snapshot_of_other_bytes(one: Repository) -> None:
    one.release()
    one.timestamp.version += 1
    one.timestamp.snapshot_meta = MetaFile(one.snapshot.version, 10, {"sha256": "0" * 64})
    one.put("timestamp.json", one.signed("timestamp", one.timestamp))


def endless_timestamp(one: Repository) -> None:
    one.release()
    one.put("timestamp.json", (one.tree / "metadata/timestamp.json").read_bytes() + b" " * 99_000)


REFUSED = {
    "older timestamp": older("timestamp"),
    "older snapshot": older("snapshot"),
    "older targets": older("targets"),
    "expired root": expired("root"),
    "expired timestamp": expired("timestamp"),
    "expired snapshot": expired("snapshot"),
    "expired targets": expired("targets"),
    "root by a strange key": unsigned("root"),
    "timestamp by a strange key": unsigned("timestamp"),
    "snapshot by a strange key": unsigned("snapshot"),
    "targets by a strange key": unsigned("targets"),
    "garbled root": lambda one: one.put("2.root.json", b"{"),
    "garbled timestamp": garbled("timestamp"),
    "garbled snapshot": garbled("snapshot"),
    "garbled targets": garbled("targets"),
    "root that skips a version": skipped_root,
    "one key counted twice": two_root_keys_asked_for,
    "mix and match": snapshot_of_another_version,
    "no targets in the snapshot": targets_left_out_of_the_snapshot,
    "snapshot of other bytes": snapshot_of_other_bytes,
    "endless timestamp": endless_timestamp,
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_must_be_refused_changes_nothing_it_covers(
    repository: Repository, client: Client, name: str
) -> None:
    repository.release()
    assert client.refresh() == 0
    before = client.versions()
    REFUSED[name](repository)
    assert client.refresh() == 1
    after = client.versions()
    assert after["targets"] == before["targets"]
    assert all(after[role] >= before[role] for role in ROLES), "nothing goes back"


def test_new_versions_are_followed_and_old_files_not_asked_for_again(
    repository: Repository, client: Client
) -> None:
    assert client.refresh() == 0
    assert client.versions() == dict.fromkeys(ROLES, 1)
    before = len(client.server.requests)
    assert client.refresh() == 0
    asked = client.server.requests[before:]
    assert asked == ["/metadata/2.root.json", "/metadata/timestamp.json"]
    repository.release()
    repository.next_root()
    repository.next_root()
    assert client.refresh() == 0
    assert client.versions() == {"root": 3, "timestamp": 2, "snapshot": 2, "targets": 2}


def test_keys_change_by_roots_signed_by_old_and_new(repository: Repository, client: Client) -> None:
    assert client.refresh() == 0
    for role in ("timestamp", "snapshot", "targets", "root"):
        old, new = repository.keys[role][0], CryptoSigner.generate_ed25519()
        repository.root.revoke_key(old.public_key.keyid, role)
        repository.root.add_key(new.public_key, role)
        repository.keys[role] = [old, new] if role == "root" else [new]
        repository.next_root()
        if role == "root":
            repository.keys[role] = [new]
        repository.release()
        assert client.refresh() == 0, role
    repository.next_root()
    assert client.refresh() == 0
    assert client.version("root") == 6


def test_a_fast_forward_is_healed_by_new_keys(repository: Repository, client: Client) -> None:
    repository.timestamp.version = repository.snapshot.version = 99_999
    repository.write()
    assert client.refresh() == 0
    repository.timestamp.version = repository.snapshot.version = 1
    repository.write()
    assert client.refresh() == 1
    for role in ("timestamp", "snapshot"):
        new = CryptoSigner.generate_ed25519()
        repository.root.revoke_key(repository.keys[role][0].public_key.keyid, role)
        repository.root.add_key(new.public_key, role)
        repository.keys[role] = [new]
    repository.next_root()
    repository.write()
    assert client.refresh() == 0
    assert client.version("timestamp") == 1


def test_targets_come_by_delegation_in_order_of_trust(
    repository: Repository, client: Client
) -> None:
    books = repository.delegate(repository.targets, "books", ["books/*"])
    wide = repository.delegate(repository.targets, "wide", ["*/*"])
    deep = repository.delegate(books, "deep", ["books/deep-*"], ends=True)
    repository.delegate(books, "after", ["books/*"])
    repository.add_target(repository.targets, "top.txt", b"top")
    repository.add_target(books, "books/a.txt", b"a")
    repository.add_target(wide, "books/a.txt", b"another")
    repository.add_target(deep, "books/deep-1.txt", b"deep")
    repository.add_target(repository.delegated["after"], "books/deep-2.txt", b"hidden")
    repository.add_target(books, "wide/x.txt", b"not its own")
    repository.release()
    for path, expected in {
        "top.txt": b"top",
        "books/a.txt": b"a",
        "books/deep-1.txt": b"deep",
        "books/deep-2.txt": None,
        "wide/x.txt": None,
        "none.txt": None,
    }.items():
        before = {one.read_bytes() for one in client.targets.glob("*")}
        assert client.download(path) == (1 if expected is None else 0), path
        new = {one.read_bytes() for one in client.targets.glob("*")} - before
        assert new == (set() if expected is None else {expected}), path


def test_a_target_of_other_bytes_is_not_kept(repository: Repository, client: Client) -> None:
    repository.add_target(repository.targets, "a.txt", b"good")
    repository.release()
    (path,) = (repository.tree / "targets").iterdir()
    for data in (b"evil", b"good but longer", b"go"):
        path.write_bytes(data)
        assert client.download("a.txt") == 1
        assert not any(one.read_bytes() == data for one in client.targets.glob("*"))
    path.write_bytes(b"good")
    assert client.download("a.txt") == 0
    before = len(client.server.requests)
    assert client.download("a.txt") == 0
    assert not any("/targets/" in one for one in client.server.requests[before:]), "it is here"


def test_names_of_roles_may_hold_anything(repository: Repository, client: Client) -> None:
    for name in ("?", "#", "/delegatedrole", "../role", "a b", "ố"):
        role = repository.delegate(repository.targets, name, [f"{len(repository.delegated)}/*"])
        repository.add_target(role, f"{len(repository.delegated) - 1}/x.txt", name.encode())
    repository.release()
    for number in range(len(repository.delegated)):
        assert client.download(f"{number}/x.txt") == 0, number
    inside = {one.resolve().parent for one in client.folder.rglob("*.json")}
    assert all(client.folder.resolve() in (one, *one.parents) for one in inside)
