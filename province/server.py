"""The provincial server under gunicorn, in this process."""

import os
from typing import Any

from gunicorn.app.base import BaseApplication

from province.app import create_app
from province.config import ProvinceConfig


class Server(BaseApplication):  # type: ignore[misc] # gunicorn ships no types
    """`run` serves until it is stopped."""

    def __init__(self, config: ProvinceConfig) -> None:
        self._config = config
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings to gunicorn."""
        values = {
            "bind": self._config.bind,
            "workers": self._config.workers,
            "threads": 4,
            "worker_class": "kiosk.lingering.LingeringWorker",
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108
            "timeout": 120,
            "graceful_timeout": 10,
            "loglevel": "warning",
            "proc_name": "diemdoc-province",
        }
        for name, value in values.items():
            if value is not None:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the app, once in each worker."""
        return create_app(self._config)


def run(config: ProvinceConfig) -> None:
    """Serve until stopped.

    Raises:
        ProvinceError: Keys or database cannot be used; found before anything is served.
    """
    create_app(config).extensions["database"].dispose()
    Server(config).run()
