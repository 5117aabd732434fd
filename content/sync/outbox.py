"""What waits to be told to the province, until its receipt is here.

OUTBOX/key.pem         the point's own key, made here, never leaves
OUTBOX/next            the next sequence number; moved on before a message is written
OUTBOX/waiting/N.json  signed messages without a receipt
OUTBOX/enrolled        there once the province has accepted this point
OUTBOX/health          when this point last said how it stands
OUTBOX/handed.json     which month's report the province has, and since when
OUTBOX/retry.json      how often sending failed, and when to try again

A number is never used twice: a power cut may waste one, nothing else. A message goes only when a
receipt signed by the province names it, so sticks may be lost and replies too.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from content.clock import Reading
from content.errors import CarrierError, SyncError, TamperedError
from content.files import atomic_write, in_turn, sync_folder
from content.repository.carrier import read_whole
from content.repository.volume import DirectoryCarrier
from content.sync.backoff import Backoff
from content.sync.message import (
    MAX_MESSAGE,
    Kind,
    Message,
    Verdict,
    point_of,
    seal,
    sign,
    verify,
    verify_receipt,
)
from content.sync.point_key import point_key

HEALTH_EVERY = timedelta(hours=20)
FOLDER = "diemdoc-outbox"
_HANDED = "handed.json"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a round of sending.

    Args:
        refused: Reasons the province gave.
        problem: Why sending broke off, or "".
        after: Before this nothing is sent, because sending failed before.
    """

    delivered: int = 0
    refused: tuple[str, ...] = ()
    waiting: int = 0
    problem: str = ""
    after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """The newest month whose report the province has acknowledged.

    Args:
        month: `2026-11`.
        at: When its receipt came, by the machine's clock.
    """

    month: str
    at: datetime


class Outbox:
    """The outbox of one point; made with its key when it is first used.

    Args:
        folder: OUTBOX.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "waiting").mkdir(parents=True, exist_ok=True)
        self._key = point_key(folder / "key.pem")
        self._backoff = Backoff(folder / "retry.json")

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

        A new enrolment or health report takes the place of one that still waits: only the newest
        says how things are. After a power cut it waits whole or was never there.
        """
        with in_turn(self._folder / "lock"):
            number = self._next()
            atomic_write(self._folder / "next", str(number + 1).encode())
            message = Message(
                self.point, number, kind, reading.now.isoformat(), str(reading.trust), body
            )
            atomic_write(self._path(number), sign(message, self._key), mode=0o600)
            if kind == Kind.HEALTH:
                atomic_write(self._folder / "health", message.made.encode())
            if kind != Kind.REPORT:
                for before, _ in [one for one in self.messages() if one[1].kind == kind]:
                    if before < number:
                        self._path(before).unlink(missing_ok=True)
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

    def messages(self) -> Iterator[tuple[int, Message]]:
        """Yield number and content of what waits, oldest first."""
        for number, data in self.waiting():
            yield number, verify(data, self.public_key)

    def is_health_due(self, now: datetime) -> bool:
        """Return whether the province was last told a day ago or more how this point stands."""
        try:
            last = datetime.fromisoformat((self._folder / "health").read_text(encoding="ascii"))
            return not now - HEALTH_EVERY < last <= now
        except (OSError, ValueError, TypeError):
            return True

    @property
    def is_enrolled(self) -> bool:
        """Whether the province has accepted this point."""
        return (self._folder / "enrolled").exists()

    def handed(self) -> Handed | None:
        """Return the newest month that the province has; None before the first."""
        try:
            raw = json.loads((self._folder / _HANDED).read_bytes())
            return Handed(str(raw["month"]), datetime.fromisoformat(raw["at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def deliver(
        self,
        send: Callable[[bytes], bytes],
        province: Ed25519PublicKey,
        now: datetime,
        *,
        at_once: bool = False,
    ) -> Delivery:
        """Send what waits and let go what the province acknowledges.

        After a power cut what was acknowledged may be sent once more, which counts once.

        Args:
            send: Takes a message, returns a signed receipt; raises CarrierError.
            now: To wait between failures, and to say when what was handed over.
            at_once: Send although a failure was not long ago.
        """
        after = self._backoff.holds_until(now)
        if after is not None and not at_once:
            return Delivery(waiting=sum(1 for _ in self.waiting()), after=after)
        delivered, refused, problem = 0, [], ""
        for number, data, kind in self._in_order():
            try:
                verdict, reason = self._take_receipt(send(data), province, number, now)
            except (CarrierError, TamperedError) as error:
                self._backoff.failed(now)
                problem = str(error)
                break
            delivered += verdict != Verdict.REFUSED
            if verdict == Verdict.REFUSED:
                refused.append(reason)
                if kind == Kind.ENROLMENT:
                    break  # what else waits is of a point that is not known
        else:
            self._backoff.succeeded(now)
        left = sum(1 for _ in self.waiting())
        return Delivery(delivered, tuple(dict.fromkeys(refused)), left, problem)

    def take_receipt(self, data: bytes, province: Ed25519PublicKey, now: datetime) -> str:
        """Let go the message that a receipt (from a stick) names; return why it was refused, or "".

        Raises:
            TamperedError: The province did not sign it, or it is for another point.
        """
        receipt = verify_receipt(data, province)
        verdict, reason = self._take_receipt(data, province, receipt.sequence, now)
        return (reason or "refused") if verdict == Verdict.REFUSED else ""

    def export(self, stick: Path, province: X25519PublicKey) -> int:
        """Write what waits to a stick, sealed to the province, and return how many.

        Everything goes on waiting until its receipt comes; what no longer waits leaves the stick.
        After a power cut each file is there whole or not.
        """
        folder = stick / FOLDER
        if folder.is_symlink():
            raise CarrierError(f"{folder}: is a link; refused")
        folder.mkdir(exist_ok=True)
        written = set()
        for number, data in self.waiting():
            path = folder / f"{self.point[:16]}-{number:08d}.sealed"
            atomic_write(path, seal(data, province))
            written.add(path)
        for path in set(folder.glob(f"{self.point[:16]}-*.sealed")) - written:
            path.unlink()
        return len(written)

    def collect_receipts(
        self, stick: Path, province: Ed25519PublicKey, now: datetime
    ) -> tuple[int, list[str]]:
        """Take the receipts that a stick brings for this point.

        Returns:
            How many messages were let go, and why others were refused.

        Raises:
            TamperedError: The province did not sign one of them.
            CarrierError: One of them cannot be read.
        """
        before = sum(1 for _ in self.waiting())
        reasons = []
        carrier = DirectoryCarrier(stick)
        for path in sorted((stick / FOLDER).glob(f"{self.point[:16]}-*.receipt")):
            data = read_whole(carrier, f"{FOLDER}/{path.name}", MAX_MESSAGE)
            reason = self.take_receipt(data or b"", province, now)
            if reason:
                reasons.append(reason)
        return before - sum(1 for _ in self.waiting()), reasons

    def _take_receipt(
        self, data: bytes, province: Ed25519PublicKey, number: int, now: datetime
    ) -> tuple[Verdict, str]:
        receipt = verify_receipt(data, province)
        if (receipt.point, receipt.sequence) != (self.point, number):
            raise TamperedError("a receipt is for another message than the one that was sent")
        path = self._path(number)
        if receipt.verdict != Verdict.REFUSED and path.exists():
            message = verify(path.read_bytes(), self.public_key)
            if message.kind == Kind.ENROLMENT:
                atomic_write(self._folder / "enrolled", b"")
            if message.kind == Kind.REPORT and isinstance(message.body, dict):
                self._note_handed(str(message.body.get("month", "")), now)
            path.unlink()
            sync_folder(self._folder / "waiting")
        return receipt.verdict, receipt.reason

    def _note_handed(self, month: str, now: datetime) -> None:
        """Remember a month; after a power cut its receipt, which comes anew, tells it again."""
        before = self.handed()
        if month and (before is None or month >= before.month):
            data = json.dumps({"month": month, "at": now.isoformat(timespec="seconds")})
            atomic_write(self._folder / _HANDED, data.encode())

    def _in_order(self) -> list[tuple[int, bytes, Kind]]:
        """Return what waits, an enrolment first: without it nothing else is taken."""
        found = [(n, data, verify(data, self.public_key).kind) for n, data in self.waiting()]
        return sorted(found, key=lambda one: (one[2] != Kind.ENROLMENT, one[0]))

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
