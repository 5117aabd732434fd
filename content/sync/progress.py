"""How far an update is, in archives and bytes, on one changing line for people at a terminal."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

_EVERY_S = 0.2
# Before that the speed says nothing.
_SETTLED_S = 3.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the archives are.

    Args:
        title: Of the archive under way.
        item: Its number, from 1.
        done_bytes: Of all archives, copied or fetched.
    """

    title: str
    item: int
    items: int
    done_bytes: int
    total_bytes: int


def in_line(progress: Progress, spent_s: float) -> str:
    """Return the line that says how far it is, and how long it will take at this speed."""
    done, total = progress.done_bytes, progress.total_bytes
    left = ""
    if spent_s >= _SETTLED_S and 0 < done < total:
        left = f" · {_in_words(spent_s * (total - done) / done)} left"
    return (
        f"{progress.item}/{progress.items} · {done / 1e6:.0f} of {total / 1e6:.0f} MB{left}"
        f" · {progress.title}"
    )


def _in_words(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5_400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.1f} h"


@contextmanager
def shown() -> Iterator[Callable[[Progress], None]]:
    """Yield a function that shows the line on stderr, when that is a terminal."""
    began = time.monotonic()
    is_terminal = sys.stderr.isatty()
    last = 0.0

    def show(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if is_terminal and (now - last >= _EVERY_S or progress.done_bytes == progress.total_bytes):
            last = now
            text = in_line(progress, now - began)[: shutil.get_terminal_size().columns - 1]
            click.echo("\r\x1b[K" + text, nl=False, err=True)

    try:
        yield show
    finally:
        if is_terminal:
            click.echo("\r\x1b[K", nl=False, err=True)
