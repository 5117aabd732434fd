"""Models of how phones and computers decide whether a Wi-Fi has internet.

Each asks by `ask(host, path)`, which follows no redirect. Written after reading the systems'
sources: AOSP's NetworkMonitor, Apple's Captive Network Assistant as observed, Windows NCSI,
Firefox's captive-portal service, NetworkManager.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple


class Answer(NamedTuple):
    """What a probe got."""

    status: int
    body: str
    location: str


Ask = Callable[[str, str], Answer]
APPLE = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"
FIREFOX = (
    '<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>'
)


@dataclass
class Android:
    """NetworkMonitor: an HTTP and an HTTPS probe side by side; there is no HTTPS here, ever.

    Args:
        host: Asked by this maker's build.
    """

    ask: Ask
    host: str = "connectivitycheck.gstatic.com"
    path: str = "/generate_204"
    _uses_https: bool = field(default=True, repr=False)

    def evaluate(self) -> str:
        """Return VALIDATED, PARTIAL or NONE, or the address of the portal."""
        found = self.ask(self.host, self.path)
        if found.status != 204 and 200 <= found.status < 400:
            return found.location or "PORTAL WITHOUT A WAY"
        if found.status != 204:
            return "NONE"
        return "PARTIAL" if self._uses_https else "VALIDATED"

    def finish_sign_in(self) -> None:
        """Close the sign-in window: from then on HTTPS is not asked (its own comment says why)."""
        self._uses_https = False


def apple(ask: Ask) -> str:
    """Return ONLINE, or the address that the sheet opens."""
    found = ask("captive.apple.com", "/hotspot-detect.html")
    if found.status == 200 and found.body == APPLE:
        return "ONLINE"
    return found.location


def windows(ask: Ask) -> str:
    """Return ONLINE, or where the browser lands that Windows opens."""
    found = ask("www.msftconnecttest.com", "/connecttest.txt")
    if found.status == 200 and found.body == "Microsoft Connect Test":
        return "ONLINE"
    return ask("www.msftconnecttest.com", "/redirect").location


def firefox(ask: Ask) -> str:
    """Return ONLINE, or the address behind its bar "you must log in to this network"."""
    found = ask("detectportal.firefox.com", "/canonical.html")
    if found.status == 200 and found.body.strip() == FIREFOX:
        listed = ask("detectportal.firefox.com", "/success.txt?ipv4")
        return "ONLINE" if (listed.status, listed.body) == (200, "success\n") else "HALF"
    return found.location


def network_manager(ask: Ask) -> str:
    """Return ONLINE, or the address of the portal; Ubuntu asks for 204 at its root."""
    found = ask("nmcheck.gnome.org", "/check_network_status.txt")
    root = ask("connectivity-check.ubuntu.com", "/")
    if found.body.startswith("NetworkManager is online") and root.status == 204:
        return "ONLINE"
    return found.location
