"""Try a version of this software and go back when it is not well, whatever cuts the power.

It runs from a copy of its own, made by the version before, so that a version that is broken cannot
keep it from going back. Each step is remembered first (`state.py`) and may be done twice:

    prepared     nothing was changed yet
    switching    dpkg puts the new version in place     cut off: the old one is put back
    trying       the new version has to be well         cut off: tried on, three starts at most
    returning    dpkg puts the old version back         cut off: done again
"""

import os
import shutil
import socket
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from provisioning.software.box import PARTS, Box, BoxError
from provisioning.software.keep import copy_databases, put_back_databases
from provisioning.software.state import FOLDER, Phase, State, load, save, sync, write

UNIT = "diemdoc-guard.service"
_UNIT_FILE = Path("etc/systemd/system") / UNIT
_WANTED = Path("etc/systemd/system/sysinit.target.wants") / UNIT
# Why a version went back; staff and province are told in their words (kiosk/health/software.py).
REASONS = ("refused", "not-well", "power-cut", "many-starts")
_POINT = Path("var/lib/diemdoc")
_LOOK_S = 3.0
_MOST_STARTS = 3
_MODULES = ("state", "keep", "box", "guard")
_RUN = """import sys
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parent))
from provisioning.software.guard import main
main()
"""
_UNIT = """# Written while a new version of this software is tried; taken away when it is decided.
[Unit]
Description=Guard of a new version of this software
DefaultDependencies=no
RequiresMountsFor=/var/lib/diemdoc
After=local-fs.target systemd-tmpfiles-setup.service
Before=diemdoc-repair.service diemdoc-clock.service shutdown.target
Conflicts=shutdown.target

[Service]
Type=notify
ExecStart=/usr/bin/python3 -I FOLDER/guard/run.py
TimeoutStartSec=20min
Restart=on-failure
RestartSec=2s
Environment=DEBIAN_FRONTEND=noninteractive
"""


def put_up(box: Box, folder: Path) -> None:
    """Copy the guard and have it started with the machine; twice does no more than once."""
    here, into = Path(__file__).parent, folder / "guard"
    shutil.rmtree(into, ignore_errors=True)
    package = into / "provisioning/software"
    package.mkdir(parents=True)
    for path in (package, package.parent):
        (path / "__init__.py").touch()
    for name in _MODULES:
        write(package / f"{name}.py", (here / f"{name}.py").read_bytes())
    write(into / "run.py", _RUN.encode())
    for root in _places(box):
        link = root / _WANTED
        link.parent.mkdir(parents=True, exist_ok=True)
        write(root / _UNIT_FILE, _UNIT.replace("FOLDER", str(folder)).encode())
        if not link.is_symlink():
            link.symlink_to(f"../{UNIT}")
        sync(link.parent)


def take_down(box: Box) -> None:
    """Have the guard no longer started; twice does no more than once."""
    for root in _places(box):
        for path in (_WANTED, _UNIT_FILE):
            (root / path).unlink(missing_ok=True)


def _places(box: Box) -> set[Path]:
    """Return where the unit is put: below an overlay for the next start, above it for this one."""
    return {box.system, box.root}


def guard(box: Box, folder: Path) -> State:
    """Bring an open change to its end and return how it ended."""
    state = load(folder)
    try:
        box.writable(is_on=True)
        state = _resumed(box, folder, state)
        _tell_ready()
        # What was put below an overlay counts from the next start: it is looked at then.
        counts = not box.is_overlaid or state.boot != box.boot
        if state.phase == Phase.TRYING and counts:
            state = _watched(box, folder, state)
        if not state.phase.is_open:
            take_down(box)
    finally:
        with suppress(BoxError):
            box.writable(is_on=False)
    return state


def _resumed(box: Box, folder: Path, state: State) -> State:
    """Do what is left of the phase that was reached, up to the try."""
    if state.phase == Phase.PREPARED:
        # Begun now, services run and wait for nobody; begun before a cut, it is begun anew.
        _tell_ready()
        return _switched(box, folder, state)
    if state.phase == Phase.SWITCHING:
        return _returned(box, folder, _because(state, "power-cut"))
    if state.phase == Phase.RETURNING:
        return _returned(box, folder, state)
    if state.phase == Phase.TRYING and state.starts >= _MOST_STARTS:
        return _returned(box, folder, _because(state, "many-starts"))
    if state.phase == Phase.TRYING:
        state = replace(state, starts=state.starts + 1)
        save(folder, state)
    return state


def _switched(box: Box, folder: Path, state: State) -> State:
    copy_databases(box.root / _POINT, folder / "databases")
    state = replace(state, phase=Phase.SWITCHING)
    save(folder, state)
    try:
        box.install(folder / "new.deb")
    except BoxError as error:
        return _returned(box, folder, _because(state, "refused", str(error)))
    state = replace(state, phase=Phase.TRYING)
    save(folder, state)
    if box.is_overlaid:
        _start_anew(box)
    else:
        # Its scripts restart what ran before; what is new in it starts here.
        box.run("systemctl", "start", "--no-block", "diemdoc.target")
    return state


def _watched(box: Box, folder: Path, state: State) -> State:
    """Wait until the new version is well and stays so, or until its time is over."""
    began = box.now()
    well_since, restarts, problem = -1.0, "", "it was not looked at"
    while box.now() - began < state.within_s:
        if box.is_rebuilding():
            # Until it is done the front page may be missing, and that takes as long as it takes.
            began = box.now()
        problem = _problem(box, state)
        now_restarts = "" if problem else box.restarts()
        if problem or now_restarts != restarts:
            well_since = -1.0 if problem else box.now()
            restarts = now_restarts
        elif box.now() - well_since >= state.settle_s:
            state = replace(state, phase=Phase.INSTALLED)
            save(folder, state)
            (folder / "new.deb").unlink(missing_ok=True)
            return state
        box.sleep(_LOOK_S)
    return _returned(box, folder, _because(state, "not-well", problem))


def _problem(box: Box, state: State) -> str:
    try:
        installed = box.installed()
    except BoxError as error:
        return str(error)
    if installed != state.version:
        return f"version {installed or 'of half a package'} is installed"
    return box.problem()


def _because(state: State, reason: str, detail: str = "") -> State:
    assert reason in REASONS
    return replace(state, reason=reason, detail=detail[-400:])


def _returned(box: Box, folder: Path, state: State) -> State:
    """Put the version before back, with its databases.

    Raises:
        BoxError: That cannot be done either; it is tried again, by the unit and at each start.
    """
    state = replace(state, phase=Phase.RETURNING)
    save(folder, state)
    units = [f"diemdoc-{one}.service" for one in PARTS]
    is_running = not box.is_overlaid and _is_up(box)
    if is_running:
        box.run("systemctl", "stop", *units)
    box.install(folder / "before.deb")
    put_back_databases(folder / "databases", box.root / _POINT)
    state = replace(state, phase=Phase.RETURNED)
    save(folder, state)
    (folder / "new.deb").unlink(missing_ok=True)
    if box.is_overlaid:
        take_down(box)
        _start_anew(box)
    elif is_running:
        box.run("systemctl", "start", "--no-block", "diemdoc.target")
    return state


def _is_up(box: Box) -> bool:
    """Return whether the point's services run or come up, so that they must be stopped first."""
    try:
        box.run("systemctl", "is-active", "--quiet", "diemdoc-web.socket")
    except BoxError:
        return False
    return True


def _start_anew(box: Box) -> None:
    box.run("systemctl", "--no-block", "reboot")


def _tell_ready() -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"READY=1", address.replace("@", "\0", 1))


def main() -> None:
    """Run as the unit."""
    box = Box()
    state = guard(box, box.system / FOLDER)
    words = f"version {state.version}: {state.phase}"
    if state.reason:
        words += f", because: {state.reason} {state.detail}"
    sys.stdout.write(words + "\n")
