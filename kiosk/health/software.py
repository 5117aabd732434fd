"""Which version of this software runs, does a newer one wait, and did one go back?"""

from collections.abc import Iterator
from importlib.metadata import version

from content.repository.software import is_newer
from content.sync.software import waiting
from kiosk.health.check import N_, Finding, Machine, Remedy, Severity
from provisioning.software.state import Phase, State, remembered

# Why a version went back, by the guard's codes (provisioning/software/guard.py).
_WENT_BACK = {
    "refused": N_("Version %(version)s could not be installed. Version %(before)s runs on."),
    "not-well": N_("Version %(version)s did not work well. The box went back to %(before)s."),
    "power-cut": N_(
        "The power went while version %(version)s was being installed. The box went back to "
        "%(before)s."
    ),
    "many-starts": N_(
        "The box started again and again with version %(version)s. It went back to %(before)s."
    ),
}


def check(machine: Machine) -> Iterator[Finding]:
    """Judge what root remembers of the last change, and what waits in the library."""
    yield judge(version("diemdoc"), waiting(machine.library), remembered(machine.root))


def judge(installed: str, waits: str, state: State) -> Finding:
    """Return what to say of a version that runs, one that waits ("" for none), and a change."""
    values = {"version": state.version, "before": state.before}
    if state.phase.is_open:
        return Finding(
            "software-trying",
            Severity.NOTICE,
            N_("Version %(version)s is being tried."),
            N_("Leave the box switched on for a quarter of an hour."),
            values,
        )
    if state.phase == Phase.RETURNED and (not waits or waits == state.version):
        # Cut off by the power, it is worth another try; a bad version is not.
        is_worth = state.reason == "power-cut" and waits == state.version
        return Finding(
            "software-returned",
            Severity.WARNING,
            _WENT_BACK.get(state.reason, _WENT_BACK["not-well"]),
            N_("Install it once more, with the power on.")
            if is_worth
            else N_("Nothing to do: the province sees it and sends a better version."),
            values,
            Remedy.INSTALL_SOFTWARE if is_worth else Remedy.NONE,
        )
    if waits and is_newer(waits, installed):
        return Finding(
            "software-waits",
            Severity.NOTICE,
            N_("A new version of the software waits: %(version)s. Version %(before)s runs."),
            N_("Install it when few people read. The box goes back by itself when it is not well."),
            {"version": waits, "before": installed},
            Remedy.INSTALL_SOFTWARE,
        )
    return Finding(
        "software-good",
        Severity.GOOD,
        N_("Version %(version)s runs."),
        values={"version": installed},
    )
