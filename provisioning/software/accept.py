"""Root's own look at a new version: signed by whom root trusts, whole, newer, for this machine.

Nothing is believed of the web app's user, who brought it: lists are verified again against a root
file that only root or the card could give, and the package is copied before it is looked at.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from content.clock import TrustedClock
from content.errors import NotTrustedError, TamperedError
from content.repository.client import pin, refresh
from content.repository.kept import KeptCarrier
from content.repository.software import SoftwareDescription, is_newer, newest_for
from content.repository.trust import TrustStore
from content.repository.volume import DirectoryCarrier
from provisioning.command import Command, must
from provisioning.errors import SoftwareError
from provisioning.software.state import load, sync

# Where the image, or whoever has the card in a computer, puts the province's root file.
ROOT_FILES = (Path("etc/diemdoc/root.json"), Path("boot/firmware/root.json"))
PACKAGE = "diemdoc"


@dataclass(frozen=True, slots=True)
class Machine:
    """What is installed here.

    Args:
        python: Of its Debian, such as `3.11`.
    """

    version: str
    architecture: str
    python: str


def this_machine(command: Command) -> Machine:
    """Return what is installed here, as Debian tells.

    Raises:
        SoftwareError: This software was not installed as a package.
    """
    done = command("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", PACKAGE)
    status, _, version = done.text.strip().partition(" ")
    if done.status or status != "installed":
        raise SoftwareError(
            "this software was not installed as a package, so no other version can take its place"
        )
    architecture = must(command, "dpkg", "--print-architecture").strip()
    python = must(command, "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    return Machine(version, architecture, python.strip())


def trusted(root: Path, folder: Path) -> TrustStore:
    """Return whom root trusts; the first time it is taken from the card or the image.

    Raises:
        NotTrustedError: Nobody is trusted yet.
    """
    trust = TrustStore(folder / "trust")
    if (folder / "trust/root.json").exists():
        return trust
    for one in ROOT_FILES:
        if (root / one).is_file():
            pin(trust, (root / one).read_bytes())
            return trust
    raise NotTrustedError(
        "this machine takes new versions of its software from nobody yet: copy the province's "
        "root.json to the boot partition of the card, or to /etc/diemdoc/root.json, and start anew"
    )


def offered(
    trust: TrustStore, kept: Path, clock: TrustedClock, machine: Machine, *, keep: bool
) -> SoftwareDescription:
    """Return the newest version that the province signed for this machine.

    Args:
        kept: State folder of the point's own user, who brought the lists.
        keep: Remember the lists; False only looks.

    Raises:
        RepositoryError: One of its kinds: the lists are not signed, or older than root has seen.
        SoftwareError: There is none for this machine, or none newer than what is installed.
    """
    folder = TrustStore(kept / "trust").current()
    if folder is None:
        raise SoftwareError("no list of the province came yet; run: diemdoc sync")
    offer = refresh(trust, KeptCarrier(folder), clock, keep=keep)
    found = newest_for(offer.software, machine.architecture, machine.python)
    if found is None:
        others = sorted({one.architecture for one in offer.software})
        said = f"; what is published is for {', '.join(others)}" if others else ""
        raise SoftwareError(
            f"the province publishes no version for this machine ({machine.architecture}, "
            f"Python {machine.python}){said}"
        )
    if not is_newer(found.version, machine.version):
        raise SoftwareError(
            f"version {machine.version} is installed; the newest that is published is "
            f"{found.version}, which is not newer"
        )
    return found


def refuse_again(folder: Path, version: str) -> None:
    """Refuse a version that went back already.

    Raises:
        SoftwareError: It did.
    """
    state = load(folder)
    # Cut off by the power, nothing is known of the version yet.
    if state.version == version and state.reason not in {"", "power-cut"}:
        raise SoftwareError(
            f"version {version} was tried and went back ({state.reason}); a newer one is waited "
            "for. To try it again all the same: diemdoc software install --again"
        )


def take(wanted: SoftwareDescription, waiting: Path, target: Path, command: Command) -> None:
    """Copy the package that waits to `target`, where only root writes, and look at the copy.

    After a power cut it is there whole or not at all.

    Raises:
        TamperedError: It is not what the province signed.
        SoftwareError: It did not come yet.
    """
    size, digest = wanted.target.size_bytes, wanted.target.sha256
    if not (waiting / f"{digest}.deb").exists():
        raise SoftwareError(f"version {wanted.version} did not come yet; run: diemdoc sync")
    part, hasher, done = target.with_name(f".{target.name}.part"), hashlib.sha256(), 0
    try:
        with part.open("wb") as file:
            for block in DirectoryCarrier(waiting).stream(f"{digest}.deb", 0, size + 1):
                hasher.update(block)
                done += len(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        if done != size or hasher.hexdigest() != digest:
            raise TamperedError(
                f"{wanted.target.name}: is not what the province signed; it was not installed"
            )
        _refuse_other(wanted, part, command)
        part.replace(target)
        sync(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _refuse_other(wanted: SoftwareDescription, package: Path, command: Command) -> None:
    """Refuse a package that says something else of itself than its signed name."""
    text = must(command, "dpkg-deb", "--field", str(package), "Package", "Version", "Architecture")
    said = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    signed = {
        "Package": PACKAGE, "Version": wanted.version, "Architecture": wanted.architecture,
    }  # fmt: skip
    if said != signed:
        raise TamperedError(
            f"{wanted.target.name}: says of itself {said}, which is not what its name says"
        )
