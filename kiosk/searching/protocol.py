"""What goes over the search process's socket: a length (4 bytes, big-endian), then JSON in UTF-8.

A job is an object with `do` and what that needs; its reply is an object, `{"error": ...}` when it
could not be done. One job at a time on a connection; the next may be sent when the reply is there.
"""

import json
from typing import Any

MAX_FRAME = 4_000_000
_LENGTH = 4


def frame(value: dict[str, Any]) -> bytes:
    """Return a message as it is sent."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
    return len(body).to_bytes(_LENGTH, "big") + body


class Frames:
    """Messages out of the bytes as they come."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Take bytes in and return the messages that are whole now.

        Raises:
            ValueError: What comes is no message of this protocol.
        """
        self._data += data
        found = []
        while len(self._data) >= _LENGTH:
            length = int.from_bytes(self._data[:_LENGTH], "big")
            if length > MAX_FRAME:
                raise ValueError("a message is longer than any of ours")
            if len(self._data) < _LENGTH + length:
                break
            value = json.loads(self._data[_LENGTH : _LENGTH + length])
            if not isinstance(value, dict):
                raise ValueError("a message is no object")  # noqa: TRY004 -- input, not a type
            found.append(value)
            del self._data[: _LENGTH + length]
        return found
