"""`usage.json`: what is counted and not yet in the ledger; replaced whole, once a minute.

One file and one fsync: after a power cut it is that of this minute or of the one before. Everything
in it is sorted, so that it does not tell in which order people came.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from content.errors import StoreError
from content.usage.cells import Cells
from content.usage.events import Work, figures_of

LIVE_FILE = "usage.json"
VERSION = 2
# Version 1 had one metric fewer in a row.
_KNOWN = (1, VERSION)
_MAX_BYTES = 64 << 20


@dataclass(slots=True)
class Live:
    """What is under way.

    Args:
        number: Grows with every save.
        line: Name of the machine's run that wrote it.
        offset: Of that run's timeline.
        is_proved: Likewise.
        batch: Name of the cells in `closing`.
        closing: Cells on their way into the ledger.
    """

    number: int = 0
    line: str = ""
    offset: float = 0.0
    is_proved: bool = False
    cells: Cells = field(default_factory=dict)
    works: dict[str, Work] = field(default_factory=dict)
    batch: str = ""
    closing: Cells = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "version": VERSION,
            "number": self.number,
            "line": self.line,
            "offset": self.offset,
            "is_proved": self.is_proved,
            "cells": _rows(self.cells),
            "works": [self.works[name].row() for name in sorted(self.works)],
            "batch": self.batch,
            "closing": _rows(self.closing),
        }


def live_from_json(raw: Any) -> Live:
    """Return what `to_json` wrote.

    Raises:
        ValueError, KeyError, TypeError: It is something else.
    """
    if raw["version"] not in _KNOWN:
        raise ValueError(f"version {raw['version']}")
    return Live(
        int(raw["number"]),
        str(raw["line"]),
        float(raw["offset"]),
        bool(raw["is_proved"]),
        _cells(raw["cells"]),
        {one[0]: Work(*one) for one in raw["works"]},
        str(raw["batch"]),
        _cells(raw["closing"]),
    )


def load(path: Path) -> Live:
    """Return what is under way; nothing when there is no file.

    Raises:
        StoreError: The file is damaged.
    """
    try:
        with path.open("rb") as file:
            return live_from_json(json.loads(file.read(_MAX_BYTES)))
    except FileNotFoundError:
        return Live()
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise StoreError(
            f"{path}: is damaged; move it away, and counting goes on without this day"
        ) from error


def save(path: Path, live: Live) -> None:
    """Replace the file; after a power cut it is this one or the one before."""
    data = json.dumps(live.to_json(), ensure_ascii=False, separators=(",", ":")).encode()
    replace_once(path, data, durable=True)


def replace_once(path: Path, data: bytes, *, durable: bool) -> None:
    """Replace a file for its owner's eyes, with one fsync or none.

    The new name is not forced to the disk: until it is there by itself, the old file counts.
    """
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)


def _rows(cells: Cells) -> list[list[Any]]:
    return [[when, line, *key, *figures] for (when, line, key), figures in sorted(cells.items())]


def _cells(rows: list[list[Any]]) -> Cells:
    found: Cells = {}
    for when, line, family, value, surface, machine, *figures in rows:
        found[when, line, (family, value, surface, bool(machine))] = figures_of(figures)
    return found
