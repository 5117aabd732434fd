"""Is the box's own Wi-Fi on the air?"""

from collections.abc import Iterator

from kiosk.health.check import N_, Finding, Machine, Remedy, Severity
from kiosk.health.radio import radio_of


def check(machine: Machine) -> Iterator[Finding]:
    """Judge the state of the radio (Linux, Documentation/ABI/testing/sysfs-class-net)."""
    radio = radio_of(machine)
    if radio is None:
        yield Finding(
            "wifi-none", Severity.UNKNOWN, N_("This computer gives out no Wi-Fi of its own.")
        )
        return
    state = machine.text(f"sys/class/net/{radio.interface}/operstate")
    values = {"interface": radio.interface}
    if state is None:
        yield Finding(
            "wifi-gone",
            Severity.CRITICAL,
            N_("The Wi-Fi radio (%(interface)s) is not there."),
            N_("Restart the box. If this comes back, the radio is broken: tell the province."),
            values,
            Remedy.REBOOT,
        )
    elif state != "up":
        yield Finding(
            "wifi-down",
            Severity.CRITICAL,
            N_("The Wi-Fi is off: phones cannot join."),
            N_("Start the Wi-Fi anew with the button. If it stays off, restart the box."),
            values,
            Remedy.RESTART_WIFI,
        )
    else:
        yield Finding("wifi-good", Severity.GOOD, N_("The Wi-Fi is on."), values=values)
