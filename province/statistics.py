"""Take what points tell, each message once, by wire or stick: docs/reference/reports-protocol.md.

A message and what follows from it are recorded in one transaction, then the receipt leaves. Reports
may come late, twice and in any order: of each month the one with the highest number holds.
"""

import json
import logging
import os
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from content.errors import TamperedError, UsageError
from content.files import atomic_write
from content.sync.message import (
    MAX_MESSAGE,
    Kind,
    Message,
    Receipt,
    Verdict,
    accept,
    sign_receipt,
    unseal,
)
from content.sync.outbox import FOLDER
from content.usage.events import Metric
from province.enrolments import enrol, enrolment_in, refusal
from province.monthly import Monthly, monthly_of
from province.reports_keys import ReportsKeys
from province.tables import cell, message, month, now_text, point, stored_text, work

logger = logging.getLogger(__name__)
WIRE, STICK = "wire", "stick"
_MOST_SEALED = MAX_MESSAGE + 1_024
# What both databases hold; no point gets there.
_MOST_NUMBER = 1 << 60


class Desk:
    """The desk that takes messages.

    Args:
        database: See tables.py.
        keys: By which it answers and unseals.
    """

    def __init__(self, database: Engine, keys: ReportsKeys) -> None:
        self._database = database
        self._keys = keys

    def take(self, data: bytes, carrier: str, now: datetime) -> tuple[Verdict, bytes]:
        """Return the verdict on a message, and the signed receipt to answer with.

        After a power cut the message is recorded whole, or not at all and comes again.
        """
        try:
            receipt = self._record(data, carrier, now)
        except IntegrityError:
            # The same message came twice at the same moment; the other one is in.
            receipt = self._record(data, carrier, now)
        return receipt.verdict, sign_receipt(receipt, self._keys.signing)

    def take_stick(self, stick: Path, now: datetime) -> Iterator[tuple[str, Verdict, str]]:
        """Take every sealed message of a stick and put receipts beside; yield name and verdict."""
        folder = stick / FOLDER
        for path in sorted(folder.glob("*.sealed")):
            try:
                receipt = self._record(unseal(_sealed(path), self._keys.sealing), STICK, now)
            except TamperedError as error:
                yield path.name, Verdict.REFUSED, str(error)
                continue
            signed = sign_receipt(receipt, self._keys.signing)
            atomic_write(path.with_suffix(".receipt"), signed)
            yield path.name, receipt.verdict, receipt.reason

    def _record(self, data: bytes, carrier: str, now: datetime) -> Receipt:
        try:
            enrolment = enrolment_in(data)
        except TamperedError as error:
            return Receipt("", 0, Verdict.REFUSED, str(error))
        with self._database.begin() as connection:
            if enrolment is not None:
                return _enrolment(connection, enrolment, carrier, now)
            receipt, found = accept(data, _Points(connection), _Known(connection))
            if found is None:
                if receipt.verdict == Verdict.KNOWN:
                    _heard(connection, receipt.point, carrier, now)
                return receipt
            if found.sequence >= _MOST_NUMBER:
                return Receipt(found.point, found.sequence, Verdict.REFUSED, "no such number")
            try:
                report = monthly_of(found.body) if found.kind == Kind.REPORT else None
            except UsageError as error:
                return Receipt(found.point, found.sequence, Verdict.REFUSED, str(error))
            _keep(connection, found, carrier, now)
            _heard(connection, found.point, carrier, now, found)
            if report is not None:
                _keep_month(connection, found, report)
            return receipt


def _sealed(path: Path) -> bytes:
    """Return a sealed message from a stick, whatever somebody put there in its place.

    Raises:
        TamperedError: It is no plain file of a message's size.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            is_message = stat.S_ISREG(status.st_mode) and status.st_size <= _MOST_SEALED
            data = file.read(_MOST_SEALED) if is_message else b""
    except OSError as error:
        raise TamperedError(f"cannot be read: {error.strerror}") from error
    if not data:
        raise TamperedError("is no message")
    return data


class _Points(dict[str, Ed25519PublicKey]):
    """Keys of the enrolled points, looked up when they are asked for."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def get(self, name: str, default: Any = None) -> Any:
        row = self._connection.execute(
            select(point.c.public_key).where(point.c.point == name)
        ).first()
        if row is None:
            return default
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(row.public_key))


class _Known:
    """Numbers of what was taken before, likewise."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __contains__(self, wanted: object) -> bool:
        assert isinstance(wanted, tuple)
        return wanted[1] < _MOST_NUMBER and _is_known(self._connection, *wanted)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _is_known(connection: Connection, name: str, sequence: int) -> bool:
    asked = select(message.c.sequence).where(
        message.c.point == name, message.c.sequence == sequence
    )
    return connection.execute(asked).first() is not None


def _enrolment(connection: Connection, found: Message, carrier: str, now: datetime) -> Receipt:
    reason = "no such number" if found.sequence >= _MOST_NUMBER else ""
    if not reason and _is_known(connection, found.point, found.sequence):
        return Receipt(found.point, found.sequence, Verdict.KNOWN)
    reason = reason or refusal(connection, found, now)
    if reason:
        return Receipt(found.point, found.sequence, Verdict.REFUSED, reason)
    enrol(connection, found, carrier, now)
    _keep(connection, found, carrier, now)
    return Receipt(found.point, found.sequence, Verdict.ACCEPTED)


def _keep(connection: Connection, found: Message, carrier: str, now: datetime) -> None:
    connection.execute(
        insert(message).values(
            point=found.point,
            sequence=found.sequence,
            kind=str(found.kind),
            made=stored_text(found.made, 40),
            trust=stored_text(found.trust, 16),
            received=now_text(now),
            carrier=carrier,
            # PostgreSQL's text holds no zero byte; JSON writes it as an escape.
            body=json.dumps(found.body, ensure_ascii=True),
        )
    )


def _heard(
    connection: Connection,
    name: str,
    carrier: str,
    now: datetime,
    found: Message | None = None,
) -> None:
    values = {"heard": now_text(now), "carrier": carrier}
    if found is not None:
        values["trust"] = stored_text(found.trust, 16)
        if found.kind == Kind.HEALTH and _is_newest_health(connection, found):
            values["standing"] = json.dumps(found.body, ensure_ascii=True)
    connection.execute(update(point).where(point.c.point == name).values(**values))


def _is_newest_health(connection: Connection, found: Message) -> bool:
    asked = select(message.c.sequence).where(
        message.c.point == found.point,
        message.c.kind == str(Kind.HEALTH),
        message.c.sequence > found.sequence,
    )
    return connection.execute(asked).first() is None


def _keep_month(connection: Connection, found: Message, report: Monthly) -> None:
    """Put a month's figures in the place of an earlier report of that month."""
    where = (month.c.point == found.point, month.c.month == report.month)
    row = connection.execute(select(month.c.sequence).where(*where)).first()
    if row is not None and row.sequence > found.sequence:
        return
    connection.execute(delete(month).where(*where))
    connection.execute(
        delete(cell).where(cell.c.point == found.point, cell.c.month == report.month)
    )
    connection.execute(
        insert(month).values(
            point=found.point,
            month=report.month,
            sequence=found.sequence,
            visits=report.traffic[Metric.VISITS],
            visitors=report.traffic[Metric.VISITORS],
            searches=report.traffic[Metric.SEARCHES_PLATFORM],
            unmet=report.traffic[Metric.UNMET_SEARCHES],
            investigations=report.total[Metric.TOTAL_ITEM_INVESTIGATIONS],
            requests=report.total[Metric.TOTAL_ITEM_REQUESTS],
            titles=report.total[Metric.UNIQUE_TITLE_REQUESTS],
            seconds_open=report.traffic[Metric.SECONDS_OPEN],
            unproved=report.unproved,
            epsilon=report.epsilon,
        )
    )
    rows = [
        {
            "point": found.point,
            "month": report.month,
            "family": family,
            "value": value[:200],
            "figures": json.dumps(figures),
        }
        for (family, value), figures in sorted(report.cells.items())
    ]
    if rows:
        connection.execute(insert(cell), rows)
    for name, facts in sorted(report.works.items()):
        connection.execute(delete(work).where(work.c.identifier == name[:80]))
        connection.execute(
            insert(work).values(identifier=name[:80], facts=json.dumps(facts, ensure_ascii=True))
        )
