"""Does the Wi-Fi still take phones? A Pi's own radio serves few at a time."""

from collections.abc import Iterator

from kiosk.health.check import N_, Finding, Machine, Severity
from kiosk.health.radio import phones_of, radio_of


def check(machine: Machine) -> Iterator[Finding]:
    """Compare the phones that are here with the most the radio takes."""
    radio = radio_of(machine)
    if radio is not None:
        yield judge(phones_of(machine, radio), radio.most)


def judge(phones: int, most: int) -> Finding:
    """Return what to say of so many phones; `most` 0 is not known."""
    values = {"phones": phones, "most": most}
    if not most:
        return Finding(
            "phones", Severity.GOOD, N_("Phones on the Wi-Fi now: %(phones)s."), values=values
        )
    if phones >= most:
        return Finding(
            "phones-full",
            Severity.WARNING,
            N_("The Wi-Fi is full: %(phones)s of %(most)s phones. Others cannot join."),
            N_("Ask readers who have finished to leave the Wi-Fi, or add an access point."),
            values,
        )
    return Finding(
        "phones",
        Severity.GOOD,
        N_("Phones on the Wi-Fi now: %(phones)s of at most %(most)s."),
        values=values,
    )
