"""What a server tells the recorder of a request: one datagram over a local socket, never stored.

Fields between zero bytes, which no HTTP header or address can hold: version, server, address,
User-Agent, target, status, Range, bytes sent, whether a search found something, reports lost before
this one. The socket is reachable for the point's own user only.
"""

from typing import NamedTuple

VERSION = b"1"
MAX_BYTES = 6_000
_FIELDS = 10


class Sighting(NamedTuple):
    """A request that was answered.

    Args:
        server: `a` for the app, `c` for the archive server.
        address: Whose it was; gone with this value.
        target: As in the request line.
        range: The Range header, or b"".
        sent: Bytes of the content that left.
        found: Whether a search found something.
        lost: How many reports before this one could not be sent.
    """

    server: bytes
    address: bytes
    agent: bytes
    target: bytes
    status: int
    range: bytes = b""
    sent: int = 0
    found: bool = True
    lost: int = 0


def encode(one: Sighting) -> bytes:
    """Return the datagram of a sighting."""
    return b"\0".join(
        (
            VERSION,
            one.server,
            one.address,
            one.agent,
            one.target,
            b"%d" % one.status,
            one.range,
            b"%d" % one.sent,
            b"1" if one.found else b"0",
            b"%d" % one.lost,
        )
    )


def decode(data: bytes) -> Sighting | None:
    """Return the sighting of a datagram; None for anything else."""
    parts = data.split(b"\0")
    if len(parts) != _FIELDS or parts[0] != VERSION:
        return None
    _, server, address, agent, target, status, wanted, sent, found, lost = parts
    try:
        return Sighting(
            server, address, agent, target, int(status), wanted, int(sent), found == b"1", int(lost)
        )
    except ValueError:
        return None
