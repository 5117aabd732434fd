"""The two keys of whoever takes reports: one signs receipts, one opens what comes by stick.

They lie beside the database, readable by the server alone, because it answers while nobody is
there. Who steals them can read sealed sticks and make receipts; content has other keys (keys.py).
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from content.files import atomic_write
from province.errors import ProvinceError

_BYTES = 32


@dataclass(frozen=True, slots=True)
class ReportsKeys:
    """The keys."""

    signing: Ed25519PrivateKey
    sealing: X25519PrivateKey

    def as_facts(self) -> dict[str, str]:
        """Return the public halves, as points must know them."""
        return {
            "receipt_key": self.signing.public_key().public_bytes_raw().hex(),
            "sealing_key": self.sealing.public_key().public_bytes_raw().hex(),
        }


def load_keys(folder: Path) -> ReportsKeys:
    """Return the keys in a folder, made when they are absent.

    After a power cut each is whole or absent.

    Raises:
        ProvinceError: A file is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return ReportsKeys(
        Ed25519PrivateKey.from_private_bytes(_secret(folder / "receipts.key")),
        X25519PrivateKey.from_private_bytes(_secret(folder / "sealing.key")),
    )


def _secret(path: Path) -> bytes:
    if not path.exists():
        # Any 32 random bytes are a key of both kinds.
        atomic_write(path, Ed25519PrivateKey.generate().private_bytes_raw(), mode=0o600)
    data = path.read_bytes()
    if len(data) != _BYTES:
        raise ProvinceError(f"{path}: the key is damaged; bring it back from a copy")
    return data
