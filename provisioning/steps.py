"""From settings to a machine that is so: ordered steps, each with check, apply and undo.

Each step says what differs (`check`), makes it so (`apply`, which may run twice), and takes back
what it did in this run (`undo`). A step that fails takes back itself and those before it; after a
power cut every file is the old one or the new one, and running again finishes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from provisioning.command import Command, must
from provisioning.machine import differs, write_files
from provisioning.render import RenderedFile

_ZONE = Path("etc/localtime")
# Alternatives of Raspberry Pi OS for the radio's firmware (its package firmware-brcm80211).
_FIRMWARE = "cyfmac43455-sdio.bin"
_FIRMWARE_FILE = "/lib/firmware/cypress/cyfmac43455-sdio-{}.bin"


class Step(Protocol):
    """One part of the machine."""

    @property
    def name(self) -> str:
        """What it is about, for staff."""
        ...

    def check(self) -> list[str]:
        """Return what is not as it shall be; empty when all is."""
        ...

    def apply(self) -> None:
        """Make it so.

        Raises:
            ProvisioningError: It cannot be.
        """
        ...

    def undo(self) -> None:
        """Put back what `apply` of this run changed."""
        ...


@dataclass
class FilesStep:
    """Files as rendered.

    Args:
        changed: What `apply` of this run wrote.
    """

    root: Path
    files: Sequence[RenderedFile]
    name: str = "files"
    changed: list[RenderedFile] = field(default_factory=list, init=False)
    _before: list[RenderedFile] = field(default_factory=list, init=False)

    def check(self) -> list[str]:
        """Return the paths that differ."""
        return ["/" + one.path for one in self.files if differs(self.root, one)]

    def apply(self) -> None:
        """Write what differs, each file whole."""
        self.changed = [one for one in self.files if differs(self.root, one)]
        self._before = [_as_it_is(self.root, one) for one in self.changed]
        write_files(self.root, self.changed)

    def undo(self) -> None:
        """Write the files that were there."""
        write_files(self.root, self._before)


def _as_it_is(root: Path, file: RenderedFile) -> RenderedFile:
    path = root / file.path
    if not path.is_file():
        return RenderedFile(file.path, None)
    text = path.read_bytes().decode("utf-8", errors="surrogateescape")
    return RenderedFile(file.path, text, path.stat().st_mode & 0o777)


@dataclass
class ZoneStep:
    """The time zone."""

    root: Path
    zone: str
    name: str = "time zone"
    _before: str | None = field(default=None, init=False)

    @property
    def _target(self) -> str:
        return f"/usr/share/zoneinfo/{self.zone}"

    def _now(self) -> str:
        link = self.root / _ZONE
        return str(link.readlink()) if link.is_symlink() else ""

    def check(self) -> list[str]:
        """Return the zone when it is another one."""
        return [] if self._now() == self._target else [f"/{_ZONE}"]

    def apply(self) -> None:
        """Point to the zone; after a power cut it is the old one or the new one."""
        self._before = self._now()
        self._point(self._target)

    def undo(self) -> None:
        """Point to the zone that was."""
        if self._before:
            self._point(self._before)

    def _point(self, target: str) -> None:
        link = self.root / _ZONE
        link.parent.mkdir(parents=True, exist_ok=True)
        new = link.with_name(".localtime.new")
        new.unlink(missing_ok=True)
        new.symlink_to(target)
        new.replace(link)


@dataclass
class FirmwareStep:
    """The firmware of a Raspberry Pi's radio; nothing on machines that have no choice of it."""

    root: Path
    command: Command
    kind: str
    name: str = "radio firmware"
    _before: str = field(default="", init=False)

    def _now(self) -> str:
        link = self.root / "etc/alternatives" / _FIRMWARE
        return str(link.readlink()) if link.is_symlink() else ""

    def check(self) -> list[str]:
        """Return the firmware when another one is chosen."""
        now = self._now()
        return [f"{_FIRMWARE}: {now}"] if now and now != _FIRMWARE_FILE.format(self.kind) else []

    def apply(self) -> None:
        """Choose it; it counts from the next start."""
        self._before = self._now()
        self._choose(_FIRMWARE_FILE.format(self.kind))

    def undo(self) -> None:
        """Choose the one before."""
        if self._before:
            self._choose(self._before)

    def _choose(self, file: str) -> None:
        must(
            self.command, "update-alternatives", "--root", str(self.root), "--set", _FIRMWARE, file
        )


@dataclass
class UnitsStep:
    """Which units start with the machine."""

    root: Path
    command: Command
    wanted: dict[str, bool]
    name: str = "units"
    _changed: dict[str, bool] = field(default_factory=dict, init=False)

    def check(self) -> list[str]:
        """Return the units that are on and shall be off, or the other way round."""
        return [
            f"{unit} is not {'enabled' if is_on else 'disabled'}"
            for unit, is_on in self.wanted.items()
            if self._is_on(unit) != is_on
        ]

    def apply(self) -> None:
        """Switch units on and off."""
        changed = {one: on for one, on in self.wanted.items() if self._is_on(one) != on}
        for unit, is_on in changed.items():
            self._switch(unit, is_on=is_on)
            self._changed[unit] = is_on

    def undo(self) -> None:
        """Switch back what was switched."""
        for unit, is_on in self._changed.items():
            self._switch(unit, is_on=not is_on)

    def _is_on(self, unit: str) -> bool:
        done = self.command("systemctl", f"--root={self.root}", "is-enabled", unit)
        return done.status == 0

    def _switch(self, unit: str, *, is_on: bool) -> None:
        verb = "enable" if is_on else "disable"
        must(self.command, "systemctl", f"--root={self.root}", verb, unit)


@dataclass
class RunningStep:
    """What runs is what the files say; only on the machine itself, after everything else."""

    command: Command
    wanted: dict[str, bool]
    files: FilesStep
    name: str = "running services"

    def check(self) -> list[str]:
        """Return the units that do not run and shall, or the other way round."""
        return [
            f"{unit} is {'not ' if is_on else ''}running"
            for unit, is_on in self.wanted.items()
            if self._runs(unit) != is_on
        ]

    def apply(self) -> None:
        """Start and stop units, and restart those whose files changed."""
        off = [unit for unit, is_on in self.wanted.items() if not is_on]
        on = [unit for unit, is_on in self.wanted.items() if is_on]
        must(self.command, "systemctl", "daemon-reload")
        must(self.command, "systemctl", "stop", *off)
        restart(self.command, self.files.changed)
        must(self.command, "systemctl", "start", *on)

    def undo(self) -> None:
        """Nothing yet: `SettledStep` goes back to the services before when the files are back."""

    def _runs(self, unit: str) -> bool:
        return self.command("systemctl", "is-active", "--quiet", unit).status == 0


@dataclass
class SettledStep:
    """The first step, which does nothing, so that its undo is the last: services as before."""

    command: Command
    files: FilesStep
    name: str = "services as before"

    def check(self) -> list[str]:
        """Return nothing: there is nothing to do before a change."""
        return []

    def apply(self) -> None:
        """Do nothing."""

    def undo(self) -> None:
        """Restart with the files before what was restarted with the new ones."""
        must(self.command, "systemctl", "daemon-reload")
        restart(self.command, self.files.changed)


def restart(command: Command, files: Sequence[RenderedFile]) -> None:
    """Restart the units that read these files, those of them that run."""
    units = sorted({unit for one in files for unit in one.units})
    # A socket cannot start anew under its running service: such services stop first.
    sockets = [one for one in units if one.endswith(".socket")]
    if sockets:
        services = [one.replace(".socket", ".service") for one in sockets]
        must(command, "systemctl", "stop", *services)
    if units:
        must(command, "systemctl", "try-restart", *units)
