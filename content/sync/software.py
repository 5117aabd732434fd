"""Bring a new version of this software, as an update brings archives; it only waits here.

LIBRARY/software/SHA256.deb    whole and as signed; SHA256.part while it comes
LIBRARY/software/SHA256.map    its chunk map, for the point next door (kiosk/serving/shared.py)
LIBRARY/software/waiting.json  {"version"}: what staff are told waits

Whoever serves readers can bring it but not install it: root looks at the signatures once more,
with a trust of its own, and takes the file by its digest (provisioning/software).
"""

import json
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from content.errors import InsufficientSpaceError
from content.files import atomic_write, free_bytes, sha256_of
from content.repository.software import SoftwareDescription, is_newer, newest_for, order
from content.store.change import FLOOR_BYTES
from content.sync.fetch import Fetcher

FOLDER = "software"
_WAITING = "waiting.json"
# Where the package puts this software (provisioning/package/layout.py); elsewhere is a checkout.
PACKAGED = Path("/usr/lib/diemdoc")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Installed:
    """The software of a machine.

    Args:
        architecture: Debian's name of its processor.
        python: Of its Debian, such as `3.11`.
    """

    version: str
    architecture: str
    python: str


def installed_here() -> Installed | None:
    """Return the software of this machine, or None when it does not run from its package."""
    if not Path(__file__).is_relative_to(PACKAGED):
        return None
    architecture = _ARCHITECTURES.get(platform.machine(), "")
    return Installed(
        version("diemdoc"), architecture, f"{sys.version_info.major}.{sys.version_info.minor}"
    )


def newer(
    offered: Iterable[SoftwareDescription], installed: Installed | None
) -> SoftwareDescription | None:
    """Return the version to bring, or None when none is newer than what is installed."""
    if installed is None:
        return None
    found = newest_for(offered, installed.architecture, installed.python)
    return found if found and is_newer(found.version, installed.version) else None


def bring_software(
    folder: Path,
    wanted: SoftwareDescription,
    fetcher: Fetcher,
    told: Callable[[int], None] = lambda _bytes: None,
) -> Path:
    """Return the package, every piece and the whole as signed; others are removed.

    After a power cut it is gone on with.

    Args:
        folder: `LIBRARY/software`; the fetcher fetches into it.

    Raises:
        InsufficientSpaceError: There is no room for it.
        CarrierError: It could not be finished; what came is kept for the next run.
        TamperedError: A carrier gives other bytes than were signed.
    """
    target = wanted.target
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if not path.name.startswith(target.sha256):
            path.unlink()
    package = folder / f"{target.sha256}.deb"
    if package.exists():
        if sha256_of(package) == target.sha256:
            _tell(folder, wanted)
            return package
        package.unlink()
    if free_bytes(folder) < target.size_bytes + FLOOR_BYTES:
        raise InsufficientSpaceError(
            f"no room for version {wanted.version} of this software: "
            f"{target.size_bytes / 1e6:.0f} MB and {FLOOR_BYTES / 1e6:.0f} MB are needed"
        )
    fetched = fetcher.archive(target, None, told)
    fetched.path.replace(package)
    _tell(folder, wanted)
    return package


def waiting(library: Path) -> str:
    """Return the version that waits in a library, or "". It is for showing: root looks itself."""
    try:
        with (library / FOLDER / _WAITING).open("rb") as file:
            version_ = json.loads(file.read(1_000))["version"]
        order(version_)
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return str(version_)


def _tell(folder: Path, wanted: SoftwareDescription) -> None:
    atomic_write(folder / _WAITING, json.dumps({"version": wanted.version}).encode())
