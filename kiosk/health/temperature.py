"""Is the box too hot? Warmest of the kernel's thermal zones.

A Raspberry Pi slows down between 80 and 85 degrees and more above (Raspberry Pi documentation,
"Frequency management and thermal control").
"""

from collections.abc import Iterator

from kiosk.health.check import N_, Finding, Machine, Severity

HOT = 80
TOO_HOT = 85


def check(machine: Machine) -> Iterator[Finding]:
    """Judge the warmest zone."""
    zones = machine.paths("sys/class/thermal/thermal_zone*/temp")
    read = [machine.number(one) for one in zones]
    # A sensor that is off says 0 or less.
    degrees = [one // 1000 for one in read if one is not None and 0 < one < 150_000]
    if not degrees:
        yield Finding(
            "temperature-unknown", Severity.UNKNOWN, N_("This computer has no temperature sensor.")
        )
        return
    yield judge(max(degrees))


def judge(degrees: int) -> Finding:
    """Return what to say of a temperature in degrees Celsius."""
    values = {"degrees": degrees}
    if degrees >= HOT:
        return Finding(
            "hot",
            Severity.CRITICAL if degrees >= TOO_HOT else Severity.WARNING,
            N_("The box is too hot: %(degrees)s °C. It becomes slow."),
            N_("Move it out of the sun and away from other devices; clear the holes of its case."),
            values,
        )
    return Finding(
        "temperature-good",
        Severity.GOOD,
        N_("The box is cool enough: %(degrees)s °C."),
        values=values,
    )
