"""Programs that name a reader for each work, from all files, all reports and everybody's schedule.

Each says how well a schedule fits what is said of a work; it names a reader whose schedule fits
best. Those that were here whenever the work was read come first; among them each program prefers
some by how often they came. *Chance* is what the same program gets when schedules are dealt out
anew among the readers: only the link between who was here and what was read is cut.
"""

import json
import math
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from content.usage.events import Family, Metric
from tests.content.usage.point import cells_of
from tests.content.usage.village import DAYS, HOURS_A_DAY, OWN, Hour, World, a_habit, own_works

DEALS = 200
_LIVES = 40
_NEIGHBOURS = 4


@dataclass
class Trace:
    """What is said of a work.

    Args:
        times: Hours, days or months in which it was read.
        figures: Sums of visits and requests.
    """

    times: set[str] = field(default_factory=set)
    visits: int = 0
    requests: int = 0


Traces = Mapping[str, Trace]
# How well somebody who came so often fits a trace; the more the better.
Fit = Callable[[Trace, int], float]


def traces_in(world: World) -> dict[str, Trace]:
    """Return what files and reports say of works with one reader."""
    traces: dict[str, Trace] = defaultdict(Trace)
    for (when, _, key), figures in cells_of(world.point.state).items():
        if key[0] == Family.WORK and key[1] in world.owners:
            trace = traces[key[1]]
            trace.times.add(when)
            trace.visits += figures[Metric.VISITS]
            trace.requests += figures[Metric.TOTAL_ITEM_REQUESTS]
    for data in world.reports:
        for when, family, value, _ in json.loads(json.loads(data)["signed"])["body"]["cells"]:
            if family == Family.WORK and value in world.owners:
                traces[value].times.add(when)
    return dict(traces)


def programs(traces: Traces, world: World, most: int) -> dict[str, Fit]:
    """Return the programs that go by how often a work was read, and the one that does not.

    Args:
        most: The count at which counts are cut; the rule is no secret.
    """
    comings = sum(map(len, world.here.values()))
    visits = sum(one.visits for one in traces.values()) / comings / len(traces) * len(world.here)
    requests = visits * sum(one.requests for one in traces.values())
    requests /= sum(one.visits for one in traces.values())

    def by_visits(trace: Trace, comes: int) -> float:
        return -abs(trace.visits - visits * comes) - 1e3 * (trace.visits > comes)

    def by_requests(trace: Trace, comes: int) -> float:
        return -abs(trace.requests - requests * comes) - 1e3 * (trace.visits > comes)

    def as_uncut(trace: Trace, comes: int) -> float:
        return -abs(trace.visits - 0.3 * comes) - 1e3 * (trace.visits > comes)

    def the_most_frequent(trace: Trace, comes: int) -> float:
        return comes if trace.visits >= most else as_uncut(trace, comes)

    def who_came_as_often(trace: Trace, comes: int) -> float:
        return comes >= trace.visits if trace.visits >= most else as_uncut(trace, comes)

    def by_habits(trace: Trace, comes: int) -> float:
        return math.log(likelihood(comes, most)[min(trace.visits, most)])

    return {
        "time": lambda _trace, _comes: 0.0,
        "visits": by_visits,
        "requests": by_requests,
        "the most frequent": the_most_frequent,
        "who came as often": who_came_as_often,
        "habits": by_habits,
    }


@cache
def likelihood(comes: int, most: int) -> Sequence[float]:
    """Return how likely somebody who comes so often reads a work of hers in 0, 1, ... visits.

    Learned from lives of readers with the very habits of the village: nobody can know more.

    Args:
        most: From here on counts are one.
    """
    highest = DAYS * HOURS_A_DAY
    counts = [1e-3] * (highest + 1)
    for near in range(max(1, comes - _NEIGHBOURS), min(highest, comes + _NEIGHBOURS) + 1):
        for count in _life_counts(near):
            counts[min(count, most)] += 1
    return [one / sum(counts) for one in counts]


@cache
def _life_counts(comes: int) -> Sequence[int]:
    """Return in how many visits each work was read, over some lives with so many visits."""
    chance = random.Random(comes)
    found = []
    for _ in range(_LIVES):
        habit = a_habit(chance)
        read = [set(own_works(habit, chance)) for _ in range(comes)]
        found += [sum(number in one for one in read) for number in range(OWN)]
    return found


Best = Mapping[str, Sequence[int]]


def best(traces: Traces, here: Mapping[int, set[Hour]], fit: Fit) -> Best:
    """Return for each work the readers whose schedules fit best, more than one when they tie."""
    finer = {
        reader: hours | {hour[:10] for hour in hours} | {hour[:7] for hour in hours}
        for reader, hours in here.items()
    }
    found = {}
    for work, trace in sorted(traces.items()):
        fits = {
            reader: (len(trace.times & finer[reader]) / len(trace.times), fit(trace, len(hours)))
            for reader, hours in here.items()
        }
        top = max(fits.values())
        found[work] = [reader for reader, one in fits.items() if one == top]
    return found


def hits(found: Best, owners: Mapping[str, int], chance: random.Random) -> int:
    """Return how many works the program names the reader of."""
    return sum(chance.choice(readers) == owners[work] for work, readers in found.items())


def by_chance(found: Best, world: World, chance: random.Random) -> list[int]:
    """Return the hits when the schedules are dealt out anew, for each deal."""
    deals = []
    for _ in range(DEALS):
        dealt = dict(zip(world.here, chance.sample(list(world.here), len(world.here)), strict=True))
        owners = {work: dealt[world.owners[work]] for work in found}
        deals.append(hits(found, owners, chance))
    return deals


@dataclass
class Result:
    """What a program got in some villages.

    Args:
        right: Works named right.
        works: Of how many.
        deals: What it got in each deal.
    """

    right: int = 0
    works: int = 0
    deals: list[int] = field(default_factory=lambda: [0] * DEALS)

    @property
    def chance(self) -> float:
        """Return what chance gives."""
        return sum(self.deals) / len(self.deals)

    @property
    def bound(self) -> int:
        """Return what 99 % of the deals do not pass."""
        return sorted(self.deals)[math.ceil(0.99 * len(self.deals)) - 1]

    def __str__(self) -> str:
        return (
            f"{self.right} of {self.works} right; by chance {self.chance:.1f}, 99 %: {self.bound}"
        )


def attack(world: World, most: int, into: dict[str, Result], seed: int = 1) -> None:
    """Let every program loose on a village and add what it got."""
    traces = traces_in(world)
    for name, fit in programs(traces, world, most).items():
        chance = random.Random(seed)
        found = best(traces, world.here, fit)
        result = into.setdefault(name, Result())
        result.right += hits(found, world.owners, chance)
        result.works += len(found)
        deals = by_chance(found, world, chance)
        result.deals = [sum(both) for both in zip(result.deals, deals, strict=True)]
