"""Is the time right? A box without a clock chip wakes up in the past."""

from collections.abc import Iterator
from datetime import UTC, datetime

from content.clock import BUILT, Trust, TrustedClock
from kiosk.health.check import N_, Finding, Machine, Remedy, Severity

_SYNCHRONISED = "run/systemd/timesync/synchronized"
# The kernel writes the time there every 11 minutes by itself, where it is built so.
_CHIP = "sys/class/rtc/rtc0/since_epoch"
_CHIP_MAY_DIFFER_S = 120


def check(machine: Machine) -> Iterator[Finding]:
    """Judge the machine's clock by what is proven."""
    clock = TrustedClock(
        machine.state / "clock.json",
        wall=lambda: machine.now,
        is_synchronised=(machine.root / _SYNCHRONISED).exists,
    )
    reading = clock.reading()
    values = {"time": machine.now.astimezone().strftime("%d/%m/%Y %H:%M")}
    if reading.trust == Trust.SYNCHRONISED:
        yield Finding(
            "clock-good",
            Severity.GOOD,
            N_("The clock is right: %(time)s, set by the internet."),
            values=values,
        )
        yield from _chip(machine)
    elif machine.now < max(reading.floor, BUILT):
        yield Finding(
            "clock-wrong",
            Severity.WARNING,
            N_("The clock is wrong: it says %(time)s, which is over already."),
            N_("Set it from your phone with the button, or connect the box to the internet once."),
            values,
            Remedy.SET_CLOCK,
        )
    elif machine.paths("sys/class/rtc/rtc0"):
        yield Finding(
            "clock-own",
            Severity.GOOD,
            N_("The box has a clock of its own: %(time)s."),
            values=values,
        )
    else:
        yield Finding(
            "clock-unproven",
            Severity.NOTICE,
            N_("Nobody has confirmed the clock since the start: it says %(time)s."),
            N_("Is that right? If not, set it from your phone with the button."),
            values,
            Remedy.SET_CLOCK,
        )


def _chip(machine: Machine) -> Iterator[Finding]:
    """Compare the clock chip, which decides at the next start, with the time that is right now."""
    said = machine.number(_CHIP)
    if said is None or abs(said - machine.now.timestamp()) <= _CHIP_MAY_DIFFER_S:
        return
    at = datetime.fromtimestamp(said, UTC).astimezone()
    yield Finding(
        "clock-chip-wrong",
        Severity.NOTICE,
        N_("The clock chip of the box says %(time)s: after a power cut the box would begin there."),
        N_("Write the right time to it with the button. Wrong again soon? Its battery is empty."),
        {"time": at.strftime("%d/%m/%Y %H:%M")},
        Remedy.KEEP_TIME,
    )
