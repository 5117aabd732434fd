"""What a phone's "is there internet?" question is answered, so that it stays on our Wi-Fi.

A phone that joins asks a known address. It first gets the way to the portal, where its reader taps
"into the library"; from then on, for four hours, it gets what it hopes for. Answering what it hopes
for at once would leave it with "limited connectivity" and its mobile data (Android's
NetworkMonitor). Who tapped is known by the phone's address, in memory only (`kiosk.shared`): no
MAC, no name, nothing on a disk.
"""

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.shared import KEY_BYTES, Entry, Ledger

ACCEPTED_S = 4 * 3600.0
PHONES = 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a probe: what the phone takes for the internet."""

    status: int
    media_type: str = "text/plain"
    body: str = ""


_NOTHING = Reply(204)
_APPLE = Reply(
    200, "text/html", "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"
)
_MOZILLA = Reply(
    200,
    "text/html",
    '<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>',
)
# Path -> what is hoped for, whatever the host and the query. Read in the systems' sources.
PROBES = {
    # Android and ChromeOS (NetworkMonitor), and Xiaomi, Huawei, Samsung, Oppo, Vivo after them.
    "/generate_204": _NOTHING,
    "/gen_204": _NOTHING,
    "/generate204": _NOTHING,
    # Apple (Captive Network Assistant).
    "/hotspot-detect.html": _APPLE,
    "/library/test/success.html": _APPLE,
    # Windows (NCSI): 10 and later, then 8 and before.
    "/connecttest.txt": Reply(200, "text/plain", "Microsoft Connect Test"),
    "/ncsi.txt": Reply(200, "text/plain", "Microsoft NCSI"),
    # Firefox (captivedetect, network.connectivity-service).
    "/canonical.html": _MOZILLA,
    "/success.txt": Reply(200, "text/plain", "success\n"),
    # NetworkManager: GNOME, Debian, Fedora.
    "/check_network_status.txt": Reply(200, "text/plain", "NetworkManager is online\n"),
    "/nm": Reply(200, "text/plain", "NetworkManager is online\n"),
    "/static/hotspot.txt": Reply(200, "text/plain", "OK"),
}
# Where Windows sends a browser when it found a portal: never an answer, always the way.
WAYS = ("/redirect",)
# Hosts that ask nothing else, whatever the path.
HOSTS = {
    "connectivity-check.ubuntu.com": _NOTHING,
    "captive.apple.com": _APPLE,
}


def api_facts(portal: str, home: str, seconds_left: float) -> dict[str, object]:
    """Return what the portal says of itself to programs (RFC 8908, section 5).

    Args:
        portal: Address of the portal's page.
        home: Address of the library.
    """
    facts: dict[str, object] = {
        "captive": seconds_left <= 0,
        "user-portal-url": portal,
        "venue-info-url": home,
        "can-extend-session": True,
    }
    if seconds_left > 0:
        facts["seconds-remaining"] = int(seconds_left)
    return facts


class Guests:
    """Which phones have tapped, for four hours each; shared by the workers of a server.

    Args:
        now: Seconds that only grow, the same in every process.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, phones: int = PHONES) -> None:
        self._ledger = Ledger(phones)
        self._now = now

    def accept(self, address: str) -> None:
        """Take it that the phone at `address` has tapped; what is no address changes nothing."""
        key = key_of(address)
        if key is not None:
            self._ledger.change(key, lambda _: Entry(1, self._now() + ACCEPTED_S))

    def seconds_left(self, address: str) -> float:
        """Return for how long the phone's questions are answered as it hopes; 0 is no longer."""
        key = key_of(address)
        return 0.0 if key is None else max(0.0, self._ledger.get(key).until - self._now())

    def is_accepted(self, address: str) -> bool:
        """Return whether the phone at `address` has tapped within four hours."""
        return self.seconds_left(address) > 0


def key_of(address: str) -> bytes | None:
    """Return an IP address as a key of a ledger, IPv4 as mapped; None for what is none."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    packed = found.packed
    return packed if len(packed) == KEY_BYTES else b"\0" * 10 + b"\xff\xff" + packed
