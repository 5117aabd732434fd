"""Thirty days of sixty readers beside a point, for the adversary: what happened, what he gets."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from content.sync.outbox import Outbox
from content.sync.usage_reports import queue_reports
from tests.content.usage.point import Point

READERS, DAYS = 60, 30
# Each reader has works of her own that nobody else reads, and all read the same popular ones.
OWN, POPULAR = 4, 8
HOURS_A_DAY = 3
SEED = 11
Hour = str


@dataclass
class World:
    """What happened, and what the adversary gets.

    Args:
        here: The hours in which each reader was here; a visit is in each.
        owners: The one reader of each work that has one.
        rare: Words that fewer than K visits searched for.
    """

    point: Point
    here: dict[int, set[Hour]] = field(default_factory=lambda: defaultdict(set))
    owners: dict[str, int] = field(default_factory=dict)
    rare: list[str] = field(default_factory=list)
    reports: list[bytes] = field(default_factory=list)


@dataclass(frozen=True)
class Habit:
    """When a reader comes, how surely, and how much she likes each work of her own."""

    hours: set[int]
    often: float
    tastes: list[float]


def a_habit(chance: random.Random) -> Habit:
    """Return the habit of a reader drawn by chance."""
    hours = set(chance.sample(range(10), HOURS_A_DAY))
    often = chance.uniform(0.15, 0.9)
    return Habit(hours, often, [chance.random() ** 2 + 0.02 for _ in range(OWN)])


def own_works(habit: Habit, chance: random.Random) -> list[int]:
    """Return which of her own works a reader reads in a visit, some perhaps twice."""
    return [chance.choices(range(OWN), habit.tastes)[0] for _ in range(chance.randint(1, 3))]


def thirty_days(root: Path, seed: int = SEED) -> World:
    """Let sixty readers read for thirty days."""
    chance = random.Random(seed)
    world = World(Point(root))
    point = world.point
    point.wait(22 * 86_400)  # to the first of April
    habits = {reader: a_habit(chance) for reader in range(READERS)}
    with mock.patch("os.fsync"):
        for _ in range(DAYS):
            for hour in range(10):
                for reader, habit in habits.items():
                    if hour in habit.hours and chance.random() < habit.often:
                        _visit(world, reader, habit, chance)
                point.wait(3_600)
            point.flush()
            point.wait(14 * 3_600)
        point.wait(5 * 86_400)
        for _ in range(2):
            point.flush()
            point.wait(60)
        outbox = Outbox(root / "outbox")
        queue_reports(point.state, outbox, point.reading(), 0.0)
    world.reports = [data for _, data in outbox.waiting()]
    return world


def _visit(world: World, reader: int, habit: Habit, chance: random.Random) -> None:
    point = world.point
    world.here[reader].add(point.recorder._timeline.hour(point.at))
    for number in own_works(habit, chance):
        work = f"w{100 + reader * OWN + number}"
        world.owners[work] = reader
        point.see(f"/read/{work}/{chance.randint(1, 10)}", address(reader), agent(reader))
    for _ in range(chance.randint(0, 4)):
        work = f"w{chance.randrange(POPULAR)}"
        point.see(f"/read/{work}/{chance.randint(1, 10)}", address(reader), agent(reader))
    if chance.random() < 0.2:
        words = f"tenrieng{reader}x{len(world.rare) // 2}"
        world.rare.append(words)
        point.see(f"/search?q={words}", address(reader), agent(reader), found=False)


def address(reader: int) -> str:
    """Return the address of a reader's phone."""
    return f"10.77.{reader // 250}.{reader % 250 + 3}"


def agent(reader: int) -> bytes:
    """Return what a reader's browser says of itself."""
    return b"Mozilla/5.0 (Linux; Android 9; Phone-%d-unlikely) Chrome/90" % reader
