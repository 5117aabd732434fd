"""A web server proves that it still answers: each worker asks itself for a page, as a phone would.

systemd starts a service anew that stops proving it (WatchdogSec=, systemd.service(5)); gunicorn
itself tells only that it has begun. The worker asks, not gunicorn's first process: that one forks,
and a process that forks must have no threads.
"""

import http.client
import os
import threading
import time
from collections.abc import Callable

from kiosk.config import split_bind
from provisioning.notify import notify

_PATIENCE_S = 10.0


def watch(bind: str) -> None:
    """Go on proving in the background that `bind` answers, when systemd waits for it.

    Args:
        bind: `ADDRESS:PORT` of this server.
    """
    wait_us = os.environ.get("WATCHDOG_USEC", "")
    if wait_us.isdecimal():
        prove = threading.Thread(
            target=_prove, args=(lambda: answers(bind), int(wait_us) / 4e6), daemon=True
        )
        prove.start()


def _prove(is_well: Callable[[], bool], every_s: float) -> None:
    while True:
        if is_well():
            notify("WATCHDOG=1")
        time.sleep(every_s)


def answers(bind: str) -> bool:
    """Return whether a server answers its health page."""
    host, port = split_bind(bind)
    local = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]"))  # noqa: S104
    connection = http.client.HTTPConnection(local, port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
