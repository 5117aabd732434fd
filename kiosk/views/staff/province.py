"""What the province hears of this point: how that stands, counts on a stick, an invitation."""

from dataclasses import dataclass

from content.sync import telling
from content.sync.message import Kind
from content.sync.outbox import Handed, Outbox
from content.sync.run import Site
from kiosk.sticks import Stick
from kiosk.views.context import config
from kiosk.views.staff.room import book, door, state


@dataclass(frozen=True, slots=True)
class Told:
    """How telling stands.

    Args:
        handed: The newest month that the province has.
        months: Reports of months that wait.
        by_wire: Whether they go with an update by internet; else by stick only.
        is_known: Whether the province has said that it knows this point.
    """

    handed: Handed | None
    months: int
    by_wire: bool
    is_known: bool


def told() -> Told | None:
    """Return how telling stands; None while no province takes anything from this point."""
    site = site_of_point()
    if not telling.is_told(site):
        return None
    outbox = Outbox(telling.folder_of(site))
    months = sum(message.kind == Kind.REPORT for _, message in outbox.messages())
    by_wire = bool(telling.desk(site).address)
    return Told(outbox.handed(), months, by_wire, outbox.is_enrolled)


def write_counts(stick: Stick) -> None:
    """Have what waits on a stick, sealed; months that are over go along.

    On a box root lets the stick be written and the point's own user writes it, in units of their
    own; a computer that was not set up as one has its sticks writable.

    Raises:
        PrivilegedError: The box could not.
        CarrierError: The stick cannot be written.
    """
    if door().is_there:
        door().ask("write-stick", device=stick.name)
        return
    site = site_of_point()
    telling.queue(site, config().noise_epsilon)
    telling.export(site, stick.folder)


def take_invitation(stick: Stick) -> None:
    """Ask to be known by the invitation on a stick; the request waits to be sent."""
    telling.enrol_by(site_of_point(), stick.folder, *who())


def who() -> tuple[str, str]:
    """Return name and commune by which the province is asked to know this point."""
    return book().name, config().sync.commune or book().choices().place


def site_of_point() -> Site:
    """Return where this point keeps its things."""
    return Site(config().library, state(), config().sync)
