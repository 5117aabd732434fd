"""The archive server: gunicorn with our worker, in a process and an origin of its own."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from content.library.books import Books
from kiosk.collector import keep_from_collector
from kiosk.config import KioskConfig, names_of, state_of
from kiosk.serving.routes import make_site
from kiosk.serving.shared import Shared
from kiosk.serving.site import Site
from kiosk.watchdog import watch

# One loop sends more than a box's radio can carry; a second one keeps its own answers ready.
WORKERS = 1
TIMEOUT_S = 30
GRACE_S = 10


@dataclass(frozen=True, slots=True)
class Served:
    """What a worker serves.

    Args:
        search_socket: Of the search process; None when there is none.
        usage_socket: Of the recorder; likewise.
    """

    site: Site
    search_socket: Path | None
    usage_socket: Path | None


class ContentServer(BaseApplication):  # type: ignore[misc] # gunicorn ships no types
    """The archive server; `run` serves until it is stopped."""

    def __init__(self, config: KioskConfig) -> None:
        self._config = config
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings to gunicorn."""
        values = {
            "bind": self._config.content_bind,
            "workers": WORKERS,
            "worker_class": "kiosk.serving.worker.LoopWorker",
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108
            "timeout": TIMEOUT_S,
            "graceful_timeout": GRACE_S,
            "loglevel": "warning",
            "post_worker_init": lambda _worker: watch(self._config.content_bind),
            "proc_name": "diemdoc-content",
            "backlog": 512,
            "control_socket_disable": True,
        }
        for name, value in values.items():
            if value is not None and name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the site, once in each worker."""
        config = self._config
        books = Books(config.library)
        trust = state_of(config) / "trust"
        shared = Shared(books, config.library, trust) if config.share else None
        site = make_site(books, names_of(config), shared=shared)
        search, usage = (
            Path(one) if one else None for one in (config.search_socket, config.usage_socket)
        )
        keep_from_collector()
        return Served(site, search, usage)


def run(config: KioskConfig) -> None:
    """Serve archives until stopped."""
    ContentServer(config).run()
