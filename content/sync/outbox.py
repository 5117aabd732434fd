"""What waits to be told to the province, until its receipt is here.

OUTBOX/key.pem         the point's own key, made here, never leaves
OUTBOX/next            the next sequence number; moved on before a message is written
OUTBOX/waiting/N.json  signed messages without a receipt
OUTBOX/retry.json      how often sending failed, and when to try again

A number is never used twice: a power cut may waste one, nothing else. A message goes only when a
receipt signed by the province names it, so sticks may be lost and replies too.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from content.clock import Reading
from content.errors import CarrierError, SyncError, TamperedError
from content.files import atomic_write, sync_folder
from content.sync.message import (
    Kind,
    Message,
    Verdict,
    point_of,
    seal,
    sign,
    verify_receipt,
)

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=24)
FOLDER = "diemdoc-outbox"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a round of sending."""

    delivered: int = 0
    refused: tuple[str, ...] = ()
    waiting: int = 0


def wait_after(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row: doubling, at most a day."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - 1, 12)) if failures else timedelta()


class Outbox:
    """The outbox of one point; made with its key when it is first used.

    Args:
        folder: OUTBOX.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "waiting").mkdir(parents=True, exist_ok=True)
        self._key = self._load_key()

    @property
    def point(self) -> str:
        """Name of this point, the digest of its key."""
        return point_of(self._key.public_key())

    @property
    def public_key(self) -> Ed25519PublicKey:
        """What the province must know to believe this point."""
        return self._key.public_key()

    def put(self, kind: Kind, body: Any, reading: Reading) -> int:
        """Sign a message, keep it until it is delivered, and return its number.

        After a power cut it waits whole or was never there.
        """
        number = self._next()
        atomic_write(self._folder / "next", str(number + 1).encode())
        message = Message(
            self.point, number, kind, reading.now.isoformat(), str(reading.trust), body
        )
        atomic_write(self._path(number), sign(message, self._key), mode=0o600)
        return number

    def enrol(self, code: str, name: str, commune: str, reading: Reading) -> int:
        """Put the request to be known by the province: the code it gave, and this point's key."""
        body = {
            "code": code,
            "name": name,
            "commune": commune,
            "public_key": self.public_key.public_bytes_raw().hex(),
        }
        return self.put(Kind.ENROLMENT, body, reading)

    def waiting(self) -> Iterator[tuple[int, bytes]]:
        """Yield number and bytes of what waits, oldest first."""
        for path in sorted((self._folder / "waiting").glob("*.json")):
            yield int(path.stem), path.read_bytes()

    def deliver(
        self, send: Callable[[bytes], bytes], province: Ed25519PublicKey, now: datetime
    ) -> Delivery:
        """Send what waits and let go what the province acknowledges.

        After a power cut what was acknowledged may be sent once more, which counts once.

        Args:
            send: Takes a message, returns a signed receipt; raises CarrierError.
            now: Only to wait between failures.
        """
        failures, after = self._retry()
        if now < after:
            return Delivery(waiting=sum(1 for _ in self.waiting()))
        delivered, refused = 0, []
        for number, data in self.waiting():
            try:
                verdict, reason = self._take_receipt(send(data), province, number)
            except (CarrierError, TamperedError):
                self._save_retry(failures + 1, now + wait_after(failures + 1))
                break
            delivered += verdict != Verdict.REFUSED
            if verdict == Verdict.REFUSED:
                refused.append(reason)
        else:
            self._save_retry(0, now)
        return Delivery(delivered, tuple(refused), sum(1 for _ in self.waiting()))

    def take_receipt(self, data: bytes, province: Ed25519PublicKey) -> None:
        """Let go the message that a receipt (from a stick) names.

        Raises:
            TamperedError: The province did not sign it, or it is for another point.
        """
        receipt = verify_receipt(data, province)
        self._take_receipt(data, province, receipt.sequence)

    def export(self, stick: Path, province: X25519PublicKey) -> int:
        """Write what waits to a stick, sealed to the province, and return how many.

        Everything goes on waiting until its receipt comes. After a power cut each file is there
        whole or not.
        """
        folder = stick / FOLDER
        folder.mkdir(exist_ok=True)
        count = 0
        for number, data in self.waiting():
            name = f"{self.point[:16]}-{number:08d}.sealed"
            atomic_write(folder / name, seal(data, province))
            count += 1
        return count

    def _take_receipt(
        self, data: bytes, province: Ed25519PublicKey, number: int
    ) -> tuple[Verdict, str]:
        receipt = verify_receipt(data, province)
        if (receipt.point, receipt.sequence) != (self.point, number):
            raise TamperedError("a receipt is for another message than the one that was sent")
        if receipt.verdict != Verdict.REFUSED:
            self._path(number).unlink(missing_ok=True)
            sync_folder(self._folder / "waiting")
        return receipt.verdict, receipt.reason

    def _path(self, number: int) -> Path:
        return self._folder / "waiting" / f"{number:08d}.json"

    def _next(self) -> int:
        there = max((number for number, _ in self.waiting()), default=0) + 1
        try:
            return max(there, int((self._folder / "next").read_bytes()))
        except FileNotFoundError:
            return there
        except ValueError as error:
            raise SyncError(f"{self._folder}/next is damaged; give the point a new key") from error

    def _retry(self) -> tuple[int, datetime]:
        try:
            raw = json.loads((self._folder / "retry.json").read_bytes())
            return int(raw["failures"]), datetime.fromisoformat(raw["after"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0, datetime.min.replace(tzinfo=UTC)

    def _save_retry(self, failures: int, after: datetime) -> None:
        data = {"failures": failures, "after": after.isoformat()}
        atomic_write(self._folder / "retry.json", json.dumps(data).encode())

    def _load_key(self) -> Ed25519PrivateKey:
        path = self._folder / "key.pem"
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
