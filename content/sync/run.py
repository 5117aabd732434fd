"""Carry out an update: refresh, plan, fetch, check, and put it in use by one rename.

What is fetched waits in `incoming/` until it is whole; what was finished before a link broke off
for good is put in use all the same, so every run brings something. One update at a time.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from content.clock import TrustedClock
from content.errors import (
    CarrierError,
    ContentError,
    NotTrustedError,
    OlderRepositoryError,
    RepositoryError,
    SyncError,
)
from content.files import exclusive, free_bytes
from content.library.change import Arrival, bring
from content.library.settings import SearchSettings
from content.repository.carrier import Carrier
from content.repository.client import Offer, refresh
from content.repository.trust import TrustStore
from content.store.change import FLOOR_BYTES
from content.store.generation import Generation, current
from content.store.layout import StoreLayout
from content.sync.arrivals import fetch_all
from content.sync.fetch import Fetcher, Tally
from content.sync.plan import Action, Kind, Plan, Point, make_plan
from content.sync.progress import Progress
from content.sync.recheck import recheck, this_boot
from content.sync.settings import SyncSettings
from content.sync.software import FOLDER, Installed, bring_software, installed_here, newer

logger = logging.getLogger(__name__)
Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a point keeps its things, and what decides which content is for it.

    Args:
        root: The library.
        state: Folder of trust and clock.
        settings: Where from, how much, and when.
        search: How the library's index is kept.
        installed: The software of this machine; None takes no other version of it.
    """

    root: Path
    state: Path
    settings: SyncSettings = field(default_factory=SyncSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    floor_bytes: int = FLOOR_BYTES
    installed: Installed | None = field(default_factory=installed_here)

    @property
    def trust(self) -> TrustStore:
        """Whom it trusts."""
        return TrustStore(self.state / "trust")

    @property
    def clock(self) -> TrustedClock:
        """Its clock."""
        return TrustedClock(self.state / "clock.json")


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What an update did.

    Args:
        generation: In use afterwards.
        failed: Name to reason of what could not be brought.
        software: Version of this software that waits to be installed, or "".
    """

    plan: Plan
    generation: int
    tally: Tally = field(default_factory=Tally)
    failed: dict[str, str] = field(default_factory=dict)
    software: str = ""


def look(site: Site, carriers: Sequence[Carrier], clock: TrustedClock) -> tuple[Offer, Plan]:
    """Return what is offered and what an update would do; nothing is remembered or written.

    Raises:
        RepositoryError: No carrier can be used.
    """
    offer, _ = _refresh(site, carriers, clock, keep=False)
    return offer, _plan(site, offer)


def run_sync(  # noqa: PLR0913 -- who is told of what
    site: Site,
    carriers: Sequence[Carrier],
    clock: TrustedClock,
    *,
    report: Report,
    wait: Callable[[int], None] = lambda _bytes: None,
    show: Callable[[Progress], None] = lambda _progress: None,
) -> SyncResult:
    """Bring the library to what the province offers; what a power cut spoilt is brought again.

    After a power cut the old library or the new one is in use; what was fetched is gone on with.

    Args:
        report: Told of the steps that put the archives in use.
        wait: Called before each request with its bytes; may sleep.
        show: Told how far the archives are, several times a second.

    Raises:
        RepositoryError: No carrier can be used; nothing was changed.
        LibraryBusyError: Another update is running.
    """
    layout = StoreLayout(site.root)
    busy = f"{layout.root}: another update is running; try again later"
    with exclusive(layout.incoming / "lock", busy):
        offer, there = _refresh(site, carriers, clock, keep=True)
        now = clock.reading().now
        recheck(site.root, now=now, report=report, boot=this_boot(), settings=site.search)
        plan = _plan(site, offer)
        tally = Tally()
        result = SyncResult(plan, current(layout).number, tally)
        most = site.settings.most_bytes
        if plan.is_empty:
            _tidy(layout, plan)
        else:
            fetcher = Fetcher(layout.incoming, there, tally, wait, most_bytes=most)
            arrivals = fetch_all(layout, plan, fetcher, result.failed, show)
            generation = _commit(site, plan, arrivals, clock, report)
            _tidy(layout, make_plan(offer.archives, generation.archives, _point(site)))
            result = replace(result, generation=generation.number)
        fetcher = Fetcher(site.root / FOLDER, there, tally, wait, most_bytes=most)
        return replace(result, software=_software(site, offer, fetcher, result.failed))


def _software(site: Site, offer: Offer, fetcher: Fetcher, failed: dict[str, str]) -> str:
    """Bring a newer version of this software, after the books; return it when it waits here."""
    wanted = newer(offer.software, site.installed)
    if wanted is None or site.settings.software == "none":
        return ""
    try:
        bring_software(site.root / FOLDER, wanted, fetcher)
    except ContentError as error:
        failed[wanted.target.name] = str(error)
        return ""
    return wanted.version


def _refresh(
    site: Site, carriers: Sequence[Carrier], clock: TrustedClock, *, keep: bool
) -> tuple[Offer, list[Carrier]]:
    """Return the newest that any carrier offers, and the carriers that answered.

    All are asked, since each may lag behind.

    A carrier that cannot be read, is older, or lies is passed over while another one verifies: a
    bad neighbour on the LAN must not keep the province from being heard.
    """
    problems: list[RepositoryError] = []
    offers: list[Offer] = []
    there: list[Carrier] = []
    for carrier in carriers:
        try:
            offers.append(refresh(site.trust, carrier, clock, keep=keep))
            there.append(carrier)
        except NotTrustedError:
            raise
        except RepositoryError as error:
            problems.append(error)
            if isinstance(error, OlderRepositoryError):
                there.append(carrier)
    if offers:
        for problem in problems:
            logger.warning("passed over: %s", problem)
        return max(offers, key=lambda one: one.version), there
    # What a carrier did wrong says more than that another one was not there.
    problems.sort(key=lambda one: isinstance(one, CarrierError))
    raise next(iter(problems), None) or SyncError("no address and no stick was named")


def _point(site: Site) -> Point:
    root = next(one for one in (site.root, *site.root.parents) if one.exists())
    status = os.statvfs(root)
    incoming = StoreLayout(site.root).incoming
    begun = sum(one.stat().st_size for one in incoming.iterdir()) if incoming.is_dir() else 0
    room = max(0, free_bytes(root) + begun - site.floor_bytes)
    return Point(
        disk_bytes=status.f_blocks * status.f_frsize,
        room_bytes=room,
        commune=site.settings.commune,
        most_bytes=site.settings.most_bytes,
        limit_bytes=site.settings.limit_bytes,
        collections=site.settings.collections,
    )


def _plan(site: Site, offer: Offer) -> Plan:
    return make_plan(offer.archives, current(StoreLayout(site.root)).archives, _point(site))


def _commit(
    site: Site, plan: Plan, arrivals: list[Arrival], clock: TrustedClock, report: Report
) -> Generation:
    arrived = {one.name for one in arrivals}
    gone = [one.name for one in plan.of(Kind.RETIRED) if not one.reason or one.reason in arrived]
    now = clock.reading().now
    return bring(site.root, arrivals, gone, now=now, report=report, settings=site.search)


def _tidy(layout: StoreLayout, plan: Plan) -> None:
    """Remove from `incoming/` what no coming update will go on with."""
    kept = {one.target.sha256 for one in plan.of(Kind.NEW, Kind.CHANGED) if one.target}
    for path in layout.incoming.iterdir():
        if path.name != "lock" and path.name.partition(".")[0] not in kept:
            path.unlink()


def in_words(action: Action) -> str:
    """Return one line about an action, for staff."""
    size = f"{action.size_bytes / 1e6:.1f} MB"
    reason = f": {action.reason}" if action.reason and action.kind == Kind.LEFT_OUT else ""
    return f"{action.kind:<9} {action.name:<32} {size:>10}  {action.title}{reason}"
