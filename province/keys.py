"""Key files: Ed25519 under a PIN, or the name of a key on a token; root keys live in a safe."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner, Signer

from content.files import atomic_write
from province.errors import PublishError
from province.hardware import SUFFIX, load_hardware_key

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


def key_file(folder: Path, name: str) -> Path:
    """Return the file of the key called `name`: on a token when there is such a file, else PEM."""
    token = folder / f"{name}{SUFFIX}"
    return token if token.exists() else folder / f"{name}.pem"


def load_key(path: Path, pin: str) -> Signer:
    """Return the signer of a key file, or of the token that it names.

    Raises:
        PublishError: It is missing, or the PIN is wrong.
    """
    if path.suffix == SUFFIX:
        return load_hardware_key(path, pin)
    try:
        key = load_pem_private_key(path.read_bytes(), pin.encode())
    except OSError as error:
        raise PublishError(f"{path}: the key cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise PublishError(f"{path}: the PIN is wrong, or this is no key file") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise PublishError(f"{path}: is no Ed25519 key")
    return CryptoSigner(key)
