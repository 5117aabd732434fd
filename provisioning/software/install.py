"""Prepare a change of this software, up to where the guard takes over."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from content.clock import TrustedClock
from content.files import exclusive, free_bytes
from content.repository.software import SoftwareDescription
from content.store.change import FLOOR_BYTES
from content.sync.software import FOLDER as WAITING
from provisioning.command import Command, must
from provisioning.errors import SoftwareError
from provisioning.software.accept import (
    Machine,
    offered,
    refuse_again,
    take,
    this_machine,
    trusted,
)
from provisioning.software.box import Box, BoxError
from provisioning.software.guard import UNIT, put_up
from provisioning.software.keep import repack
from provisioning.software.state import FOLDER, Phase, State, load, save

# The package, the one before, and one unpacked on the way to it.
_TIMES_PACKAGE = 8


def look(
    box: Box, state: Path, command: Command, *, again: bool, keep: bool = False
) -> tuple[Machine, SoftwareDescription]:
    """Return what is installed, and the version that would take its place.

    Args:
        state: Folder of the point's own user, who brought the province's lists.
        keep: Remember what was seen, so that nothing older is taken ever after.

    Raises:
        SoftwareError: There is none, it went back already, or there is no room.
        RepositoryError: What came is not to be trusted.
    """
    folder = box.system / FOLDER
    machine = this_machine(command)
    with ExitStack() as closing:
        own = folder
        if not keep:
            # What is only looked at is a copy: the system's disk may be read only.
            own = Path(closing.enter_context(TemporaryDirectory(prefix="diemdoc-")))
            if (folder / "trust").is_dir():
                shutil.copytree(folder / "trust", own / "trust", symlinks=True)
        clock = TrustedClock(folder / "clock.json")
        wanted = offered(trusted(box.root, own), state, clock, machine, keep=keep)
    if not again:
        refuse_again(folder, wanted.version)
    if free_bytes(box.system) < wanted.target.size_bytes * _TIMES_PACKAGE + FLOOR_BYTES:
        raise SoftwareError("there is no room on the system's disk for another version")
    return machine, wanted


def install(  # noqa: PLR0913 -- each is plain
    box: Box,
    library: Path,
    state: Path,
    command: Command,
    tell: Callable[[str], None],
    *,
    again: bool = False,
    within_s: float = 600.0,
) -> str:
    """Prepare the newest version, start its guard, and return it; the guard does the rest.

    After a power cut nothing was changed, or the guard goes on at the next start.

    Raises:
        SoftwareError, RepositoryError: As `look`; nothing was changed.
        LibraryBusyError: Another change is being prepared.
    """
    try:
        box.writable(is_on=True)
        return _prepare(box, library, state, command, tell, again=again, within_s=within_s)
    except BoxError as error:
        _leave(box)
        raise SoftwareError(str(error)) from error
    except BaseException:
        _leave(box)
        raise


def _leave(box: Box) -> None:
    with suppress(BoxError):
        box.writable(is_on=False)


def _prepare(  # noqa: PLR0913 -- as `install`
    box: Box,
    library: Path,
    state: Path,
    command: Command,
    tell: Callable[[str], None],
    *,
    again: bool,
    within_s: float,
) -> str:
    folder = box.system / FOLDER
    folder.mkdir(exist_ok=True)
    with exclusive(folder / "lock", "another version is being prepared; wait for it"):
        before = load(folder)
        if before.phase.is_open:
            raise SoftwareError(f"version {before.version} is being tried; wait for its end")
        machine, wanted = look(box, state, command, again=again, keep=True)
        tell("the package, compared with what was signed")
        take(wanted, library / WAITING, folder / "new.deb", command)
        tell("the version before, kept")
        scratch = folder / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        repack(box.system, scratch, folder / "before.deb", box.run)
        put_up(box, folder)
        begun = State(Phase.PREPARED, wanted.version, machine.version, boot=box.boot)
        save(folder, replace(begun, within_s=within_s, settle_s=within_s / 20))
        must(command, "systemctl", "daemon-reload")
        must(command, "systemctl", "start", "--no-block", UNIT)
    return wanted.version
