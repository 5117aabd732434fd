"""Whether a process of ours shall go on: until it is told to stop, or its parent has gone."""

import os
import signal


class Running:
    """Called, it says whether to go on; made in the main thread, it takes SIGTERM and SIGINT."""

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._goes_on = True
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, self._stop)

    def __call__(self) -> bool:
        """Return whether to go on."""
        return self._goes_on and os.getppid() == self._parent

    def _stop(self, *_: object) -> None:
        self._goes_on = False
