"""How old is what the province last said, and does it still hold?"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from content.clock import TrustedClock
from content.errors import ContentError
from content.repository.trust import TrustStore
from kiosk.health.check import N_, Finding, Machine, Remedy, Severity

# A season without a stick or a link: the newest books pass this village by.
OLD_DAYS = 90
_FIX = N_(
    "Connect the box to the internet, or ask the district library for a stick with new books."
)


def check(machine: Machine) -> Iterator[Finding]:
    """Judge the newest list of the province that was verified here."""
    trust = TrustStore(machine.state / "trust")
    try:
        trust.root()
    except ContentError:
        yield Finding(
            "province-none",
            Severity.NOTICE,
            N_("This point follows no province: its books are those that you add."),
        )
        return
    folder = trust.current()
    if folder is None:
        yield Finding(
            "update-never",
            Severity.WARNING,
            N_("No update has come yet."),
            _FIX,
            remedy=Remedy.UPDATE,
        )
        return
    expires = _expires((folder / "timestamp.json").read_text(encoding="utf-8"))
    reading = TrustedClock(machine.state / "clock.json", wall=lambda: machine.now).reading()
    signed = datetime.fromtimestamp((folder / "timestamp.json").stat().st_mtime, UTC)
    yield judge(reading.now, min(signed, reading.now), expires)


def judge(now: datetime, came: datetime, expires: datetime) -> Finding:
    """Return what to say of a list that came and expires at these times."""
    values = {"days": max(0, (now - came).days)}
    if now > expires:
        return Finding(
            "update-expired",
            Severity.WARNING,
            N_("What the province signed ran out %(ago)s days ago. Reading goes on."),
            _FIX,
            {"ago": (now - expires).days},
            Remedy.UPDATE,
        )
    if values["days"] >= OLD_DAYS:
        return Finding(
            "update-old",
            Severity.WARNING,
            N_("The last update came %(days)s days ago."),
            _FIX,
            values,
            Remedy.UPDATE,
        )
    return Finding(
        "update-good", Severity.GOOD, N_("The last update came %(days)s days ago."), values=values
    )


def _expires(text: str) -> datetime:
    found = datetime.fromisoformat(json.loads(text)["signed"]["expires"])
    return found if found.tzinfo else found.replace(tzinfo=UTC)
