"""Run the processes of a reading point on a computer without systemd: start, watch, end together.

On the box systemd does this with one unit each; the processes are the same.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import click

RESTART_S = 1.0
GRACE_S = 12.0
LOOK_S = 0.2
_PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Process:
    """One process to keep running.

    Args:
        command: Program and arguments.
        is_idle: Whether it shall run only when nothing else does.
    """

    name: str
    command: Sequence[str]
    is_idle: bool = False
    _running: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _next_start: float = 0.0

    def keep(self, now: float) -> None:
        """Start it, and again when it has ended, not more often than once a second."""
        if self._running is not None and self._running.poll() is not None:
            code = self._running.returncode
            self._running = None
            self._next_start = now + RESTART_S
            click.echo(f"diemdoc: {self.name} ended ({code}); starting it anew", err=True)
        if self._running is None and now >= self._next_start:
            # In a session of its own, so that Ctrl+C reaches only us; one thread runs here.
            self._running = subprocess.Popen(  # noqa: S603 -- our own program
                self.command,
                start_new_session=True,
                preexec_fn=_idle if self.is_idle else tie_to_parent,  # noqa: PLW1509
            )

    def stop(self) -> None:
        """Ask it to end."""
        if self._running is not None:
            self._running.terminate()

    def end(self, deadline: float) -> None:
        """Wait until it has ended; end it by force at the deadline."""
        if self._running is None:
            return
        try:
            self._running.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()


def supervise(
    processes: Sequence[Process], *, is_ready: Callable[[], bool], announce: Callable[[], None]
) -> None:
    """Run processes until Ctrl+C or SIGTERM; each that ends is started anew.

    Args:
        is_ready: Asked until it says that the reading point answers.
        announce: Called once then.
    """
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, stop)
    told = False
    while not stopping:
        now = time.monotonic()
        for process in processes:
            process.keep(now)
        if not told and is_ready():
            told = True
            announce()
        time.sleep(LOOK_S)
    for process in processes:
        process.stop()
    deadline = time.monotonic() + GRACE_S
    for process in processes:
        process.end(deadline)


def tie_to_parent() -> None:
    """Have this process end with its parent, whatever ends that."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _idle() -> None:
    tie_to_parent()
    with contextlib.suppress(OSError):
        os.nice(19)
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
