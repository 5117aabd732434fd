"""The port of everything that carries a repository; a carrier is never trusted.

Two adapters: `http.HttpCarrier` and `volume.DirectoryCarrier`. Paths are those of the repository's
tree, with `/`. Whatever a carrier does wrong becomes a `CarrierError`.
"""

from collections.abc import Iterator
from typing import Protocol

BLOCK = 1 << 16


class Carrier(Protocol):
    """Gives the files of a repository by name."""

    @property
    def name(self) -> str:
        """What staff call it: an address or a folder."""

    def stream(self, path: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` to `end` (the file's end when None), in blocks.

        A carrier that cannot begin in the middle reads on from the beginning by itself. It may
        yield less than was asked for when the file is shorter.

        Raises:
            MissingFileError: It does not hold the file.
            CaptivePortalError: The network answers in its place.
            CarrierError: It stopped, broke off, or is too slow.
        """


def read_whole(carrier: Carrier, path: str, limit: int) -> bytes | None:
    """Return a small file, or None when it is longer than `limit` bytes.

    Raises:
        CarrierError: As `Carrier.stream`.
    """
    data = bytearray()
    for block in carrier.stream(path):
        data += block
        if len(data) > limit:
            return None
    return bytes(data)
