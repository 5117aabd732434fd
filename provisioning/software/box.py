"""What the guard asks of the machine: put a package in place, and whether the parts are well.

On a machine with a read-only system the package goes into the system below the overlay, which is
writable for as long as that takes, and counts from the next start.
"""

import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from provisioning.software.keep import PACKAGE
from provisioning.software.state import LOWER

PARTS = ("web", "content", "search", "usage", "tasks", "packing")
_REBUILD = "diemdoc-rebuild.service"
_ENVIRONMENT = "etc/diemdoc/machine/environment"
_DPKG_S = 900.0
_ANSWER_S = 10.0
# In a mount space of its own, so that nothing of it is left; without /run, so that the package's
# scripts know that no service of this system runs.
_INSIDE = (
    "unshare", "--mount", "--propagation", "private", "sh", "-ec",
    'mount -t proc proc "$0/proc"; mount --bind /dev "$0/dev"; exec chroot "$0" "$@"',
)  # fmt: skip


class BoxError(Exception):
    """A program of the machine failed; its words are told."""


@dataclass(frozen=True, slots=True)
class Box:
    """This machine.

    Args:
        root: Where its files are; another one only in tests.
        lower: Where the system's disk is when an overlay lies over it.
    """

    root: Path = Path("/")
    lower: Path = LOWER
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def is_overlaid(self) -> bool:
        """Whether what is written to the system is forgotten at the next start."""
        return self.lower.is_mount()

    @property
    def system(self) -> Path:
        """Where the system is that starts next time."""
        return self.lower if self.is_overlaid else self.root

    @property
    def boot(self) -> str:
        """This start of the machine."""
        return (self.root / "proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()

    def run(self, *words: str, timeout_s: float = 120.0) -> str:
        """Run a program of this machine and return what it wrote.

        Raises:
            BoxError: It failed, is missing, or takes too long.
        """
        try:
            done = subprocess.run(  # noqa: S603 -- no shell, words of ours
                words, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, timeout=timeout_s, encoding="utf-8", errors="replace",
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BoxError(f"{words[0]}: {error}") from error
        if done.returncode:
            raise BoxError(f"{words[0]} ended with {done.returncode}: {done.stdout[-400:].strip()}")
        return done.stdout

    def writable(self, *, is_on: bool) -> None:
        """Make the system's disk writable below its overlay, or read only again."""
        if self.is_overlaid:
            self.run("mount", "-o", f"remount,{'rw' if is_on else 'ro'}", str(self.lower))

    def install(self, package: Path) -> None:
        """Put a package in place, older or newer; cut off, it is done again by the same call.

        Raises:
            BoxError: dpkg refuses it.
        """
        path = "/" + str(package.relative_to(self.system))
        around = (*_INSIDE, str(self.lower)) if self.is_overlaid else ()
        self.run(*around, "dpkg", "--force-confold", "--install", path, timeout_s=_DPKG_S)

    def installed(self) -> str:
        """Return the version that is installed whole, or "" when it is not."""
        told = self.run("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", PACKAGE)
        status, _, version = told.partition(" ")
        return version if status == "installed" else ""

    def problem(self) -> str:
        """Return what is not well, in short words for the journal, or ""."""
        units = [f"diemdoc-{one}.service" for one in PARTS]
        try:
            for unit in units:
                state = self.run("systemctl", "show", "-P", "ActiveState", unit).strip()
                if state != "active":
                    return f"{unit} is {state}"
            for address in self.addresses():
                self._ask(address)
        except (BoxError, OSError, ValueError) as error:
            return str(error)
        return ""

    def restarts(self) -> str:
        """Return how often each part was started anew; it stays the same while all is well."""
        units = [f"diemdoc-{one}.service" for one in PARTS]
        return self.run("systemctl", "show", "--property=NRestarts", *units)

    def is_rebuilding(self) -> bool:
        """Return whether catalogue and index are being built in the form of this version."""
        try:
            told = self.run("systemctl", "show", "-P", "ActiveState", _REBUILD)
        except BoxError:
            return False
        return told.strip() == "activating"

    def addresses(self) -> list[str]:
        """Return the pages that have to answer: health of both servers, and the front page."""
        text = (self.root / _ENVIRONMENT).read_text(encoding="utf-8")
        set_ = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        app, content = (
            set_[f"DIEMDOC_SERVE_{one}"].replace("0.0.0.0", "127.0.0.1")  # noqa: S104 -- replaced
            for one in ("BIND", "CONTENT_BIND")
        )
        # The front page opens the catalogue.
        return [f"http://{app}/healthz", f"http://{content}/healthz", f"http://{app}/"]

    def _ask(self, address: str) -> None:
        with urllib.request.urlopen(address, timeout=_ANSWER_S) as reply:  # noqa: S310 -- http
            if reply.status != 200:
                raise BoxError(f"{address} answers {reply.status}")

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def now(self) -> float:
        """Return a clock that nobody sets, in seconds."""
        return time.monotonic()
