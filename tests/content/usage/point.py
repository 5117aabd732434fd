"""A recorder on a small point for tests: works, phones, a clock that can be set."""

import json
import sqlite3
from collections import Counter as Multiset
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from content.clock import Reading, Trust
from content.usage import live
from content.usage.cells import Cells, merge
from content.usage.events import Action, Family, Metric, Surface, Work
from content.usage.finder import Found, stretch
from content.usage.ledger import LEDGER_FILE, Ledger
from content.usage.live import LIVE_FILE
from content.usage.memory import Memory
from content.usage.recorder import Recorder
from content.usage.sighting import Sighting, encode

SHM = Path("/dev/shm")
BROWSER = b"Mozilla/5.0 (Linux; Android 8.1) Chrome/90 Mobile"
# A quiet morning in Vietnam, well after the software was made.
MORNING = datetime(2027, 3, 10, 1, 0, tzinfo=UTC)


class Works:
    """A finder for tests: works w0, w1, ... of ten parts, sound in `sound.mp3`."""

    def __init__(self, forms: Sequence[str] = ("ebook", "audiobook")) -> None:
        self._forms = forms
        self._works: dict[str, Work] = {}

    def record(self, identifier: str) -> Work | None:
        if not identifier.startswith("w"):
            return None
        if identifier not in self._works:
            number = int(identifier[1:])
            self._works[identifier] = Work(
                identifier,
                f"Sách {number}",
                self._forms[number % len(self._forms)],
                f"Kệ {number % 3}",
                "general",
                "vi",
                "Người viết",
                "2019",
                "Nhà xuất bản",
            )
        return self._works[identifier]

    def part(self, identifier: str, number: int) -> Found | None:
        work = self.record(identifier)
        return None if work is None else Found(work, Action.READ, str(number))

    def entry(self, book: str, path: str, *, keeps: bool) -> Found | None:
        work = self.record(book)
        if work is None or path.endswith(".png"):
            return None
        if keeps:
            return Found(work, Action.DOWNLOAD, "file 1")
        if path == "sound.mp3":
            both = [(0.0, 600.0), (600.0, 1200.0)]
            parts = tuple(stretch(str(n), one, 1200.0, 4_800_000) for n, one in enumerate(both, 1))
            return Found(work, Action.LISTEN, "", parts)
        return Found(work, Action.READ, path)


class Point:
    """A recorder with its folders; `start` it again as a new process would be.

    Args:
        root: Where its state lies.
        memory: Folder in memory; None forgets at each restart.
        ahead: How long after that morning it begins.
    """

    def __init__(
        self, root: Path, memory: Path | None = None, *, ahead: timedelta = timedelta()
    ) -> None:
        self.state = root / "state"
        self.memory = memory
        self.now = MORNING + ahead
        self.trust = Trust.SYNCHRONISED
        self.at = 1_000.0 + ahead.total_seconds()
        self.run = "first run"
        self.recorder = self.start()

    def start(self) -> Recorder:
        self.recorder = Recorder(
            self.state, Memory(self.memory), Works(), self.reading, self.run, self.at
        )
        return self.recorder

    def reading(self) -> Reading:
        return Reading(self.now, self.trust, self.now, self.now)

    def wait(self, seconds: float) -> None:
        """Let time pass, with a flush each minute as the process does."""
        self.at += seconds
        self.now += timedelta(seconds=seconds)

    def see(
        self,
        target: str,
        address: str = "10.0.0.7",
        agent: bytes = BROWSER,
        *,
        server: bytes = b"a",
        status: int = 200,
        wanted: bytes = b"",
        sent: int = 0,
        found: bool = True,
    ) -> None:
        one = Sighting(
            server, address.encode(), agent, target.encode(), status, wanted, sent, found
        )
        self.recorder.take(encode(one), self.at)

    def flush(self) -> None:
        self.recorder.flush(self.at)

    def cells(self) -> Cells:
        """Return every cell on the disk, wherever it lies."""
        return cells_of(self.state)

    def total(self, metric: Metric, family: str = Family.POINT, value: str | None = None) -> int:
        return total(self.cells(), metric, family, value)


def cells_of(state: Path) -> Cells:
    """Return every cell in a state folder."""
    under_way = live.load(state / LIVE_FILE)
    ledger = Ledger(state / LEDGER_FILE)
    done = ledger.cells("0000", "9999")
    closing = {} if ledger.has(under_way.batch) else under_way.closing
    ledger.close()
    return merge(under_way.cells, closing, done)


def total(cells: Cells, metric: Metric, family: str, value: str | None = None) -> int:
    return sum(
        figures[metric]
        for (_, _, key), figures in cells.items()
        if key[0] == family and value in {None, key[1]}
    )


def by_surface(cells: Cells, metric: Metric) -> dict[str, int]:
    found: Multiset[str] = Multiset()
    for (_, _, key), figures in cells.items():
        if key[0] == Family.TRAFFIC:
            found[key[2]] += figures[metric]
    return {one: found[one] for one in Surface if found[one]}


def whole(state: Path) -> bool:
    """Return whether the files of a state folder are intact."""
    database = sqlite3.connect(state / LEDGER_FILE)
    (answer,) = database.execute("PRAGMA integrity_check").fetchone()
    database.close()
    if (state / LIVE_FILE).exists():
        json.loads((state / LIVE_FILE).read_bytes())
    return bool(answer == "ok")
