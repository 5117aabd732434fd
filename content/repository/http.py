"""Carry a repository over HTTP(S): ranges of static files, and nothing else a server may offer.

Redirects are followed within one host only, compressed answers are not asked for, and a page where
a file was expected is a captive portal. Every wait has an end: each read, and a mean speed.
"""

import time
from collections.abc import Iterator
from urllib.parse import quote, urljoin, urlsplit

import urllib3

from content.errors import CaptivePortalError, CarrierError, MissingFileError
from content.repository.carrier import BLOCK

_REDIRECTS = 3
# Slower than this for so long is as good as stopped: a GPRS link gives four times as much.
_SLOWEST_BYTES_PER_S = 512
_PATIENCE_S = 60.0


class HttpCarrier:
    """A repository on a web server.

    Args:
        base: Address of the folder that holds `metadata/` and `targets/`; "" when paths are whole
            addresses.
        timeout_s: Longest wait for one answer or one block.
    """

    def __init__(self, base: str, *, timeout_s: float = 30.0) -> None:
        self._base = base.rstrip("/") + "/" if base else ""
        self._timeout = urllib3.Timeout(connect=timeout_s, read=timeout_s)
        self._pool = urllib3.PoolManager(
            num_pools=2,
            retries=False,
            headers={"User-Agent": "diemdoc", "Accept-Encoding": "identity"},
        )

    @property
    def name(self) -> str:
        """The address."""
        return self._base

    def stream(self, path: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield a range; a server without ranges is read from its beginning."""
        address = self._base + (quote(path, safe="/%") if self._base else path)
        headers = {}
        if start or end is not None:
            headers["Range"] = f"bytes={start}-{'' if end is None else end - 1}"
        try:
            answer = self._open(address, headers)
            try:
                skip = self._skip(answer, address, start)
                left = None if end is None else end - start
                for block in _paced(answer, address):
                    part = memoryview(block)[skip:]
                    skip = max(0, skip - len(block))
                    if left is not None:
                        part = part[:left]
                        left -= len(part)
                    if part:
                        yield bytes(part)
                    if left == 0:
                        break
            finally:
                # What is left unread makes the connection useless; a drained one is used again.
                if answer.length_remaining:
                    answer.close()
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise CarrierError(
                f"{_host(address)}: does not answer or broke off; try again"
            ) from error

    def _open(self, address: str, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        host = _host(address)
        for _ in range(_REDIRECTS + 1):
            answer = self._pool.request(
                "GET",
                address,
                headers={**self._pool.headers, **headers},
                preload_content=False,
                decode_content=False,
                redirect=False,
                timeout=self._timeout,
            )
            if answer.status not in {301, 302, 303, 307, 308}:
                return answer
            answer.close()
            address = urljoin(address, answer.headers.get("Location", ""))
            if _host(address) != host:
                raise CaptivePortalError(
                    f"{host}: the network sends us to {_host(address)[:80]!r} instead; "
                    "sign in to this network with a browser first"
                )
        raise CarrierError(f"{host}: redirects in a circle")

    def _skip(self, answer: urllib3.BaseHTTPResponse, address: str, start: int) -> int:
        """Return how many bytes to pass over; refuse what is not the file."""
        host, status = _host(address), answer.status
        if status in {403, 404, 410, 416}:
            answer.close()
            raise MissingFileError(f"{host}: has no {address.rsplit('/', 1)[-1][:120]}")
        is_page = answer.headers.get("Content-Type", "").lower().startswith("text/html")
        if status == 511 or (status in {200, 206} and is_page):
            answer.close()
            raise CaptivePortalError(
                f"{host}: a web page came instead of the file; this network asks to sign in: "
                "open any page with a browser first"
            )
        if status == 200:
            return start
        if status != 206:
            answer.close()
            raise CarrierError(f"{host}: answers with status {status}; try again later")
        said = answer.headers.get("Content-Range", "").replace("bytes ", "").split("-")[0]
        if said != str(start):
            answer.close()
            raise CarrierError(f"{host}: sends another part of the file than was asked for")
        return 0


def _paced(answer: urllib3.BaseHTTPResponse, address: str) -> Iterator[bytes]:
    began, got = time.monotonic(), 0
    for block in answer.stream(BLOCK, decode_content=False):
        got += len(block)
        spent = time.monotonic() - began
        if spent > _PATIENCE_S and got < spent * _SLOWEST_BYTES_PER_S:
            raise CarrierError(f"{_host(address)}: sends too slowly to be of use")
        yield block


def _host(address: str) -> str:
    return urlsplit(address).netloc
