"""The counting rules, over a stream of events in the order they happened; no I/O.

- A visit ends after 30 minutes without a request (ISO 2789:2013, 6.2.10.8), and at midnight.
- Of clicks of one visitor on one link, each within 30 s of the one before, the last counts (COUNTER
  5.1, section 7.2). A search is a link too; its further pages are none.
- Unique figures count an item, or a title, once in a visit (sections 7.3, 7.4; the visit is the
  session).
- A request is an investigation as well (section 3.3.4).
- Ours, since COUNTER knows no sound in ranges: a chapter of sound is one request per visit, once
  the phone took enough of it in that visit. Bytes between the first and the last one taken before
  count no more: whoever opens a player twice has heard nothing.

What is remembered of a visit is gone when it ends.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Protocol

from content.usage.events import REQUESTS, Action, Event, Family, Key, Metric, Surface, Work

VISIT_S = 1800.0
DOUBLE_CLICK_S = 30.0
# What hostile phones can make us remember; a hall of readers is far below.
MAX_VISITS = 5_000
MAX_CLICKS = 50_000

_TOTAL = (Metric.TOTAL_ITEM_INVESTIGATIONS, Metric.TOTAL_ITEM_REQUESTS)
_ITEM = (Metric.UNIQUE_ITEM_INVESTIGATIONS, Metric.UNIQUE_ITEM_REQUESTS)
_TITLE = (Metric.UNIQUE_TITLE_INVESTIGATIONS, Metric.UNIQUE_TITLE_REQUESTS)
_Link = tuple[bytes, str, str, str]


class Sink(Protocol):
    """Where counts go."""

    def count(self, at: float, keys: tuple[Key, ...], metric: Metric) -> None:
        """Add one to a metric of each of these cells."""

    def meet(self, key: Key, visitor: bytes) -> None:
        """Note that a visit met the value of a cell for the first time, just now."""


@dataclass(slots=True)
class _Visit:
    """What is remembered of a visit under way.

    Args:
        seen: Items and titles that count no more as unique ones; (work, item or None, request).
        touched: Family and value of cells that this visit is counted in.
        taken: Of sound, by (work, item): first byte, the one after the last, how many counted; None
            when the chapter is a request already.
    """

    last: float
    seen: set[tuple[str, str | None, bool]] = field(default_factory=set)
    touched: set[tuple[str, str]] = field(default_factory=set)
    taken: dict[tuple[str, str], tuple[int, int, int] | None] = field(default_factory=dict)


@dataclass(slots=True)
class _Click:
    at: float
    work: Work | None
    surface: Surface
    machine: bool
    found: bool


class Counter:
    """Events in, counts out into a sink.

    Attributes:
        dropped: Events that were not counted because too much is remembered.
    """

    def __init__(self, sink: Sink) -> None:
        self.dropped = 0
        self._sink = sink
        self._today: set[bytes] = set()
        self._visits: OrderedDict[bytes, _Visit] = OrderedDict()
        self._clicks: OrderedDict[_Link, _Click] = OrderedDict()
        # Before this, nothing is to be settled.
        self._due = 0.0

    def take(self, event: Event) -> None:
        """Count an event; none may be earlier than the one before."""
        self.settle(event.at)
        visit = self._visit(event)
        if visit is None:
            self.dropped += 1
        elif event.action == Action.SEARCH:
            self._click(event, (event.visitor, Action.SEARCH, event.query, ""))
        elif event.work is None:
            pass
        elif event.action == Action.LISTEN:
            self._listen(event, event.work, visit)
        elif event.action != Action.PAGE:
            link = (event.visitor, event.action, event.work.identifier, event.item)
            self._click(event, link)
            self._once(event, event.work, visit)

    def settle(self, now: float) -> None:
        """Count clicks that no other can follow any more, and forget visits that have ended."""
        if now < self._due:
            return
        clicks, visits = self._clicks, self._visits
        while clicks:
            link = next(iter(clicks))
            if now - clicks[link].at <= DOUBLE_CLICK_S:
                break
            self._count(link, clicks.pop(link))
        while visits:
            visitor = next(iter(visits))
            if now - visits[visitor].last <= VISIT_S:
                break
            del visits[visitor]
        # What comes from now on is due later than what is here, or than if it came now.
        click = next((one.at for one in clicks.values()), now)
        visit = next((one.last for one in visits.values()), now)
        self._due = min(click + DOUBLE_CLICK_S, visit + VISIT_S)

    def new_day(self) -> None:
        """Forget who was here today and their visits; from now on tokens are others."""
        self._today.clear()
        self._visits.clear()

    def _visit(self, event: Event) -> _Visit | None:
        visit = self._visits.get(event.visitor)
        if visit is None:
            if len(self._visits) >= MAX_VISITS:
                return None
            visit = self._visits[event.visitor] = _Visit(event.at)
            keys = ((Family.TRAFFIC, "", event.surface, event.machine),)
            self._sink.count(event.at, keys, Metric.VISITS)
            if event.visitor not in self._today:
                self._today.add(event.visitor)
                self._sink.count(event.at, keys, Metric.VISITORS)
        else:
            visit.last = event.at
            self._visits.move_to_end(event.visitor)
        return visit

    def _click(self, event: Event, link: _Link) -> None:
        self._clicks.pop(link, None)
        if len(self._clicks) >= MAX_CLICKS:
            self.dropped += 1
            return
        self._clicks[link] = _Click(event.at, event.work, event.surface, event.machine, event.found)

    def _count(self, link: _Link, click: _Click) -> None:
        if click.work is None:
            keys: tuple[Key, ...] = ((Family.TRAFFIC, "", click.surface, click.machine),)
            self._sink.count(click.at, keys, Metric.SEARCHES_PLATFORM)
            if not click.found:
                self._sink.count(click.at, keys, Metric.UNMET_SEARCHES)
            return
        keys = click.work.keys(click.surface, click.machine)
        self._sink.count(click.at, keys, _TOTAL[0])
        if link[1] in REQUESTS:
            self._sink.count(click.at, keys, _TOTAL[1])

    def _listen(self, event: Event, work: Work, visit: _Visit) -> None:
        part = (work.identifier, event.item)
        before = visit.taken.get(part, (event.first, event.first, 0))
        if before is None:
            return
        low, high, count = before
        count += max(0, min(event.stop, low) - event.first)
        count += max(0, event.stop - max(event.first, high))
        visit.taken[part] = (min(low, event.first), max(high, event.stop), count)
        if count >= event.enough:
            visit.taken[part] = None
            keys = work.keys(event.surface, event.machine)
            for metric in _TOTAL:
                self._sink.count(event.at, keys, metric)
            self._once(event, work, visit)

    def _once(self, event: Event, work: Work, visit: _Visit) -> None:
        """Count what counts once in a visit."""
        is_request = event.action in REQUESTS
        if (work.identifier, event.item, is_request) in visit.seen:
            return
        keys = work.keys(event.surface, event.machine)
        for key in keys:
            if key[:2] not in visit.touched:
                visit.touched.add(key[:2])
                self._sink.count(event.at, (key,), Metric.VISITS)
                self._sink.meet(key, event.visitor)
        for metrics, item in ((_ITEM, event.item), (_TITLE, None)):
            for kind in (False, True)[: 1 + is_request]:
                mark = (work.identifier, item, kind)
                if mark not in visit.seen:
                    visit.seen.add(mark)
                    self._sink.count(event.at, keys, metrics[kind])

    def to_memory(self) -> dict[str, Any]:
        """Return everything remembered, as JSON data for a file that lives in memory only."""
        works = {one.work.identifier: one.work for one in self._clicks.values() if one.work}
        return {
            "today": sorted(one.hex() for one in self._today),
            "visits": [
                (
                    visitor.hex(),
                    one.last,
                    list(one.seen),
                    list(one.touched),
                    [(*part, taken) for part, taken in one.taken.items()],
                )
                for visitor, one in self._visits.items()
            ],
            "clicks": [
                (
                    link[0].hex(),
                    *link[1:],
                    one.at,
                    one.work.identifier if one.work else None,
                    one.surface,
                    one.machine,
                    one.found,
                )
                for link, one in self._clicks.items()
            ],
            "works": [one.row() for one in works.values()],
        }

    def from_memory(self, memory: dict[str, Any]) -> None:
        """Remember again what `to_memory` returned."""
        works = {one[0]: Work(*one) for one in memory["works"]}
        self._today = {bytes.fromhex(one) for one in memory["today"]}
        for visitor, last, seen, touched, taken in memory["visits"]:
            self._visits[bytes.fromhex(visitor)] = _Visit(
                last,
                {(work, item, kind) for work, item, kind in seen},
                {(family, value) for family, value in touched},
                {(work, item): tuple(one) if one else None for work, item, one in taken},
            )
        for visitor, action, name, item, at, work, surface, *rest in memory["clicks"]:
            link = (bytes.fromhex(visitor), Action(action), name, item)
            self._clicks[link] = _Click(at, works.get(work), Surface(surface), *rest)
