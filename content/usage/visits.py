"""Tell visitors apart without knowing who they are: keyed hashes whose key dies every day.

A token is two hashes, of a phone's address and of its browser there: BLAKE2b under a key of 256
random bits. The key lives in this process and, so that a restart does not count everybody anew, in
a file in memory; at midnight it is replaced and nothing can be told of yesterday's tokens any more,
by us neither.
"""

import hashlib
import secrets
from collections import defaultdict
from typing import Any

HASH_BYTES = 4
KEY_BYTES = 32
# A phone has some browsers; one that invents a browser per request is one visitor.
MAX_AGENTS = 8
_MAX_KNOWN = 20_000


def phone_of(token: bytes) -> bytes:
    """Return the part of a token that all browsers of one phone share."""
    return token[:HASH_BYTES]


class Visitors:
    """The visitors of one day."""

    def __init__(self) -> None:
        self._key = b""
        self._touch_visits = 0
        self._known: dict[tuple[bytes, bytes], bytes] = {}
        self._agents: defaultdict[bytes, set[bytes]] = defaultdict(set)
        self.renew()

    def renew(self) -> None:
        """Take a new key; no token of before can be made or recognised again."""
        self._key = secrets.token_bytes(KEY_BYTES)
        self._touch_visits = 0
        self._known.clear()
        self._agents.clear()

    def token(self, address: bytes, agent: bytes) -> bytes:
        """Return the token of a phone's browser, the same all day."""
        found = self._known.get((address, agent))
        if found is None:
            phone = self._hash(address)
            agents = self._agents[phone]
            found = phone + self._hash(address, agent)
            if found not in agents and len(agents) >= MAX_AGENTS:
                found = phone + self._hash(address, b"", b"many")
            agents.add(found)
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[address, agent] = found
        return found

    def touch_token(self) -> bytes:
        """Return the token of whoever stands at the touch screen."""
        return self._hash(b"touch") + self._hash(b"touch", str(self._touch_visits).encode())

    def touch_left(self) -> None:
        """Take the next one at the touch screen for somebody else."""
        self._touch_visits += 1

    def to_memory(self) -> dict[str, Any]:
        """Return what a restart needs, for a file that lives in memory only; no address is in it.

        Whoever reads it can test whether an address he guesses was here today.
        """
        return {
            "key": self._key.hex(),
            "touch": self._touch_visits,
            "agents": [[one.hex(), sorted(x.hex() for x in y)] for one, y in self._agents.items()],
        }

    def from_memory(self, memory: dict[str, Any]) -> None:
        """Take up the day that `to_memory` told of."""
        self._key = bytes.fromhex(memory["key"])
        self._touch_visits = int(memory["touch"])
        for address, agents in memory["agents"]:
            self._agents[bytes.fromhex(address)] = {bytes.fromhex(one) for one in agents}

    def _hash(self, *parts: bytes) -> bytes:
        text = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hashlib.blake2b(text, key=self._key, digest_size=HASH_BYTES).digest()
