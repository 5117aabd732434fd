"""Does the power supply give enough? What the Pi's firmware noticed.

Bits of `get_throttled` (Raspberry Pi documentation, `vcgencmd`): 0 under-voltage now, 16 since the
start. Kernels without that file tell the alarm by hwmon `rpi_volt`.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from kiosk.health.check import N_, Finding, Machine, Severity

FILE = "sys/devices/platform/soc/soc:firmware/get_throttled"
NOW = 1 << 0
SINCE_START = 1 << 16


def check(machine: Machine) -> Iterator[Finding]:
    """Judge the firmware's bits, or the kernel's alarm."""
    bits = machine.number(FILE, 16)
    if bits is None:
        bits = _alarm(machine)
    if bits is None:
        yield Finding(
            "power-unknown", Severity.UNKNOWN, N_("This computer does not watch its power supply.")
        )
        return
    yield judge(bits)


def judge(bits: int) -> Finding:
    """Return what to say of the firmware's bits."""
    fix = N_("Use the power supply and the cable that came with the box; unplug other USB devices.")
    if bits & NOW:
        return Finding(
            "power-low",
            Severity.CRITICAL,
            N_("The power supply is too weak right now. The disk may be damaged."),
            fix,
        )
    if bits & SINCE_START:
        return Finding(
            "power-was-low",
            Severity.WARNING,
            N_("The power supply was too weak since the last start."),
            fix,
        )
    return Finding("power-good", Severity.GOOD, N_("The power supply is strong enough."))


def _alarm(machine: Machine) -> int | None:
    for one in machine.paths("sys/class/hwmon/hwmon*/name"):
        if machine.text(one) == "rpi_volt":
            alarm = machine.number(str(PurePosixPath(one).with_name("in0_lcrit_alarm")))
            return None if alarm is None else alarm * NOW
    return None
