"""Which origin an archive is read in, and what its pages may do there.

A browser separates sites by scheme, host and port; cookies by host alone. So the archive server has
a host name of its own, and each archive one below it, `z-NAME.CONTENT_HOST`, wherever the phone
finds such names: one that asks the box's DNS, or any browser for `*.localhost`. Under any other
name, a bare address say, an archive's pages are sandboxed: an origin that equals no other.
"""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote

PREFIX = "z-"
HTTP_PORT = 80
FEATURES_OFF = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?")
_HOST = re.compile(r"([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?")
_ADDRESS = re.compile(r"[0-9.]+|\[.*\]")
_HERE = "localhost"
_HERE_CONTENT = f"content.{_HERE}"
# What a page in its own origin may do: not leave the frame, not open windows.
_OWN_RIGHTS = "allow-scripts allow-same-origin allow-forms allow-modals allow-downloads"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came to.

    Args:
        host: Host and port as the client named them; "" when it named none that can be.
        label: First label of an archive's own host name, or "".
        app: Origin of the app that belongs to it, `http://host:port`; "" when unknown.
    """

    host: str
    label: str
    app: str


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one reading point, and what follows from them.

    Args:
        app_port: Port of the app.
        content_port: Port of the archive server; 0 when the app itself sends archives.
        host: Name under which phones reach the app; "" when they use an address.
        content_host: Name of the archive server, not below `host`; "" likewise.
        content_address: Address of the archive server; "" when it is the app's.
    """

    app_port: int
    content_port: int
    host: str = ""
    content_host: str = ""
    content_address: str = ""

    def origin(self, header: bytes) -> Origin:
        """Return the origin that a Host header sent to the archive server means."""
        found = _HOST.fullmatch(header.decode("latin-1").strip().lower())
        if found is None:
            return Origin("", "", "")
        name = found[1]
        first, _, below = name.partition(".")
        # Below any other name, the app's say, an archive's page could set cookies for that name.
        is_ours = self.content_port and below in (self.content_host, _HERE_CONTENT) and below
        label = first if is_ours and first.startswith(PREFIX) else ""
        name = below if label else name
        return Origin(found[0], label, _origin(self._app_name(name), self.app_port))

    def app(self, app_host: str) -> str:
        """Return the app's origin for phones, as seen from a browser that reached it at `app_host`.

        The touch screen reaches the app as localhost; phones do not.
        """
        if self.host:
            return _origin(self.host, self.app_port)
        named = _HOST.fullmatch(app_host.strip().lower())
        return f"http://{named[0] if named else _HERE}"

    def content(self, app_host: str) -> str:
        """Return the archive server's origin for a browser that reached the app at `app_host`."""
        return _origin(self._content_name(bare_host(app_host)), self.content_port)

    def archive(self, app_host: str, book: str) -> str:
        """Return the origin in which that browser reads an archive."""
        name = self._content_name(bare_host(app_host))
        has_names = name in (self.content_host, _HERE_CONTENT) and name
        own = f"{label_of(book)}.{name}" if has_names else name
        return _origin(own, self.content_port)

    def sources(self, app_host: str) -> str:
        """Return what a Content-Security-Policy of the app must name to show archives."""
        name = self._content_name(bare_host(app_host))
        below = "" if _ADDRESS.fullmatch(name) else " " + _origin(f"*.{name}", self.content_port)
        return _origin(name, self.content_port) + below

    def _content_name(self, name: str) -> str:
        if name == _HERE:
            return _HERE_CONTENT
        if self.content_host and not _ADDRESS.fullmatch(name):
            return self.content_host
        return self.content_address or name

    def _app_name(self, name: str) -> str:
        if name == _HERE_CONTENT:
            return _HERE
        return self.host if self.host and name == self.content_host else name


def label_of(book: str) -> str:
    """Return the host label of an archive; no other archive has the same."""
    if _LABEL.fullmatch(book) and "--" not in book:
        return PREFIX + book
    # No name begins with "-": an archive that is called like another's digest is apart from it.
    return f"{PREFIX}-{hashlib.sha256(book.encode()).hexdigest()[:32]}"


def bare_host(header: str) -> str:
    """Return a Host header's name or address without the port; "localhost" for nonsense."""
    found = _HOST.fullmatch(header.strip().lower())
    return _HERE if found is None else found[1]


def is_address(name: str) -> bool:
    """Return whether a host is an IP address, not a name."""
    return _ADDRESS.fullmatch(name) is not None


def is_apart(rules: str) -> bool:
    """Return whether a policy of ours gives a page an origin that equals no other."""
    return "allow-same-origin" not in rules.partition(";")[0]


def policy(origin: Origin, book: str, prefix: str) -> str:
    """Return the Content-Security-Policy of an archive's page.

    Args:
        prefix: Path under which the archive was read, `/content/NAME/`.
    """
    if origin.label == label_of(book):
        return (
            f"sandbox {_OWN_RIGHTS}; "
            "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
            f"form-action 'self'; base-uri 'self'; object-src 'none'; "
            f"frame-ancestors 'self' {origin.app}"
        )
    own = f"http://{origin.host}{quote(prefix)}" if origin.host else "'none'"
    # No allow-same-origin: an origin of its own. No allow-top-navigation: it cannot leave. No
    # frame-ancestors: an archive's own frames stand in an origin that cannot be named.
    return (
        "sandbox allow-scripts allow-forms allow-modals allow-downloads; "
        f"default-src {own} data: blob: 'unsafe-inline' 'unsafe-eval'; "
        f"form-action {own}; base-uri 'none'; object-src 'none'"
    )


def _origin(name: str, port: int) -> str:
    return f"http://{name}" + (f":{port}" if port != HTTP_PORT else "")
