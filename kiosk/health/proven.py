"""What the slow checks found, kept between them: STATE/proven.json, replaced whole.

    {"version": 1,
     "archives": {"FILE": {"when": "ISO 8601", "reason": ""}},
     "database": {"generation": N, "when": "ISO 8601", "reason": ""}}

A reason that is not empty is a fault. A damaged file counts as none: all is read again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from content.files import atomic_write

FILE = "proven.json"


@dataclass(frozen=True, slots=True)
class Proof:
    """When something was read whole, and what was wrong with it; "" is nothing."""

    when: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Proven:
    """The proofs of one point.

    Args:
        archives: By file name, which holds the digest.
        generation: The generation whose databases were read.
    """

    archives: Mapping[str, Proof] = field(default_factory=dict)
    generation: int = 0
    database: Proof | None = None


def load_proven(state: Path) -> Proven:
    """Return what was found before."""
    try:
        raw = json.loads((state / FILE).read_bytes())
        archives = {name: _proof(one) for name, one in raw["archives"].items()}
        database = raw["database"]
        if database is None:
            return Proven(archives)
        return Proven(archives, int(database["generation"]), _proof(database))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Proven()


def save_proven(state: Path, proven: Proven) -> None:
    """Replace what was found; after a power cut the old or the new one is there."""
    database = proven.database
    data = {
        "version": 1,
        "archives": {name: _facts(one) for name, one in proven.archives.items()},
        "database": database and {"generation": proven.generation, **_facts(database)},
    }
    state.mkdir(parents=True, exist_ok=True)
    atomic_write(state / FILE, json.dumps(data, ensure_ascii=False).encode())


def _proof(raw: Mapping[str, str]) -> Proof:
    when = datetime.fromisoformat(raw["when"])
    return Proof(when if when.tzinfo else when.replace(tzinfo=UTC), str(raw["reason"]))


def _facts(proof: Proof) -> dict[str, str]:
    return {"when": proof.when.isoformat(), "reason": proof.reason}
