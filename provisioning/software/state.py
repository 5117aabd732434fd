"""How far a change of this software is: one small file, the only commit point of each step.

FOLDER = /var/lib/diemdoc-software, which root alone writes and everybody may read:

    state.json     the phase, replaced by one rename
    new.deb        the version to try, compared with what the province signed
    before.deb     the version before, to go back to
    databases/     copies from before the try
    guard/         this package's guard, copied: it outlives what it watches
    trust/         whom root trusts, apart from whom the web app trusts

Like `guard`, `keep` and `box` it imports nothing but Python's own modules: it runs from a copy,
while the package that it came from is replaced.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

FOLDER = Path("var/lib/diemdoc-software")
FILE = "state.json"
# overlayroot(8) keeps the system's own disk there.
LOWER = Path("/media/root-ro")
_MAX_FILE = 10_000


class Phase(StrEnum):
    """Where a change stands, in order."""

    NONE = "none"
    PREPARED = "prepared"
    SWITCHING = "switching"
    TRYING = "trying"
    INSTALLED = "installed"
    RETURNING = "returning"
    RETURNED = "returned"

    @property
    def is_open(self) -> bool:
        """Whether the guard has still something to do."""
        return self not in {Phase.NONE, Phase.INSTALLED, Phase.RETURNED}


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of the last change.

    Args:
        version: That was to be installed.
        before: That was installed before.
        reason: Why it went back, a code of `guard.REASONS`; "" when it did not.
        detail: What the machine said of it, in its own words.
        starts: How often the machine started during the try.
        boot: Start of the machine in which the change began (`/proc/sys/kernel/random/boot_id`).
        within_s: The new version has to be well within so long.
        settle_s: And stay so for so long.
    """

    phase: Phase = Phase.NONE
    version: str = ""
    before: str = ""
    reason: str = ""
    detail: str = ""
    starts: int = 0
    boot: str = ""
    within_s: float = 600.0
    settle_s: float = 30.0


def remembered(root: Path) -> State:
    """Return what is remembered on a machine, below its overlay when it has one."""
    below = root / LOWER.relative_to("/") / FOLDER
    return load(below if (below / FILE).exists() else root / FOLDER)


def load(folder: Path) -> State:
    """Return what is remembered; nothing, or a damaged file, is no change at all."""
    try:
        with (folder / FILE).open("rb") as file:
            raw = json.loads(file.read(_MAX_FILE))
        state = State(**raw)
        return replace(state, phase=Phase(state.phase))
    except (OSError, ValueError, TypeError):
        return State()


def save(folder: Path, state: State) -> None:
    """Remember; after a power cut the old or the new is remembered."""
    write(folder / FILE, json.dumps(asdict(state), ensure_ascii=False, indent=1).encode())


def write(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace a file; after a power cut it holds the old bytes or the new ones."""
    part = path.with_name(f".{path.name}.new")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    part.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file's bytes, or a folder's names, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
