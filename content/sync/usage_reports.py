"""Put the reports of months that are over into the outbox; again only what has changed since."""

import hashlib
import json
import secrets
from pathlib import Path

from content.clock import Reading
from content.files import atomic_write
from content.sync.message import Kind
from content.sync.outbox import Outbox
from content.usage.cells import MONTH
from content.usage.figures import read
from content.usage.handover import Noise, handover
from content.usage.ledger import LEDGER_FILE, Ledger
from content.usage.timeline import name_of

# A clock that became known late, or a stick that came late, changes months that are long over.
MONTHS_BACK = 13


def load_noise(state: Path, epsilon: float) -> Noise:
    """Return the noise of this box, with its secret made when it is first needed."""
    if not epsilon:
        return Noise(0.0, b"")
    path = state / "noise.key"
    if not path.exists():
        atomic_write(path, secrets.token_bytes(32), mode=0o600)
    return Noise(epsilon, path.read_bytes())


def queue_reports(
    state: Path, outbox: Outbox, reading: Reading, epsilon: float, *, dry_run: bool = False
) -> list[str]:
    """Put into the outbox each month's report that is new or has changed; return the months.

    After a power cut a report may be there twice; the province keeps the last of a month.

    Raises:
        StoreError: The figures are damaged.
    """
    cells, works = read(state, "0000-01-01", "9999-12-31")
    newest = max((when[:MONTH] for when, _, _ in cells), default="")
    now = max(newest, name_of(reading.now.timestamp())[:MONTH])
    months = sorted({when[:MONTH] for when, _, _ in cells if when[:MONTH] < now})[-MONTHS_BACK:]
    if not months:
        return []
    noise = load_noise(state, epsilon)
    ledger = Ledger(state / LEDGER_FILE)
    put = []
    try:
        for month in months:
            body = handover(month, cells, works, noise)
            text = json.dumps(body, ensure_ascii=False, sort_keys=True)
            digest = hashlib.sha256(text.encode()).hexdigest()
            if ledger.handed(month) == digest:
                continue
            put.append(month)
            if not dry_run:
                outbox.put(Kind.REPORT, body, reading)
                ledger.note_handed(month, digest)
    finally:
        ledger.close()
    return put
