"""Read what a recorder has written, also while it writes."""

from pathlib import Path

from content.errors import UsageError
from content.usage import live as live_file
from content.usage.cells import Cells, latest, merge
from content.usage.events import Work
from content.usage.ledger import LEDGER_FILE, Ledger
from content.usage.live import LIVE_FILE
from content.usage.periods import Period
from content.usage.report import Report, report

_TRIES = 20


def read(state: Path, first: str, last: str) -> tuple[Cells, dict[str, Work]]:
    """Return the cells from a day to a day, and what is known of their works.

    Args:
        state: Folder of a recorder; without one there are none.
        first: ISO 8601; months that one of the two days is in count as a whole.

    Raises:
        StoreError: A file is damaged.
        UsageError: It is written all the time.
    """
    for _ in range(_TRIES):
        live = live_file.load(state / LIVE_FILE)
        done: Cells = {}
        works: dict[str, Work] = {}
        closing = live.closing
        if (state / LEDGER_FILE).exists():
            ledger = Ledger(state / LEDGER_FILE)
            try:
                done, works = ledger.cells(first, last), ledger.works()
                closing = {} if ledger.has(live.batch) else live.closing
            finally:
                ledger.close()
        # Nothing moved from one file to the other meanwhile.
        if live_file.load(state / LIVE_FILE).number == live.number:
            asked = [_between(part, first, last) for part in (live.cells, closing)]
            return merge(done, *asked), {**works, **live.works}
    raise UsageError(f"{state}: the figures change all the time; try again")


def newest(state: Path) -> str:
    """Return the newest hour, day or month with figures, or ""."""
    cells, _ = read(state, "0000-01-01", "9999-12-31")
    return latest(cells)


def report_of(state: Path, asked: Period) -> Report:
    """Return the report of a period."""
    cells, works = read(state, asked.first.isoformat(), asked.last.isoformat())
    return report(cells, works, asked)


def _between(cells: Cells, first: str, last: str) -> Cells:
    return {
        cell: figures
        for cell, figures in cells.items()
        if first[: len(cell[0])] <= cell[0] and cell[0][: len(last)] <= last
    }
