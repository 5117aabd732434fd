"""Whether readers keep this point busy, as its own archive server says at `/healthz`."""

import json
from contextlib import suppress

import urllib3

# So many requests a second are a hall full of phones: twenty of them reading make about ten.
BUSY_REQUESTS_PER_S = 50
_MOST_BYTES = 4_096


class Readers:
    """Called, it says whether readers are busy; a server that does not answer has none.

    Args:
        address: Of `/healthz`; "" is never busy.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._pool = urllib3.PoolManager(num_pools=1, retries=False, timeout=1.0)

    def __call__(self) -> bool:
        """Return whether readers are busy at the moment."""
        if not self._address:
            return False
        with suppress(urllib3.exceptions.HTTPError, OSError, ValueError, KeyError, TypeError):
            answer = self._pool.request("GET", self._address, preload_content=False)
            try:
                facts = json.loads(answer.read(_MOST_BYTES))
            finally:
                answer.close()
            return float(facts["requests_per_s"]) >= BUSY_REQUESTS_PER_S
        return False
