"""Keys that never leave a token (a hardware key, or SoftHSM): named by a PKCS#11 URI, RFC 7512.

    pkcs11:token=Lai%20Chau;id=%02?module-path=/usr/lib/x86_64-linux-gnu/libykcs11.so

The key pair (ECDSA on P-256 or P-384) is made on the token with the maker's tool. KEYS/ROLE.hsm
keeps the URI and the public half, which are no secrets; whoever signs gives the token's PIN.
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from securesystemslib.exceptions import UnsupportedLibraryError
from securesystemslib.signer import HSMSigner, Signer, SSlibKey

from content.files import atomic_write
from province.errors import PublishError

SUFFIX = ".hsm"


@dataclass(frozen=True, slots=True)
class TokenKey:
    """Where a key lies.

    Args:
        token: Label of the token.
        number: Id of the key on it, as a number; 2 is slot 9c of a PIV card.
        module: The library that speaks to the token; "" is what PYKCS11LIB names.
    """

    token: str
    number: int
    module: str = ""


def parse_uri(uri: str) -> TokenKey:
    """Return what a PKCS#11 URI names.

    Raises:
        PublishError: It is none, or names no key.
    """
    match = re.fullmatch(r"pkcs11:([^?]*)(?:\?(.*))?", uri)
    path = dict(one.partition("=")[::2] for one in (match[1] if match else "").split(";"))
    query = dict(one.partition("=")[::2] for one in ((match and match[2]) or "").split("&"))
    if not path.get("token") or not path.get("id"):
        raise PublishError(
            f"{uri!r} names no key; give one such as pkcs11:token=Lai%20Chau;id=%02"
            "?module-path=/usr/lib/x86_64-linux-gnu/libykcs11.so"
        )
    number = int.from_bytes(unquote_to_bytes(path["id"]), "big")
    return TokenKey(unquote(path["token"]), number, unquote(query.get("module-path", "")))


def adopt_key(path: Path, uri: str, pin: str) -> Signer:
    """Keep in `path` (ROLE.hsm) which key of a token is meant, and return its signer.

    After a power cut the file is whole or absent.

    Raises:
        PublishError: There is a file already; the token or key is not there, or the PIN is wrong.
    """
    if path.exists():
        raise PublishError(f"{path}: there is a key already; it is never overwritten")
    where = parse_uri(uri)
    _use(where)
    try:
        _, public = HSMSigner.import_(where.number, where.token, lambda _what: pin)
    except Exception as error:
        raise _told(where, error) from error
    signer = _signer(where, public, pin)
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = {"uri": uri, "keyid": public.keyid, "public": public.to_dict()}
    atomic_write(path, json.dumps(facts, indent=1).encode())
    return signer


def load_hardware_key(path: Path, pin: str) -> Signer:
    """Return the signer of a ROLE.hsm file; its token must be plugged in.

    Raises:
        PublishError: The file is damaged, the token is not there, or the PIN is wrong.
    """
    try:
        raw = json.loads(path.read_bytes())
        public = SSlibKey.from_dict(raw["keyid"], raw["public"])
        where = parse_uri(raw["uri"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PublishError(f"{path}: cannot be read: {error}") from error
    _use(where)
    return _signer(where, public, pin)


def _signer(where: TokenKey, public: SSlibKey, pin: str) -> Signer:
    """Return a signer that has shown that it can sign, so that no release breaks off half-way."""
    signer = HSMSigner(where.number, public, lambda _what: pin, where.token)
    try:
        public.verify_signature(signer.sign(b"diemdoc"), b"diemdoc")
    except Exception as error:
        raise _told(where, error) from error
    return signer


def _use(where: TokenKey) -> None:
    if where.module:
        # securesystemslib finds the module by this name only.
        os.environ["PYKCS11LIB"] = where.module


def _told(where: TokenKey, error: Exception) -> PublishError:
    if isinstance(error, UnsupportedLibraryError):
        return PublishError(
            f"hardware keys need more packages: install diemdoc[province] ({error})"
        )
    words = str(error) or type(error).__name__
    return PublishError(
        f"the token {where.token!r} cannot sign with key {where.number}: {words}; is it plugged "
        "in, and is the PIN right? After three wrong ones most tokens lock"
    )
