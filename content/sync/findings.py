"""What the health checks found that the province shall know: codes and numbers, no words.

The checks are the kiosk's (kiosk/health); they leave STATE/health.json, which is read here when a
point tells how it stands. docs/reference/health.md has the codes.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FILE = "health.json"
_MOST = 100
_LONGEST = 200
_MAX_FILE = 100_000


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """One finding.

    Args:
        check: Which check made it.
        values: What stands in its sentences.
    """

    check: str
    code: str
    severity: str
    values: Mapping[str, str | int] = field(default_factory=dict)


def read_findings(state: Path) -> tuple[ToldFinding, ...]:
    """Return what the checks found last; a file that is missing or damaged tells nothing."""
    try:
        with (state / FILE).open("rb") as file:
            return parse_findings(json.loads(file.read(_MAX_FILE))["findings"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def findings_body(findings: tuple[ToldFinding, ...]) -> list[dict[str, Any]]:
    """Return findings as they stand in a health message."""
    return [asdict(one) for one in findings]


def parse_findings(raw: Any) -> tuple[ToldFinding, ...]:
    """Return the findings of a health message; they are signed, but by a box that may be stolen.

    Raises:
        ValueError: A field is not what it must be.
    """
    if not isinstance(raw, list) or len(raw) > _MOST:
        raise ValueError("holds no list of findings, or too many")
    return tuple(_finding(one) for one in raw)


def _finding(raw: Any) -> ToldFinding:
    try:
        texts = [raw[name] for name in ("check", "code", "severity")]
        values = raw["values"]
        texts += [*values, *(one for one in values.values() if type(one) is not int)]
        numbers = [one for one in values.values() if type(one) is int]
        is_short = all(isinstance(one, str) and len(one) <= _LONGEST for one in texts)
        if not is_short or len(values) > 10 or not all(abs(one) < 1 << 60 for one in numbers):
            raise ValueError("holds a finding that is none")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"holds a finding that lacks something: {error}") from error
    return ToldFinding(raw["check"], raw["code"], raw["severity"], dict(values))
