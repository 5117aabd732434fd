"""Tell systemd how a service of ours is (sd_notify(3)): six lines, no package."""

import os
import socket


def notify(state: str) -> None:
    """Tell `READY=1` or `WATCHDOG=1`; without systemd there is nobody to tell."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(state.encode(), address.replace("@", "\0", 1))
