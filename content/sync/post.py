"""Send messages to the province by HTTP: the message as the body, the receipt as the answer.

What comes back is believed only by its signature (content/sync/message.py), so the status matters
little: a receipt is taken with whatever status it comes.
"""

import json

import urllib3

from content.errors import CaptivePortalError, CarrierError
from content.sync.message import Kind

# A receipt is under 1 kB.
_MOST_ANSWER = 65_536
_TYPE = "application/vnd.diemdoc.message+json"


class Post:
    """Called with a message, it sends it and returns the answer.

    Args:
        address: Of the province's server, up to `/api/v1/`.
        timeout_s: Longest wait for the connection and for each read.
    """

    def __init__(self, address: str, *, timeout_s: float = 30.0) -> None:
        self._address = address.rstrip("/")
        self._pool = urllib3.PoolManager(
            num_pools=1,
            retries=False,
            timeout=urllib3.Timeout(connect=timeout_s, read=timeout_s),
            headers={"User-Agent": "diemdoc", "Content-Type": _TYPE},
        )

    def __call__(self, data: bytes) -> bytes:
        """Return the answer to a message.

        Raises:
            CaptivePortalError: The network answers in the province's place.
            CarrierError: It cannot be reached, or answers nonsense; try again later.
        """
        route = "enrolments" if _is_enrolment(data) else "reports"
        try:
            answer = self._pool.request(
                "POST",
                f"{self._address}/api/v1/{route}",
                body=data,
                redirect=False,
                preload_content=False,
            )
            try:
                body = answer.read(_MOST_ANSWER)
            finally:
                answer.close()
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise CarrierError(f"{self._address}: does not answer; try again later") from error
        kind = answer.headers.get("Content-Type", "").lower()
        if answer.status in {301, 302, 303, 307, 308, 511} or kind.startswith("text/html"):
            raise CaptivePortalError(
                f"{self._address}: a web page came instead of the answer (status {answer.status}); "
                "sign in to this network with a browser first"
            )
        if not body.startswith(b"{"):
            raise CarrierError(
                f"{self._address}: answers with status {answer.status}; try again later"
            )
        return body


def _is_enrolment(data: bytes) -> bool:
    return bool(json.loads(json.loads(data)["signed"])["kind"] == Kind.ENROLMENT)
