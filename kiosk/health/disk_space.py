"""Is there room on the disk of the books, and on the system's?"""

from collections.abc import Iterator
from pathlib import Path

from content.store.change import FLOOR_BYTES
from kiosk.health.check import N_, DiskUse, Finding, Machine, Remedy, Severity

# Room for one large audiobook and the catalogue of the next generation.
LOW_BYTES = 1_000_000_000


def check(machine: Machine) -> Iterator[Finding]:
    """Judge the disk of the library, and the one of the state when it is another."""
    books = _there(machine.library)
    yield judge(machine.disk(books))
    state = _there(machine.state)
    if state.stat().st_dev != books.stat().st_dev:
        yield judge_system(machine.disk(state))


def judge(use: DiskUse) -> Finding:
    """Return what to say of the disk that holds the books."""
    values = {"free": _size(use.free), "total": _size(use.total)}
    if use.free < FLOOR_BYTES:
        return Finding(
            "disk-full",
            Severity.CRITICAL,
            N_("The disk of the books is full: %(free)s of %(total)s are free."),
            N_(
                "Remove books that nobody reads, or use a bigger disk. Until then nothing new fits."
            ),
            values,
            Remedy.CONTENT,
        )
    if use.free < LOW_BYTES:
        return Finding(
            "disk-low",
            Severity.WARNING,
            N_("The disk of the books is nearly full: %(free)s of %(total)s are free."),
            N_("Remove books that nobody reads, or plan for a bigger disk."),
            values,
            Remedy.CONTENT,
        )
    return Finding(
        "disk-good",
        Severity.GOOD,
        N_("There is room for new books: %(free)s of %(total)s are free."),
        values=values,
    )


def judge_system(use: DiskUse) -> Finding:
    """Return what to say of the disk that holds counts and settings."""
    values = {"free": _size(use.free), "total": _size(use.total)}
    if use.free < FLOOR_BYTES // 5:
        return Finding(
            "system-disk-full",
            Severity.CRITICAL,
            N_("The memory card of the box is full: %(free)s of %(total)s are free."),
            N_("Restart the box. If it stays so, ask the province for a new card."),
            values,
            Remedy.REBOOT,
        )
    return Finding(
        "system-disk-good",
        Severity.GOOD,
        N_("The memory card of the box has room: %(free)s of %(total)s are free."),
        values=values,
    )


def _there(path: Path) -> Path:
    """Return the path, or the nearest folder above it that exists."""
    return next(one for one in (path, *path.parents) if one.exists())


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
