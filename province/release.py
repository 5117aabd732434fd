"""Sign a release: collections first, snapshot next, timestamp.json last, which puts it in use."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from securesystemslib.signer import Signer
from tuf.api.exceptions import RepositoryError as TufError
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
from tuf.api.serialization.json import JSONSerializer

from content.files import atomic_write, sync_folder
from content.repository.client import SIGNED_AT
from province.desk import Desk
from province.errors import PublishError

ROOT_LIFE = timedelta(days=3650)
TARGETS_LIFE = timedelta(days=1095)
TIMESTAMP_LIFE = timedelta(days=400)
# Field of targets.json (docs/reference/reports-protocol.md).
REPORTS = "reports"
_S = TypeVar("_S", Targets, Snapshot, Timestamp)


class Release:
    """The newest release of a desk, read and changed in memory, written by `save`.

    Args:
        now: When it is signed; aware UTC.
    """

    def __init__(
        self,
        folder: Path,
        now: datetime,
        timestamp: Metadata[Timestamp],
        snapshot: Metadata[Snapshot],
        roles: dict[str, Metadata[Targets]],
    ) -> None:
        self._folder = folder
        self._now = now.replace(microsecond=0)
        self.timestamp = timestamp
        self.snapshot = snapshot
        self.roles = roles

    @classmethod
    def load(cls, desk: Desk, now: datetime) -> "Release":
        """Return the newest release of a desk.

        Raises:
            PublishError: There is none, or it is damaged.
        """
        folder = desk.repository / "metadata"
        try:
            timestamp = Metadata[Timestamp].from_bytes((folder / "timestamp.json").read_bytes())
            version = timestamp.signed.snapshot_meta.version
            snapshot = Metadata[Snapshot].from_bytes(
                (folder / f"{version}.snapshot.json").read_bytes()
            )
            roles = {
                name.removesuffix(".json"): Metadata[Targets].from_bytes(
                    (folder / f"{meta.version}.{name}").read_bytes()
                )
                for name, meta in snapshot.signed.meta.items()
            }
        except (OSError, TufError) as error:
            raise PublishError(
                f"{desk.root}: the last release cannot be read ({error}); "
                "a new desk begins with 'diemdoc repository init'"
            ) from error
        return cls(folder, now, timestamp, snapshot, roles)

    @property
    def reports(self) -> dict[str, str]:
        """Who takes the points' reports, as it is signed."""
        custom = self.roles["targets"].signed.unrecognized_fields.get("custom", {})
        return dict(custom.get(REPORTS, {}))

    def targets_of(self, role: str) -> dict[str, TargetFile]:
        """Return the targets of a collection; none when it is new."""
        return dict(self.roles[role].signed.targets) if role in self.roles else {}

    def save(
        self,
        changed: dict[str, dict[str, TargetFile]],
        targets_key: Signer,
        online_key: Signer,
        reports: dict[str, str] | None = None,
    ) -> None:
        """Sign and write the changed roles, then snapshot, then timestamp.

        After a power cut the old release or the new one is in use: timestamp.json is last.

        Args:
            reports: Who takes the points' reports from now on; None leaves it as it is.
        """
        top = self.roles["targets"].signed
        added = [role for role in changed if role not in self.roles]
        if added:
            self._delegate(top, added, targets_key)
        moves = reports is not None and reports != self.reports
        if moves:
            top.unrecognized_fields["custom"] = {REPORTS: reports}
        if added or moves:
            self._write("targets", self.roles["targets"], targets_key, TARGETS_LIFE)
        self._finish(added, changed, targets_key, online_key)

    def sign_all(self, targets_key: Signer, online_key: Signer) -> None:
        """Sign every list anew, after a change of keys; after a power cut do it again."""
        top = self.roles["targets"].signed
        roles = [role for role in self.roles if role != "targets"]
        if roles:
            top.delegations = None
            self._delegate(top, roles, targets_key)
        self._write("targets", self.roles["targets"], targets_key, TARGETS_LIFE)
        self._finish([], {role: self.targets_of(role) for role in roles}, targets_key, online_key)

    def _finish(
        self,
        added: Sequence[str],
        changed: dict[str, dict[str, TargetFile]],
        targets_key: Signer,
        online_key: Signer,
    ) -> None:
        for role in added:
            self.roles[role] = _unborn(Targets(version=1, expires=self._now))
        for role, targets in changed.items():
            self.roles[role].signed.targets = targets
            self._write(role, self.roles[role], targets_key, TARGETS_LIFE)
        self.snapshot.signed.version += 1
        self._sign(self.snapshot, online_key, TARGETS_LIFE)
        version = self.snapshot.signed.version
        data = self.snapshot.to_bytes(JSONSerializer(compact=True))
        atomic_write(self._folder / f"{version}.snapshot.json", data)
        stamp = self.timestamp.signed
        stamp.version += 1
        stamp.snapshot_meta = MetaFile(version, len(data), {"sha256": _digest(data)})
        stamp.unrecognized_fields["custom"] = {SIGNED_AT: self._now.isoformat()}
        self._sign(self.timestamp, online_key, TIMESTAMP_LIFE)
        sync_folder(self._folder)
        atomic_write(
            self._folder / "timestamp.json", self.timestamp.to_bytes(JSONSerializer(compact=True))
        )

    def _delegate(self, top: Targets, added: Sequence[str], key: Signer) -> None:
        roles = dict(top.delegations.roles or {}) if top.delegations else {}
        for name in added:
            roles[name] = DelegatedRole(
                name, [key.public_key.keyid], 1, terminating=True, paths=[f"{name}/*"]
            )
        top.delegations = Delegations({key.public_key.keyid: key.public_key}, roles)

    def _write(self, role: str, metadata: Metadata[Targets], key: Signer, life: timedelta) -> None:
        metadata.signed.version += 1
        self._sign(metadata, key, life)
        data = metadata.to_bytes(JSONSerializer(compact=True))
        version = metadata.signed.version
        atomic_write(self._folder / f"{version}.{role}.json", data)
        meta = MetaFile(version, len(data), {"sha256": _digest(data)})
        self.snapshot.signed.meta[f"{role}.json"] = meta

    def _sign(self, metadata: Metadata[Any], key: Signer, life: timedelta) -> None:
        metadata.signed.expires = self._now + life
        metadata.sign(key)


def found_repository(  # noqa: PLR0913, PLR0917 -- what a ceremony brings together
    desk: Desk, name: str, roots: Sequence[Signer], targets: Signer, online: Signer, now: datetime
) -> bytes:
    """Write the first root and an empty release; return the root, which points are to trust.

    Root needs two of its three keys ever after. A repository that broke off half-way is begun anew.
    """
    now = now.replace(microsecond=0)
    folder = desk.repository / "metadata"
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "timestamp.json").exists():
        raise PublishError(f"{desk.repository}: there is a repository already")
    root = Root(version=1, expires=now + ROOT_LIFE, consistent_snapshot=True)
    root.unrecognized_fields["province"] = name
    for signer in roots:
        root.add_key(signer.public_key, "root")
    root.roles["root"].threshold = 2
    root.add_key(targets.public_key, "targets")
    for role in ("snapshot", "timestamp"):
        root.add_key(online.public_key, role)
    signed = Metadata(root)
    for signer in roots:
        signed.sign(signer, append=True)
    data = signed.to_bytes(JSONSerializer(compact=True))
    atomic_write(folder / "1.root.json", data)
    top = Metadata(Targets(version=1, expires=now + TARGETS_LIFE))
    top.sign(targets)
    top_data = top.to_bytes(JSONSerializer(compact=True))
    atomic_write(folder / "1.targets.json", top_data)
    snapshot = _unborn(Snapshot(version=1, expires=now))
    snapshot.signed.meta = {
        "targets.json": MetaFile(1, len(top_data), {"sha256": _digest(top_data)})
    }
    stamp = _unborn(Timestamp(version=1, expires=now))
    Release(folder, now, stamp, snapshot, {"targets": top}).save({}, targets, online)
    return data


def _unborn(signed: _S) -> Metadata[_S]:
    """Return metadata whose first `save` makes it version 1; tuf makes none of version 0 itself."""
    signed.version = 0
    return Metadata(signed)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
