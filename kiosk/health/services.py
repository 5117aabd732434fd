"""Do all processes of the point run, and do they stay up? What systemd says of our units."""

import subprocess
from collections.abc import Iterator

from kiosk.health.check import N_, Finding, Machine, Remedy, Severity

COMMAND = (
    "systemctl", "show", "--property=Id,ActiveState,NRestarts", "diemdoc-*",
)  # fmt: skip
# Once may be chance; a process that ends again and again loses readers' pages.
MANY_RESTARTS = 5


def check(machine: Machine) -> Iterator[Finding]:
    """Judge every unit of ours that systemd has loaded."""
    try:
        blocks = machine.run(COMMAND).strip().split("\n\n")
    except (OSError, subprocess.SubprocessError):
        blocks = []
    units = [
        dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in blocks
    ]
    ours = [one for one in units if one.get("Id", "").startswith("diemdoc-")]
    if not ours:
        yield Finding(
            "services-unknown",
            Severity.UNKNOWN,
            N_("This point was started by hand; nobody watches its services."),
        )
        return
    bad = [found for unit in ours for found in _judge(unit)]
    yield from bad
    if not bad:
        yield Finding("services-good", Severity.GOOD, N_("All services run."))


def _judge(unit: dict[str, str]) -> Iterator[Finding]:
    name = unit["Id"].removesuffix(".service")
    restarts = unit.get("NRestarts", "0")
    if unit.get("ActiveState") == "failed":
        yield Finding(
            "service-failed",
            Severity.CRITICAL,
            N_("The service %(service)s does not run."),
            N_("Start the services anew with the button. If it fails again, restart the box."),
            {"service": name},
            Remedy.RESTART_SERVICES,
        )
    elif restarts.isdecimal() and int(restarts) >= MANY_RESTARTS:
        yield Finding(
            "service-restarts",
            Severity.WARNING,
            N_("The service %(service)s ended %(times)s times and was started anew."),
            N_("Restart the box. If this comes back, tell the province what Messages says."),
            {"service": name, "times": int(restarts)},
            Remedy.REBOOT,
        )
