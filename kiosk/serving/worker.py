"""gunicorn's worker that runs our loop: gunicorn starts, watches and replaces it."""

import os
import resource
import signal
from typing import Any

from gunicorn.workers.base import Worker

from content.usage.teller import Teller
from kiosk.searching.pool import SearchPool
from kiosk.serving.loop import Loop


class LoopWorker(Worker):  # type: ignore[misc] # gunicorn ships no types
    """Serve the site that gunicorn's application returns."""

    def init_signals(self) -> None:
        """Take the signals a worker gets; stopping waits for answers under way."""
        super().init_signals()
        signal.siginterrupt(signal.SIGTERM, True)  # noqa: FBT003 -- so that a long poll ends

    def run(self) -> None:
        """Serve until told to stop."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        served: Any = self.wsgi
        loop = Loop(
            served.site,
            [one.sock for one in self.sockets],
            SearchPool(served.search_socket),
            self._tick,
            teller=Teller(served.usage_socket),
            grace_s=float(self.cfg.graceful_timeout),
        )
        loop.run()

    def _tick(self) -> bool:
        """Tell the arbiter that we live; return whether to go on."""
        self.notify()
        if self.ppid != os.getppid():
            self.log.warning("the parent has gone: stopping")
            return False
        return bool(self.alive)
