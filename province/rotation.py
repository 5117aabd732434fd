"""Change or revoke a key: a new root says which keys count, and what they sign is signed anew.

A revoked key counts for nothing on every point that has seen the new root. Two of the three root
keys must be at hand. When the change breaks off half-way, points refuse the carrier and go on
serving until the same command is run again.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from securesystemslib.signer import Signer
from tuf.api.exceptions import RepositoryError as TufError
from tuf.api.metadata import Metadata, Root
from tuf.api.serialization.json import JSONSerializer

from content.files import atomic_write
from province.desk import Desk
from province.errors import PublishError
from province.release import ROOT_LIFE, Release

# The name of a key file to the roles it signs for.
ROLES_OF = {"targets": ("targets",), "online": ("snapshot", "timestamp")}
ROOT_KEYS = ("root-1", "root-2", "root-3")


def newest_root(desk: Desk) -> Metadata[Root]:
    """Return the newest root of a desk.

    Raises:
        PublishError: There is none, or it is damaged.
    """
    paths = list((desk.repository / "metadata").glob("*.root.json"))
    try:
        newest = max(paths, key=lambda path: int(path.name.split(".")[0]))
        return Metadata[Root].from_bytes(newest.read_bytes())
    except (ValueError, OSError, TufError) as error:
        raise PublishError(f"{desk.root}: the root cannot be read: {error}") from error


def rotate(
    desk: Desk,
    name: str,
    new: Signer,
    roots: Sequence[Signer],
    now: datetime,
) -> Path:
    """Put a new key in the place of the one called `name` and return the new root's file.

    After a power cut the old root or the new one is the newest.

    Args:
        name: `root-1` to `root-3`, `targets` or `online`.
        roots: At least two root keys that count at the moment.

    Raises:
        PublishError: The root keys do not suffice; nothing was changed.
    """
    metadata = newest_root(desk)
    root = metadata.signed
    for role in ROLES_OF.get(name, ()):
        for keyid in list(root.roles[role].keyids):
            root.revoke_key(keyid, role)
        root.add_key(new.public_key, role)
    if name in ROOT_KEYS:
        _replace_root_key(root, ROOT_KEYS.index(name), new)
    root.version += 1
    root.expires = now.replace(microsecond=0) + ROOT_LIFE
    metadata.signatures.clear()
    for signer in (*roots, *((new,) if name in ROOT_KEYS else ())):
        metadata.sign(signer, append=True)
    data = metadata.to_bytes(JSONSerializer(compact=True))
    _require_trust(desk, data)
    path = desk.repository / "metadata" / f"{root.version}.root.json"
    atomic_write(path, data)
    return path


def sign_anew(desk: Desk, targets: Signer, online: Signer, now: datetime) -> None:
    """Sign every list with the keys that count now; after a power cut do it again."""
    Release.load(desk, now).sign_all(targets, online)


def _replace_root_key(root: Root, place: int, new: Signer) -> None:
    keyids = list(root.roles["root"].keyids)
    root.revoke_key(keyids[place], "root")
    root.add_key(new.public_key, "root")
    root.roles["root"].keyids.remove(new.public_key.keyid)
    root.roles["root"].keyids.insert(place, new.public_key.keyid)


def _require_trust(desk: Desk, data: bytes) -> None:
    """Refuse a root that the points would refuse: too few of the old keys or of the new."""
    old, new = newest_root(desk), Metadata[Root].from_bytes(data)
    try:
        old.signed.verify_delegate("root", new.signed_bytes, new.signatures)
        new.signed.verify_delegate("root", new.signed_bytes, new.signatures)
    except TufError as error:
        raise PublishError(
            "two of the three root keys that count now are needed; bring another one"
        ) from error
