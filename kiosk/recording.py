"""The recorder's process: hears what the servers tell, brings figures to the disk once a minute."""

import ctypes
import logging
import os
import resource
import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from content.clock import TrustedClock
from content.errors import ConfigError, StoreError
from content.files import exclusive
from content.library.library import Library
from content.library.reading import Reading
from content.usage.memory import Memory
from content.usage.recorder import FLUSH_S, Recorder
from content.usage.sighting import MAX_BYTES
from kiosk.config import KioskConfig, state_of
from kiosk.running import Running

logger = logging.getLogger(__name__)
LOOK_S = 1.0
DAMAGED_S = 60.0
_PR_SET_DUMPABLE = 4  # prctl(2)
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def run(config: KioskConfig) -> None:
    """Count until stopped.

    Raises:
        ConfigError: Nobody says where the servers tell.
    """
    if not config.usage_socket:
        raise ConfigError("the recorder needs usage_socket, or --usage-socket PATH")
    keep_off_disk()
    memory = Memory(Path(config.runtime) if config.runtime else None)
    running = Running()
    try:
        record(config.library, state_of(config), Path(config.usage_socket), memory, running)
    except StoreError:
        # Whoever starts us anew shall not say so every second.
        until = _now() + DAMAGED_S
        while running() and _now() < until:
            time.sleep(LOOK_S)
        raise


def keep_off_disk() -> None:
    """Let a crash write no picture of this process's memory to a disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0)


def record(  # noqa: PLR0913 -- the last is for tests
    library: Path,
    state: Path,
    address: Path,
    memory: Memory,
    goes_on: Callable[[], bool],
    *,
    flush_s: float = FLUSH_S,
) -> None:
    """Count what is told at a socket while `goes_on`.

    Raises:
        StoreError: The figures on the disk are damaged, or another recorder counts them.
    """
    state.mkdir(parents=True, exist_ok=True)
    with exclusive(state / "usage.lock", f"{state}: another recorder counts here already"):
        reading = Reading(Library(library))
        clock = TrustedClock(state / "clock.json")
        run_of_machine = _BOOT.read_text("ascii")
        recorder = Recorder(state, memory, reading, clock.reading, run_of_machine, _now())
        with _listen(address) as sock:
            next_flush = _now() + flush_s
            while goes_on():
                _hear(sock, recorder)
                if _now() >= next_flush:
                    next_flush = _now() + flush_s
                    reading.look()
                    _try(recorder.flush)
            _hear(sock, recorder)
        _try(recorder.close)


def _hear(sock: socket.socket, recorder: Recorder) -> None:
    """Take what has been told; wait a moment for the first of it."""
    wait_s = LOOK_S
    for _ in range(1_000):
        sock.settimeout(wait_s)
        try:
            data = sock.recv(MAX_BYTES + 1)
        except (TimeoutError, BlockingIOError, InterruptedError):
            return
        recorder.take(data, _now())
        wait_s = 0.0


def _try(flush: Callable[[float], None]) -> None:
    """Bring figures to the disk; when it does not take them they wait for the next time."""
    try:
        flush(_now())
    except (OSError, sqlite3.Error, StoreError) as error:
        logger.warning("counts wait in memory, the disk does not take them: %s", error)


def _listen(address: Path) -> socket.socket:
    """Return a socket that only this user's processes can tell."""
    address.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    before = os.umask(0o117)
    try:
        sock.bind(str(address))
    finally:
        os.umask(before)
    return sock


def _now() -> float:
    """Return seconds since the machine started, sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
