"""HTTP ranges and conditions as values (RFC 9110, sections 13 and 14); no framework.

The archive server is to leave the app one day; what decides is here, what sends is there.
"""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes to send: `first` to `last`, both inside the content."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes that is."""
        return self.last - self.first + 1


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """Return the one range asked for; None when the whole content is to be sent.

    Several ranges, other units and malformed headers are answered with the whole content, as
    RFC 9110 section 14.2 allows.

    Raises:
        ValueError: The range lies outside the content: answer 416.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or (not found[1] and not found[2]):
        return None
    if not found[1]:
        length = int(found[2])
        if length == 0 or size == 0:
            raise ValueError(header)
        return ByteRange(max(0, size - length), size - 1)
    first = int(found[1])
    if found[2] and int(found[2]) < first:
        return None
    if first >= size:
        raise ValueError(header)
    return ByteRange(first, min(int(found[2]), size - 1) if found[2] else size - 1)


def matches(header: str | None, etag: str) -> bool:
    """Return whether an If-None-Match header names `etag` (weak comparison, section 13.1.2)."""
    if header is None:
        return False
    if header.strip() == "*":
        return True
    tags = (tag.strip().removeprefix("W/") for tag in header.split(","))
    return etag.removeprefix("W/") in tags


def range_applies(if_range: str | None, etag: str) -> bool:
    """Return whether a range may be answered: If-Range is absent or names `etag` strongly."""
    return if_range is None or (if_range.strip() == etag and not etag.startswith("W/"))
