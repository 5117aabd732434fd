"""How far long work is, on one changing line, for people at a terminal."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that shows one changing line on stderr, when it is a terminal."""
    shown = sys.stderr.isatty()

    def report(words: str, done: int, total: int) -> None:
        if shown:
            text = f"[{done}/{total}] {words}"[: shutil.get_terminal_size().columns - 1]
            click.echo("\r\x1b[K" + text, nl=False, err=True)

    try:
        yield report
    finally:
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)
