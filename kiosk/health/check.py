"""What a check is: a function of the machine that returns findings, each with what to do.

A check reads the machine below a root folder, so that a test brings a tree of files as the machine.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

_MAX_FILE = 65_536


class Severity(StrEnum):
    """How bad a finding is, worst last."""

    UNKNOWN = "unknown"
    GOOD = "good"
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Where it stands in that order."""
        return list(Severity).index(self)


class Remedy(StrEnum):
    """What staff may do about a finding with one tap; "" is nothing."""

    NONE = ""
    CONTENT = "content"
    SET_CLOCK = "set-clock"
    KEEP_TIME = "keep-time"
    UPDATE = "update"
    RESTART_WIFI = "restart-wifi"
    RESTART_SERVICES = "restart-services"
    VERIFY = "verify"
    REBOOT = "reboot"
    ROLL_BACK = "roll-back"
    INSTALL_SOFTWARE = "install-software"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Args:
        code: Stable, for programs: `disk-low`.
        message: English sentence, a key of the catalogues; values stand in it as `%(name)s`.
        fix: What to do, likewise; "" when all is well.
        values: What stands in the sentences.
    """

    code: str
    severity: Severity
    message: str
    fix: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)
    remedy: Remedy = Remedy.NONE


class DiskUse(NamedTuple):
    """Bytes of a disk."""

    total: int
    used: int
    free: int


def _disk(path: Path) -> DiskUse:
    return DiskUse(*shutil.disk_usage(path))


def _run(command: Sequence[str]) -> str:
    """Return what a command prints.

    Raises:
        OSError: It is not there.
        subprocess.SubprocessError: It failed or took too long.
    """
    done = subprocess.run(  # noqa: S603 -- fixed words of ours
        command, capture_output=True, check=True, text=True, timeout=5
    )
    return done.stdout


@dataclass(frozen=True, slots=True)
class Machine:
    """What checks look at.

    Args:
        state: Folder of what this point writes while it runs.
        root: Below it lie `/sys`, `/proc`, `/etc` and `/run`.
        now: What the machine's own clock says.
        disk: Returns the use of the disk that holds a path.
        run: Returns what a command prints.
    """

    library: Path
    state: Path
    root: Path = Path("/")
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    disk: Callable[[Path], DiskUse] = _disk
    run: Callable[[Sequence[str]], str] = _run

    def text(self, path: str) -> str | None:
        """Return the text of a file of the system; None when it cannot be read."""
        try:
            with (self.root / path).open("rb") as file:
                return file.read(_MAX_FILE).decode("utf-8", "replace").strip("\0\n ")
        except OSError:
            return None

    def number(self, path: str, base: int = 10) -> int | None:
        """Return the number in a file of the system; None when there is none."""
        text = self.text(path)
        try:
            return None if text is None else int(text.split()[0], base)
        except (ValueError, IndexError):
            return None

    def paths(self, pattern: str) -> list[str]:
        """Return the paths below the root that match, sorted."""
        return sorted(str(one.relative_to(self.root)) for one in self.root.glob(pattern))


Check = Callable[[Machine], Iterable[Finding]]


def N_(sentence: str) -> str:  # noqa: N802 -- the name by which catalogues know it
    """Return a sentence as it is; marks it for the catalogues."""
    return sentence
