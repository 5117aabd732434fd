"""gunicorn in this process, with limits that suit a small box and slow phones."""

import os
import socket
import sys
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from kiosk.accounts import Accounts, Desk
from kiosk.app import Shared, create_app
from kiosk.collector import keep_from_collector
from kiosk.config import KioskConfig, state_of
from kiosk.crossing import Crossing, CrossingWorker
from kiosk.searching.client import MAX_WAITING
from kiosk.watchdog import watch

MAX_WORKERS = 4
# A phone at the edge of the Wi-Fi reads a page in seconds; a silent one must not hold a thread.
TIMEOUT_S = 60
KEEPALIVE_S = 15
REQUEST_S = 10
# How long one request may keep Python to itself while another waits for it.
TURN_S = 0.001


class Server(BaseApplication):  # type: ignore[misc] # gunicorn ships no types
    """The web server of a reading point; `run` serves until it is stopped."""

    def __init__(self, config: KioskConfig) -> None:
        self._config = config
        # Before the workers are started, so that all have the same.
        self._shared = Shared()
        self._crossing = Crossing() if config.search_socket else None
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings to gunicorn."""
        config = self._config
        workers = config.workers or min(MAX_WORKERS, os.cpu_count() or 1)
        values = {
            "bind": [one for one in (config.bind, config.staff_bind) if one],
            "workers": workers + (self._crossing is not None),
            # Threads that wait for the search do not keep pages waiting.
            "threads": config.threads + (MAX_WAITING if config.search_socket else 0),
            "worker_class": "kiosk.crossing.CrossingWorker",
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108
            "timeout": TIMEOUT_S,
            "keepalive": KEEPALIVE_S,
            "graceful_timeout": 10,
            "limit_request_line": 4094,
            "limit_request_fields": 60,
            "limit_request_field_size": 8190,
            "loglevel": "warning",
            "preload_app": True,
            "when_ready": _accept_with_a_request,
            "pre_fork": self._choose,
            "post_worker_init": lambda _worker: watch(config.bind),
            "proc_name": "diemdoc",
        }
        for name, value in values.items():
            if value is not None:
                self.cfg.set(name, value)

    def _choose(self, arbiter: Any, worker: CrossingWorker) -> None:
        """Have one worker, whoever else lives, for pages that search."""
        others = arbiter.WORKERS.values()
        worker.crossing = self._crossing
        worker.is_for_searches = not any(one.is_for_searches for one in others)

    def load(self) -> Any:
        """Make the app once, before the workers: what does not change is in memory once."""
        app = create_app(self._config, self._shared)
        for name in app.jinja_env.list_templates(filter_func=_is_for_readers):
            app.jinja_env.get_template(name)
        keep_from_collector()
        return app


def _is_for_readers(template: str) -> bool:
    """Whether the first reader shall not wait until it is compiled."""
    return not template.startswith("staff/")


def _accept_with_a_request(arbiter: Any) -> None:
    """Let the kernel keep a connection until its request has come.

    gunicorn gives each new connection a thread for 5 s; browsers open some that they never use, and
    eight silent ones would stop a worker (measured: tests/system/test_phones.py).
    """
    for listener in arbiter.LISTENERS:
        if listener.sock.family in {socket.AF_INET, socket.AF_INET6}:
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, REQUEST_S)


def run(config: KioskConfig) -> None:
    """Serve the app until stopped; say the code for staff while they have no PIN."""
    accounts = Accounts(state_of(config), Desk(), config.staff_code)
    if not accounts.has_pin:
        click.echo(f"Staff begin at /staff/ with the code {accounts.code()}")
    sys.setswitchinterval(TURN_S)
    Server(config).run()
