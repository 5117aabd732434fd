"""HTTP ranges and conditions as values (RFC 9110, sections 13 and 14)."""

import re
from dataclasses import dataclass

_SPEC = re.compile(r"(\d{0,18})\s*-\s*(\d{0,18})", re.ASCII)
# More than a reader of any format asks for at once; a hostile client asks for thousands.
MAX_RANGES = 16


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes to send: `first` to `last`, both inside the content."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes that is."""
        return self.last - self.first + 1


def parse_ranges(header: str | None, size: int) -> tuple[ByteRange, ...] | None:
    """Return the ranges asked for, in their order; None when the whole content is to be sent.

    Other units, malformed headers, and sets that would send more than the content itself are
    answered with the whole content, as RFC 9110 section 14.2 allows.

    Raises:
        ValueError: No range lies inside the content: answer 416.
    """
    unit, found, text = (header or "").strip().partition("=")
    specs = text.split(",")
    if not found or unit.strip().lower() != "bytes" or len(specs) > MAX_RANGES:
        return None
    ranges = []
    for spec in specs:
        parsed = _SPEC.fullmatch(spec.strip())
        if parsed is None or not (parsed[1] or parsed[2]):
            return None
        if parsed[1] and parsed[2] and int(parsed[2]) < int(parsed[1]):
            return None
        one = _range(parsed[1], parsed[2], size)
        if one is not None:
            ranges.append(one)
    if not ranges:
        raise ValueError(header)
    if len(ranges) > 1 and sum(one.length for one in ranges) > size:
        return None
    return tuple(ranges)


def _range(first: str, last: str, size: int) -> ByteRange | None:
    """Return one range inside the content, or None when it lies outside."""
    if not first:
        length = min(int(last), size)
        return ByteRange(size - length, size - 1) if length else None
    if int(first) >= size:
        return None
    return ByteRange(int(first), min(int(last), size - 1) if last else size - 1)


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
