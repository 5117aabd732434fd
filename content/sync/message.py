"""What a point tells the province: signed bodies, the same bytes by wire and, sealed, by stick.

The body is signed, not the exchange: a stick carries it, and a box whose clock is wrong is believed
all the same. (point, sequence) is the key that makes it count once, however often it arrives. The
protocol: docs/reference/reports-protocol.md. Pure: keys and bytes in, values out.
"""

import base64
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from content.errors import TamperedError

VERSION = 1
MAX_MESSAGE = 4 << 20
_SEAL_INFO = b"diemdoc outbox 1"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class Kind(StrEnum):
    """What a message is about."""

    ENROLMENT = "enrolment"
    REPORT = "report"
    HEALTH = "health"


class Verdict(StrEnum):
    """What the province says of a message."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Message:
    """One message, its signature verified.

    Args:
        point: SHA-256 of the point's public key, in hexadecimal.
        sequence: From 1 up, never used twice by a point.
        made: When, as the point's clock said, ISO 8601.
        trust: How far that clock was trusted (content/clock.py).
    """

    point: str
    sequence: int
    kind: Kind
    made: str
    trust: str
    body: Any


@dataclass(frozen=True, slots=True)
class Receipt:
    """The province's answer to a message."""

    point: str
    sequence: int
    verdict: Verdict
    reason: str = ""


def point_of(key: Ed25519PublicKey) -> str:
    """Return the name of a point: the digest of its key, which says nothing of the place."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def sign(message: Message, key: Ed25519PrivateKey) -> bytes:
    """Return the message as it travels."""
    facts = {
        "version": VERSION,
        "point": message.point,
        "sequence": message.sequence,
        "kind": str(message.kind),
        "made": message.made,
        "trust": message.trust,
        "body": message.body,
    }
    return _signed(facts, key)


def verify(data: bytes, key: Ed25519PublicKey) -> Message:
    """Return the message in `data`.

    Raises:
        TamperedError: It is not signed by `key`, or is no message.
    """
    facts = _verified(data, key)
    try:
        message = Message(
            point=str(facts["point"]),
            sequence=int(facts["sequence"]),
            kind=Kind(facts["kind"]),
            made=str(facts["made"]),
            trust=str(facts["trust"]),
            body=facts["body"],
        )
    except (KeyError, ValueError, TypeError) as error:
        raise TamperedError(f"a message of a point lacks something: {error}") from error
    if message.point != point_of(key) or message.sequence < 1:
        raise TamperedError("a message names another point than the one that signed it")
    return message


def seal(data: bytes, key: X25519PublicKey) -> bytes:
    """Return `data` so that only the province reads it (RFC 9180, base mode)."""
    return _SUITE.encrypt(data, key, info=_SEAL_INFO)


def unseal(data: bytes, key: X25519PrivateKey) -> bytes:
    """Return what was sealed.

    Raises:
        TamperedError: It was sealed for another key, or changed on the way.
    """
    try:
        return _SUITE.decrypt(data, key, info=_SEAL_INFO)
    except (InvalidTag, ValueError) as error:
        raise TamperedError("a sealed message cannot be opened with this key") from error


def accept(
    data: bytes, points: Mapping[str, Ed25519PublicKey], known: Collection[tuple[str, int]]
) -> tuple[Receipt, Message | None]:
    """Return the answer to a message, and the message when it is new and counts.

    The reference of the accepting side: what it returns must be recorded together with
    (point, sequence) in one transaction before the receipt leaves.

    Args:
        points: Keys of the enrolled points.
        known: (point, sequence) of what was accepted before.
    """
    point, sequence = _claimed(data)
    key = points.get(point)
    if key is None:
        return Receipt(point, sequence, Verdict.REFUSED, "this point is not enrolled"), None
    try:
        message = verify(data, key)
    except TamperedError as error:
        return Receipt(point, sequence, Verdict.REFUSED, str(error)), None
    if (message.point, message.sequence) in known:
        return Receipt(message.point, message.sequence, Verdict.KNOWN), None
    return Receipt(message.point, message.sequence, Verdict.ACCEPTED), message


def sign_receipt(receipt: Receipt, key: Ed25519PrivateKey) -> bytes:
    """Return a receipt as it travels."""
    facts = {
        "version": VERSION,
        "point": receipt.point,
        "sequence": receipt.sequence,
        "verdict": str(receipt.verdict),
        "reason": receipt.reason,
    }
    return _signed(facts, key)


def verify_receipt(data: bytes, key: Ed25519PublicKey) -> Receipt:
    """Return the receipt in `data`.

    Raises:
        TamperedError: The province did not sign it.
    """
    facts = _verified(data, key)
    try:
        return Receipt(
            str(facts["point"]),
            int(facts["sequence"]),
            Verdict(facts["verdict"]),
            str(facts["reason"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise TamperedError(f"a receipt lacks something: {error}") from error


def _signed(facts: dict[str, Any], key: Ed25519PrivateKey) -> bytes:
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    signature = base64.b64encode(key.sign(text.encode())).decode()
    return json.dumps({"signed": text, "signature": signature}, ensure_ascii=False).encode()


def _verified(data: bytes, key: Ed25519PublicKey) -> dict[str, Any]:
    if len(data) > MAX_MESSAGE:
        raise TamperedError("a message is longer than it may be")
    try:
        outer = json.loads(data)
        text = outer["signed"]
        key.verify(base64.b64decode(outer["signature"], validate=True), text.encode())
        facts = json.loads(text)
    except (InvalidSignature, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TamperedError("a message is not signed by the key it must be signed by") from error
    if not isinstance(facts, dict) or facts.get("version") != VERSION:
        raise TamperedError(f"a message is not of version {VERSION}; update the software")
    return facts


def _claimed(data: bytes) -> tuple[str, int]:
    """Return whom and what a message says it is, believed by nobody yet."""
    try:
        facts = json.loads(json.loads(data[:MAX_MESSAGE])["signed"])
        return str(facts["point"])[:64], int(facts["sequence"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", 0
