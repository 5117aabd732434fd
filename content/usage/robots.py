"""Who is no reader: programs that look around, phones that ask whether there is internet.

COUNTER 5.1, section 7.8: activity of robots is left out. A program that says nothing of itself is
taken for a browser.
"""

import re
from functools import lru_cache

# Words by which programs name themselves; a box without internet meets few.
_ROBOT = re.compile(
    rb"bot\b|bot/|crawl|spider|slurp|scrape|monitor|curl/|wget|libwww|httpclient|http-client"
    rb"|python-|python/|urllib|aiohttp|go-http|java/|perl|ruby|php/|postman|headless|lighthouse"
    rb"|captivenetworksupport|networkmanager|connectivity|ncsi",
    re.IGNORECASE,
)
# What phones ask of any network (docs of Android, Apple, Windows, Firefox, Ubuntu).
_PROBES = frozenset(
    (
        b"/generate_204", b"/gen_204", b"/hotspot-detect.html", b"/library/test/success.html",
        b"/connecttest.txt", b"/ncsi.txt", b"/redirect", b"/canonical.html", b"/success.txt",
        b"/check_network_status.txt", b"/captive/api", b"/healthz",
    )
)  # fmt: skip


@lru_cache(maxsize=4_096)
def is_robot(agent: bytes) -> bool:
    """Return whether a User-Agent names a program that is no reader's."""
    return _ROBOT.search(agent) is not None


def is_probe(path: bytes) -> bool:
    """Return whether a path is asked by phones and monitors, not by people."""
    return path in _PROBES
