"""Are the archives still what was added? Each is read in the background (kiosk.health.prove)."""

from collections.abc import Iterator

from content.store.generation import current
from content.store.layout import StoreLayout
from kiosk.health.check import N_, Finding, Machine, Remedy, Severity
from kiosk.health.proven import load_proven


def check(machine: Machine) -> Iterator[Finding]:
    """Judge by what was read so far; reads no archive itself."""
    proofs = load_proven(machine.state).archives
    held = current(StoreLayout(machine.library)).archives
    missing = [
        one for one in held if not (StoreLayout(machine.library).archives / one.file).exists()
    ]
    if missing:
        yield Finding(
            "archives-missing",
            Severity.CRITICAL,
            N_("%(count)s of %(all)s archives are not on the disk, the first: %(title)s."),
            N_("Check the plug of the books' disk, then restart the box."),
            {"count": len(missing), "all": len(held), "title": missing[0].title},
            Remedy.REBOOT,
        )
    bad = [one for one in held if one.file in proofs and proofs[one.file].reason]
    for one in bad:
        yield Finding(
            "archive-damaged",
            Severity.CRITICAL,
            N_("The archive “%(title)s” is damaged on the disk."),
            N_(
                "Update from the province or its stick, which brings it again; one that you added "
                "yourself: remove it and add it again."
            ),
            {"title": one.title, "name": one.name},
            Remedy.UPDATE if one.origin != "local" else Remedy.CONTENT,
        )
    if not missing and not bad:
        yield Finding(
            "archives-good",
            Severity.GOOD,
            N_("Archives read whole and found good: %(good)s of %(all)s."),
            values={"good": sum(one.file in proofs for one in held), "all": len(held)},
        )
