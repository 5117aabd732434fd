"""Are catalogue and search index whole? They are read in the background (kiosk.health.prove)."""

from collections.abc import Iterator

from content.store.generation import current_number
from content.store.layout import StoreLayout
from kiosk.health.check import N_, Finding, Machine, Remedy, Severity
from kiosk.health.proven import load_proven


def check(machine: Machine) -> Iterator[Finding]:
    """Judge by what was read of the generation in use."""
    number = current_number(StoreLayout(machine.library))
    proven = load_proven(machine.state)
    if number == 0:
        yield Finding("database-empty", Severity.GOOD, N_("The library is still empty."))
    elif proven.database is None or proven.generation != number:
        yield Finding(
            "database-waiting",
            Severity.GOOD,
            N_("The catalogue is new; it is being read when nobody needs the box."),
        )
    elif proven.database.reason:
        yield Finding(
            "database-damaged",
            Severity.CRITICAL,
            N_("The catalogue or the search index is damaged."),
            N_("Go back to the library before the last change, with the button."),
            {"reason": proven.database.reason},
            Remedy.ROLL_BACK,
        )
    else:
        yield Finding("database-good", Severity.GOOD, N_("Catalogue and search index are whole."))
