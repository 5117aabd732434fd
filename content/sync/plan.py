"""What an update will do, decided from values: offered, held, room, point, link. No I/O.

What is held stays; what is new takes the room that is left, the highest priority first and the
smaller first within it. What does not fit is left out whole and named with its reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from content.repository.targets import TargetDescription
from content.store.generation import HeldArchive

PROVINCE = "province"
# Catalogue and index of an archive, by its size (content/library/change.py).
DERIVED_SHARE = 0.10


class Kind(StrEnum):
    """What becomes of one archive."""

    NEW = "new"
    CHANGED = "changed"
    KEPT = "kept"
    RETIRED = "retired"
    LEFT_OUT = "left-out"


@dataclass(frozen=True, slots=True)
class Point:
    """What decides which content is for a point.

    Args:
        commune: Code of its commune; "" takes what is for all.
        disk_bytes: Size of the content disk.
        room_bytes: What may still be written, the floor taken off.
        most_bytes: The most to fetch in this run (a metered link), or None.
        limit_bytes: The most that published archives may take in all, or None.
        collections: Ids of the collections wanted; empty is all.
    """

    disk_bytes: int
    room_bytes: int
    commune: str = ""
    most_bytes: int | None = None
    limit_bytes: int | None = None
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """One line of a plan.

    Args:
        size_bytes: Of the archive; an update usually fetches far less.
        reason: Why it is left out.
    """

    kind: Kind
    name: str
    title: str
    size_bytes: int
    reason: str = ""
    target: TargetDescription | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything an update will do, in order."""

    actions: tuple[Action, ...]

    def of(self, *kinds: Kind) -> tuple[Action, ...]:
        """Return the actions of these kinds."""
        return tuple(one for one in self.actions if one.kind in kinds)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return not self.of(Kind.NEW, Kind.CHANGED, Kind.RETIRED)


def make_plan(
    offered: Iterable[TargetDescription], held: Iterable[HeldArchive], point: Point
) -> Plan:
    """Return what is to be done, most important first."""
    by_name = {one.name: one for one in held}
    actions: list[Action] = []
    budget = _Budget(point, by_name)
    still_offered: set[str] = set()
    replaced: dict[str, str] = {}
    for target in sorted(offered, key=lambda one: _order(one, by_name)):
        old = by_name.get(target.name)
        still_offered.add(target.name)
        kind = Kind.NEW if old is None else Kind.CHANGED
        reason = ""
        if old is not None and old.origin != PROVINCE:
            reason = "an archive of this name was added by hand here; it is not touched"
        elif old is not None and old.sha256 == target.sha256:
            kind = Kind.KEPT
        else:
            reason = _not_for(target, point, is_held=old is not None) or budget.take(target)
            if not reason and target.replaces:
                replaced[target.replaces] = target.name
        if reason:
            kind = Kind.LEFT_OUT
            # The old one stays until the one in its place is here.
            still_offered.add(target.replaces)
        actions.append(Action(kind, target.name, target.title, target.size_bytes, reason, target))
    gone = [
        Action(Kind.RETIRED, one.name, one.title, one.size_bytes, replaced.get(one.name, ""))
        for one in by_name.values()
        if one.origin == PROVINCE and one.name not in still_offered
    ]
    return Plan((*actions, *gone))


class _Budget:
    """What may still be written, fetched and held."""

    def __init__(self, point: Point, held: dict[str, HeldArchive]) -> None:
        self._held = {name: one.size_bytes for name, one in held.items() if one.origin == PROVINCE}
        self._room = point.room_bytes
        self._most = point.most_bytes
        self._limit = point.limit_bytes
        if self._limit is not None:
            self._limit -= sum(self._held.values())

    def take(self, target: TargetDescription) -> str:
        """Take what an archive needs; return why it is not to be had, then nothing is taken."""
        size = target.size_bytes
        need = int(size * (1 + DERIVED_SHARE)) + target.map_size
        more = size - self._held.get(target.name, 0) - self._held.get(target.replaces, 0)
        if need > self._room:
            return f"no room: {(need - self._room) / 1e6:.0f} MB more would be needed"
        if self._limit is not None and more > max(0, self._limit):
            return "no room within the limit set for this point (limit_gb)"
        # Of a changed archive little is fetched; the fetcher keeps to the limit by itself.
        if self._most is not None and target.name not in self._held and size > self._most:
            return "too large for this link today; it comes by stick or another link"
        self._room -= need
        if self._most is not None and target.name not in self._held:
            self._most -= size
        if self._limit is not None:
            self._limit -= more
        return ""


def _order(target: TargetDescription, held: dict[str, HeldArchive]) -> tuple[int, bool, int, str]:
    return (-target.priority, target.name not in held, target.size_bytes, target.name)


def _not_for(target: TargetDescription, point: Point, *, is_held: bool) -> str:
    if is_held:
        return ""
    if target.communes and point.commune not in target.communes:
        return "it is for other communes"
    if point.collections and target.collection not in point.collections:
        return "its collection is not wanted here (collections)"
    if target.min_disk_bytes > point.disk_bytes:
        return f"it is for disks of {target.min_disk_bytes / 1e9:.0f} GB and more"
    return ""
