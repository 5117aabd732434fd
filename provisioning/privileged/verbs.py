"""The closed list of what staff may ask of root, each with its arguments and their checks.

A verb starts a unit, sets the clock, or writes the settings; nothing an asker says becomes a word
of a command but a stick's name, and that is checked letter by letter.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from content.clock import Trust, TrustedClock
from content.files import atomic_write
from provisioning.command import Command, must
from provisioning.errors import PrivilegedError
from provisioning.settings import parse_settings

# Names that the kernel gives to disks and their partitions; nothing else is ever a unit's name.
_DEVICE = re.compile(r"(sd[a-z]{1,2}|mmcblk\d|nvme\dn\d)(p?\d{1,2})?")
# Less than the door's own watchdog waits.
_UNIT_S = 25.0
_MOST_TEXT = 60_000
_MOST_AHEAD_S = 10 * 365 * 86_400
SERVICES = ("web", "content", "search", "usage", "tasks", "packing")


def _set_system_time(seconds: float) -> None:
    time.clock_settime(time.CLOCK_REALTIME, seconds)


@dataclass(frozen=True, slots=True)
class Machine:
    """What the verbs act on; tests bring folders, a recording command and a clock of their own."""

    command: Command
    clock: TrustedClock
    settings: Path = Path("/etc/diemdoc/diemdoc.toml")
    boot_settings: Path = Path("/boot/firmware/diemdoc.toml")
    chip: Path = Path("/sys/class/rtc/rtc0")
    set_time: Callable[[float], None] = _set_system_time

    def start(self, *units: str) -> None:
        """Start units and do not wait: the asker may be among what they stop."""
        must(self.command, "systemctl", "start", "--no-block", *units)

    def restart(self, *units: str) -> None:
        """Restart units and do not wait."""
        must(self.command, "systemctl", "restart", "--no-block", *units)


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that may be asked.

    Args:
        arguments: Name and type of each; all are needed, no other is taken.
    """

    do: Callable[..., dict[str, Any]]
    arguments: dict[str, type] = field(default_factory=dict)


def check_call(verb: object, arguments: object) -> tuple[Verb, dict[str, Any]]:
    """Return the verb of a call and its arguments, of the right types.

    Raises:
        PrivilegedError: It is none of the list, or its arguments are not its own.
    """
    if not isinstance(verb, str) or verb not in VERBS:
        raise PrivilegedError(f"there is no verb {str(verb)[:40]!r}")
    known = VERBS[verb]
    if not isinstance(arguments, dict) or arguments.keys() != known.arguments.keys():
        raise PrivilegedError(f"{verb} takes: {', '.join(known.arguments) or 'nothing'}")
    for name, kind in known.arguments.items():
        if type(arguments[name]) is not kind:
            raise PrivilegedError(f"{verb}: {name} must be a {kind.__name__}")
    return known, arguments


def _reboot(machine: Machine) -> dict[str, Any]:
    must(machine.command, "systemctl", "--no-block", "reboot")
    return {}


def _power_off(machine: Machine) -> dict[str, Any]:
    must(machine.command, "systemctl", "--no-block", "poweroff")
    return {}


def _restart_wifi(machine: Machine) -> dict[str, Any]:
    machine.restart("diemdoc-access-point.service", "diemdoc-dnsmasq.service")
    return {}


def _restart_services(machine: Machine) -> dict[str, Any]:
    machine.restart(*(f"diemdoc-{one}.service" for one in SERVICES))
    return {}


def _update(machine: Machine) -> dict[str, Any]:
    machine.start("diemdoc-sync.service")
    return {}


def _install_software(machine: Machine) -> dict[str, Any]:
    """Start root's own look at the version that waits; the asker names nothing."""
    machine.start("diemdoc-software@now.service")
    return {}


def _set_time(machine: Machine, seconds: int) -> dict[str, Any]:
    """Set the clock to what a phone offers: never before what is proven, never while it is kept."""
    reading = machine.clock.reading()
    floor = reading.floor.timestamp()
    if reading.trust == Trust.SYNCHRONISED:
        raise PrivilegedError("the clock is kept right by the internet; there is nothing to set")
    if not floor <= seconds <= floor + _MOST_AHEAD_S:
        raise PrivilegedError(
            f"that time cannot be: it is {reading.floor:%d/%m/%Y} at least; set the phone's clock"
        )
    machine.set_time(seconds)
    return {"now": datetime.fromtimestamp(seconds, UTC).isoformat()}


def _keep_time(machine: Machine) -> dict[str, Any]:
    """Write the time to the clock chip, when a time server keeps the clock right."""
    if not machine.chip.exists():
        raise PrivilegedError("this box has no clock chip to keep the time")
    if machine.clock.reading().trust != Trust.SYNCHRONISED:
        raise PrivilegedError("nobody has proved the time yet: connect the box to the internet")
    must(machine.command, "systemctl", "start", "diemdoc-clock-chip.service", timeout_s=_UNIT_S)
    return {}


def _apply_settings(machine: Machine, text: str) -> dict[str, Any]:
    """Put new settings in place and have the machine made so.

    They are checked first. The unit that carries them out puts the ones before back when a step
    fails. After a power cut the old file or the new one is there.
    """
    if len(text.encode()) > _MOST_TEXT:
        raise PrivilegedError("these settings are too long to be any")
    parse_settings(text)
    settings = machine.settings
    if settings.exists():
        atomic_write(settings.with_name("diemdoc.toml.before"), settings.read_bytes(), mode=0o640)
    atomic_write(settings, text.encode(), mode=0o640)
    if machine.boot_settings.exists():
        atomic_write(machine.boot_settings, text.encode())
    machine.start("diemdoc-apply.service")
    return {}


def _stick(device: str) -> str:
    if not _DEVICE.fullmatch(device):
        raise PrivilegedError(f"{device[:40]!r} is no stick")
    return device


def _mount_stick(machine: Machine, device: str) -> dict[str, Any]:
    unit = f"diemdoc-usb@{_stick(device)}.service"
    must(machine.command, "systemctl", "start", unit, timeout_s=_UNIT_S)
    return {}


def _unmount_stick(machine: Machine, device: str) -> dict[str, Any]:
    unit = f"diemdoc-usb@{_stick(device)}.service"
    must(machine.command, "systemctl", "stop", unit, timeout_s=_UNIT_S)
    return {}


def _import_stick(machine: Machine, device: str) -> dict[str, Any]:
    machine.start(f"diemdoc-import@{_stick(device)}.service")
    return {}


def _write_stick(machine: Machine, device: str) -> dict[str, Any]:
    """Have the point's counts on a stick; returns when they are, and it is read only again."""
    writes, writable = (f"diemdoc-{one}@{_stick(device)}.service" for one in ("export", "writable"))
    try:
        must(machine.command, "systemctl", "start", writes, timeout_s=_UNIT_S)
    finally:
        # It stops by itself; this waits for it.
        machine.command("systemctl", "stop", writable)
    return {}


VERBS = {
    "apply-settings": Verb(_apply_settings, {"text": str}),
    "import-stick": Verb(_import_stick, {"device": str}),
    "install-software": Verb(_install_software),
    "keep-time": Verb(_keep_time),
    "mount-stick": Verb(_mount_stick, {"device": str}),
    "power-off": Verb(_power_off),
    "reboot": Verb(_reboot),
    "restart-services": Verb(_restart_services),
    "restart-wifi": Verb(_restart_wifi),
    "set-time": Verb(_set_time, {"seconds": int}),
    "unmount-stick": Verb(_unmount_stick, {"device": str}),
    "update": Verb(_update),
    "write-stick": Verb(_write_stick, {"device": str}),
}
