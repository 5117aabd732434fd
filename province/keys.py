"""Key files: Ed25519 under a PIN; root keys live on sticks in a safe."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner

from content.files import atomic_write
from province.errors import PublishError

MIN_PIN = 6


def make_key(path: Path, pin: str) -> CryptoSigner:
    """Make a key pair, keep it in `path` under the PIN, and return its signer.

    After a power cut the file is whole or absent.

    Raises:
        PublishError: The file exists, or the PIN is too short.
    """
    if len(pin) < MIN_PIN:
        raise PublishError(f"a PIN needs {MIN_PIN} characters at least")
    if path.exists():
        raise PublishError(f"{path}: there is a key already; it is never overwritten")
    key = Ed25519PrivateKey.generate()
    data = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(pin.encode())
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, data, mode=0o600)
    return CryptoSigner(key)


def load_key(path: Path, pin: str) -> CryptoSigner:
    """Return the signer of a key file.

    Raises:
        PublishError: It is missing, or the PIN is wrong.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), pin.encode())
    except OSError as error:
        raise PublishError(f"{path}: the key cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise PublishError(f"{path}: the PIN is wrong, or this is no key file") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise PublishError(f"{path}: is no Ed25519 key")
    return CryptoSigner(key)
