"""Whether a process of ours shall go on, and telling systemd that it does."""

import os
import signal
from time import monotonic

from provisioning.notify import notify

_BETWEEN_S = 1.0


class Running:
    """Called, it says whether to go on; made in the main thread, it takes SIGTERM and SIGINT.

    The first call tells systemd that we are ready, and each later one that we are alive.
    """

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._goes_on = True
        self._next_told = 0.0
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, self._stop)

    def __call__(self) -> bool:
        """Return whether to go on."""
        now = monotonic()
        if now >= self._next_told:
            notify("WATCHDOG=1" if self._next_told else "READY=1")
            self._next_told = now + _BETWEEN_S
        return self._goes_on and os.getppid() == self._parent

    def _stop(self, *_: object) -> None:
        self._goes_on = False
