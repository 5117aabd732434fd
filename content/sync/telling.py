"""Tell the province, by wire or stick: reports of months that are over, how this point stands.

The timer, the command line and the console tell it by this code.
"""

from datetime import UTC, datetime
from pathlib import Path

from content.errors import CarrierError, NotTrustedError, SyncError
from content.sync.findings import read_findings
from content.sync.invitation import ReportsDesk, desk_of, keep_desk, read_invitation
from content.sync.message import Kind
from content.sync.outbox import Delivery, Outbox
from content.sync.post import Post
from content.sync.run import Site
from content.sync.standing import Standing, standing_of, to_body
from content.sync.usage_reports import queue_reports


def folder_of(site: Site) -> Path:
    """Return the folder of the outbox; it is made when something is first put there."""
    return site.state / "outbox"


def desk(site: Site) -> ReportsDesk:
    """Return who takes this point's reports.

    Raises:
        NotTrustedError: Nobody has said so yet.
    """
    return desk_of(site.trust, folder_of(site))


def is_told(site: Site) -> bool:
    """Return whether somebody takes reports of this point, and this point has asked to be known."""
    try:
        desk(site)
    except NotTrustedError:
        return False
    return folder_of(site).is_dir()


def enrol_by(site: Site, stick: Path, name: str, commune: str) -> None:
    """Ask to be known by the invitation on a stick; the request goes with what is told next.

    Raises:
        MissingFileError: There is no invitation on it.
        TamperedError: It is not what it must be.
    """
    code, found = read_invitation(stick)
    keep_desk(folder_of(site), found)
    Outbox(folder_of(site)).enrol(code, name, commune, site.clock.reading())


def queue(site: Site, noise_epsilon: float, *, dry_run: bool = False) -> list[str]:
    """Put the reports of months that are over into the outbox, and return the months.

    Args:
        noise_epsilon: Privacy loss of each figure; 0 adds no noise.
    """
    outbox, reading = Outbox(folder_of(site)), site.clock.reading()
    return queue_reports(site.state, outbox, reading, noise_epsilon, dry_run=dry_run)


def deliver(site: Site, *, at_once: bool = False) -> Delivery:
    """Send what waits by the network, and once a day how this point stands.

    Raises:
        NotTrustedError: Nobody takes reports.
        SyncError: The province takes them by stick only.
    """
    found = desk(site)
    if not found.address:
        raise SyncError("the province takes reports by stick only: diemdoc outbox export FOLDER")
    outbox = Outbox(folder_of(site))
    _add_standing(outbox, site)
    now = datetime.now(UTC)
    return outbox.deliver(Post(found.address), found.signs_by, now, at_once=at_once)


def export(site: Site, stick: Path) -> tuple[Delivery, int]:
    """Write what waits to a stick, sealed; return what its receipts let go, and how much there is.

    After a cut each message is on the stick whole or not; all go on waiting until their receipts.

    Raises:
        NotTrustedError: Nobody takes reports.
        CarrierError: The stick cannot be written.
    """
    found = desk(site)
    outbox = Outbox(folder_of(site))
    delivered, refused = outbox.collect_receipts(stick, found.signs_by, datetime.now(UTC))
    _add_standing(outbox, site)
    try:
        written = outbox.export(stick, found.unseals_by)
    except OSError as error:
        raise CarrierError(f"{stick}: cannot be written: {error.strerror}") from error
    return Delivery(delivered, tuple(refused), written), written


def standing(site: Site) -> Standing:
    """Return how this point stands."""
    settings = site.settings
    found = read_findings(site.state)
    return standing_of(site.root, settings.commune, settings.collections, found)


def _add_standing(outbox: Outbox, site: Site) -> None:
    reading = site.clock.reading()
    if outbox.is_health_due(reading.now):
        outbox.put(Kind.HEALTH, to_body(standing(site)), reading)
