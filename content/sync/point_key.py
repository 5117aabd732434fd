"""The key of a point: Ed25519, made here when it is first needed, never leaves."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from content.errors import SyncError
from content.files import atomic_write


def point_key(path: Path) -> Ed25519PrivateKey:
    """Return the key in `path`, made when there is none; after a power cut it is whole or absent.

    Raises:
        SyncError: The file is damaged.
    """
    if not path.exists():
        made = Ed25519PrivateKey.generate()
        data = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        atomic_write(path, data, mode=0o600)
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except ValueError as error:
        raise SyncError(f"{path}: the point's key is damaged; enrol it anew") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SyncError(f"{path}: is no key of this point; enrol it anew")
    return key
