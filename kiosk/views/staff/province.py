"""What the province hears of this point: when it last got counts, and what waits for it."""

from dataclasses import dataclass

from content.sync import telling
from content.sync.message import Kind
from content.sync.outbox import Handed, Outbox
from content.sync.run import Site
from kiosk.views.context import config
from kiosk.views.staff.room import state


@dataclass(frozen=True, slots=True)
class Told:
    """How telling stands.

    Args:
        handed: The newest month that the province has.
        months: Reports of months that wait.
        by_wire: Whether they go with an update by internet; else by stick only.
    """

    handed: Handed | None
    months: int
    by_wire: bool


def told() -> Told | None:
    """Return how telling stands; None while no province takes anything from this point."""
    site = site_of_point()
    if not telling.is_told(site):
        return None
    outbox = Outbox(telling.folder_of(site))
    months = sum(message.kind == Kind.REPORT for _, message in outbox.messages())
    return Told(outbox.handed(), months, bool(telling.desk(site).address))


def site_of_point() -> Site:
    """Return where this point keeps its things."""
    return Site(config().library, state(), config().sync)
