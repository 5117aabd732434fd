"""Points and a province for tests: figures made by real recorders, handed over by real outboxes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine

from content.clock import Reading, Trust
from content.sync.message import Kind, Receipt, verify_receipt
from content.sync.outbox import Outbox
from content.usage.events import Metric
from province.enrolments import invite
from province.reports_keys import ReportsKeys, load_keys
from province.statistics import WIRE, Desk
from province.tables import open_database

NOW = datetime(2027, 6, 10, 3, 0, tzinfo=UTC)
READING = Reading(NOW, Trust.SYNCHRONISED, NOW, NOW)
HEALTH = {
    "version": 1, "software": "0.1.0", "generation": 12, "archives": {"sach-1": "ab" * 32},
    "local": 0, "disk_bytes": 64_000_000_000, "free_bytes": 2_000_000_000, "commune": "",
    "collections": [],
}  # fmt: skip


def usage_body(month: str, visits: int = 40, **more: Any) -> dict[str, Any]:
    """Return the report of a month with so many visits, each reading two works."""
    named = {
        Metric.VISITS.counter_name: visits,
        Metric.TOTAL_ITEM_INVESTIGATIONS.counter_name: 3 * visits,
        Metric.TOTAL_ITEM_REQUESTS.counter_name: 3 * visits,
        Metric.UNIQUE_ITEM_INVESTIGATIONS.counter_name: 2 * visits,
        Metric.UNIQUE_ITEM_REQUESTS.counter_name: 2 * visits,
        Metric.UNIQUE_TITLE_INVESTIGATIONS.counter_name: 2 * visits,
        Metric.UNIQUE_TITLE_REQUESTS.counter_name: 2 * visits,
    }
    return {
        "version": 1,
        "report": "usage",
        "month": month,
        "k": 5,
        "epsilon": 0.0,
        "days": {f"{month}-03": {"Visits": visits, "Searches_Platform": 7, "seconds_open": 36_000}},
        "hours": [0] * 24,
        "surfaces": {"phone": visits},
        "total": named,
        "cells": [[month, "work", "w1", named], [month, "form", "ebook", named]],
        "works": {"w1": {"title": "Sử thi", "form": "ebook", "date": "2019", "publisher": "NXB"}},
        "unmet": [],
        "unproved_visits": 0,
        "dropped": 0,
        **more,
    }


class Province:
    """A desk with its database and keys."""

    def __init__(self, address: str, folder: Path) -> None:
        self.database: Engine = open_database(address)
        self.keys: ReportsKeys = load_keys(folder)
        self.desk = Desk(self.database, self.keys)
        self.now = NOW

    @property
    def receipt_key(self) -> Ed25519PublicKey:
        return self.keys.signing.public_key()

    def send(self, data: bytes) -> bytes:
        """Take a message by wire; what an outbox calls."""
        return self.desk.take(data, WIRE, self.now)[1]

    def receipt(self, data: bytes) -> Receipt:
        return verify_receipt(self.send(data), self.receipt_key)

    def point(self, folder: Path, name: str, commune: str) -> Outbox:
        """Return the outbox of a point that is known."""
        outbox = Outbox(folder)
        outbox.enrol(invite(self.database, name, commune, self.now), name, commune, READING)
        self.deliver(outbox)
        return outbox

    def deliver(self, outbox: Outbox, send: Callable[[bytes], bytes] | None = None) -> None:
        outbox.deliver(send or self.send, self.receipt_key, datetime.now(UTC) + timedelta(days=1))

    def close(self) -> None:
        self.database.dispose()


def data_of(outbox: Outbox, kind: Kind, body: Any) -> bytes:
    """Return a signed message that does not wait to be sent by itself."""
    number = outbox.put(kind, body, READING)
    return dict(outbox.waiting())[number]
