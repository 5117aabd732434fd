"""All checks, in the order in which they are shown, and the one way to run them."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from content.files import atomic_write
from content.sync.findings import FILE as TOLD_FILE
from kiosk.health import (
    access_point,
    archives,
    card_wear,
    clock,
    database,
    disk_space,
    services,
    software,
    sync_age,
    temperature,
    under_voltage,
    wifi_clients,
)
from kiosk.health.check import N_, Check, Finding, Machine, Severity

logger = logging.getLogger(__name__)
VERSION = 1
TOLD_EVERY = timedelta(hours=1)
CHECKS: dict[str, Check] = {
    "disk-space": disk_space.check,
    "archives": archives.check,
    "database": database.check,
    "sync-age": sync_age.check,
    "software": software.check,
    "access-point": access_point.check,
    "wifi-clients": wifi_clients.check,
    "services": services.check,
    "clock": clock.check,
    "under-voltage": under_voltage.check,
    "temperature": temperature.check,
    "card-wear": card_wear.check,
}


@dataclass(frozen=True, slots=True)
class Report:
    """What the checks found.

    Args:
        findings: Check and finding, in the order of the checks.
    """

    findings: tuple[tuple[str, Finding], ...]

    @property
    def worst(self) -> Severity:
        """How bad the worst finding is; `good` when all is well or nothing is known."""
        known = [one.severity for _, one in self.findings if one.severity != Severity.UNKNOWN]
        return max(known, key=lambda one: one.rank, default=Severity.GOOD)


def run_checks(machine: Machine, checks: Mapping[str, Check] = CHECKS) -> Report:
    """Return what every check finds; one that breaks is a finding itself and stops no other."""
    found: list[tuple[str, Finding]] = []
    for name, check in checks.items():
        try:
            found.extend((name, one) for one in check(machine))
        except Exception:  # an edge: what a check meets on a broken machine is not known before
            logger.exception("the check %s broke", name)
            found.append((name, _broken(name)))
    return Report(tuple(found))


def _broken(name: str) -> Finding:
    return Finding(
        "check-broken",
        Severity.NOTICE,
        N_("The check “%(check)s” could not be made."),
        N_("Restart the box. If this comes back, tell the province."),
        {"check": name},
    )


def in_words(sentence: str, finding: Finding, translate: Callable[[str], str]) -> str:
    """Return a sentence of a finding in a language, with its values."""
    return translate(sentence) % finding.values if sentence else ""


def report_facts(report: Report, translate: Callable[[str], str]) -> dict[str, object]:
    """Return a report for programs; docs/reference/health.md has the fields."""
    return {
        "version": VERSION,
        "worst": str(report.worst),
        "findings": [
            {
                "check": name,
                "code": one.code,
                "severity": str(one.severity),
                "message": in_words(one.message, one, translate),
                "fix": in_words(one.fix, one, translate),
                "values": dict(one.values),
            }
            for name, one in report.findings
        ],
    }


def told_findings(report: Report) -> list[dict[str, object]]:
    """Return what the province is told: codes and numbers of what is not well, no words."""
    return [
        {"check": name, "code": one.code, "severity": str(one.severity), "values": dict(one.values)}
        for name, one in report.findings
        if one.severity.rank >= Severity.NOTICE.rank
    ]


def keep_told(state: Path, report: Report, now: datetime) -> None:
    """Keep what the province is told; after a power cut the old or the new one is there.

    The same findings are written once an hour at most: a card bears only so many writes.
    """
    told = told_findings(report)
    if _is_kept(state / TOLD_FILE, told, now):
        return
    data = {"version": VERSION, "when": now.isoformat(), "findings": told}
    state.mkdir(parents=True, exist_ok=True)
    atomic_write(state / TOLD_FILE, json.dumps(data, ensure_ascii=False).encode())


def _is_kept(path: Path, told: list[dict[str, object]], now: datetime) -> bool:
    try:
        kept = json.loads(path.read_bytes())
        age = now - datetime.fromisoformat(kept["when"])
        codes = [one["code"] for one in kept["findings"]]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return timedelta() <= age < TOLD_EVERY and codes == [one["code"] for one in told]
