"""Nobody who takes every file and every report can tell who read what better than by chance.

Sixty readers live beside a point for thirty days. The adversary knows each reader's address,
browser and the minute of every visit, and gets all files of the state folder and all reports. For
each work that one reader alone read he names that reader: one who was here whenever the files say
that it was read. *Chance* is what the same program gets from the same files when schedules are
dealt out anew among the readers: only the link between who was here and what was read is cut. The
test has power: with one planted leak, hourly figures without the rule of K, it names most of them.

What a count tells by being a count is measured apart: who came sixty times is likelier to have read
what was read thirty times. That is a little better than chance, and bounded here.
"""

import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import pytest

from content.sync.outbox import Outbox
from content.sync.usage_reports import queue_reports
from content.usage import cells as cells_module
from content.usage.events import Family, Metric
from tests.content.usage.point import Point, cells_of

READERS, DAYS = 60, 30
# Each reader has works of her own that nobody else reads, and all read the same popular ones.
OWN, POPULAR = 4, 8
DEALS = 100
Hour = str
Schedule = Mapping[int, set[Hour]]


@dataclass
class Trace:
    """What is said of a work.

    Args:
        times: Hours, days or months in which it was read.
        visits: In how many visits.
    """

    times: set[str] = field(default_factory=set)
    visits: int = 0


def address(reader: int) -> str:
    return f"10.77.{reader // 250}.{reader % 250 + 3}"


def agent(reader: int) -> bytes:
    return b"Mozilla/5.0 (Linux; Android 9; Phone-%d-unlikely) Chrome/90" % reader


def own_work(reader: int, number: int) -> str:
    return f"w{100 + reader * OWN + number}"


@dataclass
class World:
    """What happened, and what the adversary gets.

    Args:
        here: The hours in which each reader was here.
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


def thirty_days(root: Path) -> World:
    """Let sixty readers read for thirty days."""
    chance = random.Random(11)
    world = World(Point(root))
    point = world.point
    point.wait(22 * 86_400)  # to the first of April
    habits = {
        reader: Habit(
            set(chance.sample(range(10), 3)),
            chance.uniform(0.15, 0.9),
            [chance.random() ** 2 + 0.02 for _ in range(OWN)],
        )
        for reader in range(READERS)
    }
    with mock.patch("os.fsync"):
        for _ in range(DAYS):
            for hour in range(10):
                for reader, habit in habits.items():
                    if hour in habit.hours and chance.random() < habit.often:
                        visit(world, reader, habit, chance)
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


def visit(world: World, reader: int, habit: Habit, chance: random.Random) -> None:
    point = world.point
    world.here[reader].add(point.recorder._timeline.hour(point.at))
    for _ in range(chance.randint(1, 3)):
        (number,) = chance.choices(range(OWN), habit.tastes)
        work = own_work(reader, number)
        world.owners[work] = reader
        point.see(f"/read/{work}/{chance.randint(1, 10)}", address(reader), agent(reader))
    for _ in range(chance.randint(0, 4)):
        work = f"w{chance.randrange(POPULAR)}"
        point.see(f"/read/{work}/{chance.randint(1, 10)}", address(reader), agent(reader))
    if chance.random() < 0.2:
        words = f"tenrieng{reader}x{len(world.rare) // 2}"
        world.rare.append(words)
        point.see(f"/search?q={words}", address(reader), agent(reader), found=False)


def named(
    traces: Mapping[str, Trace], here: Schedule, chance: random.Random, *, by_volume: bool = False
) -> dict[str, int]:
    """Name a reader for each work.

    Args:
        by_volume: Whether to prefer one whose number of visits fits.
    """
    finer = {
        reader: hours | {hour[:10] for hour in hours} | {hour[:7] for hour in hours}
        for reader, hours in here.items()
    }
    share = sum(one.visits for one in traces.values()) / sum(map(len, here.values())) / OWN
    share *= len(here) * OWN / len(traces)
    guesses = {}
    for work, trace in sorted(traces.items()):

        def score(reader: int, trace: Trace = trace) -> tuple[float, float, float]:
            present = len(trace.times & finer[reader]) / len(trace.times)
            comes = len(here[reader])
            misfit = abs(trace.visits - share * comes) + 1e3 * (trace.visits > comes)
            return present, -misfit if by_volume else 0.0, chance.random()

        guesses[work] = max(here, key=score)
    return guesses


def traces_in(world: World) -> dict[str, Trace]:
    """Return what files and reports say of works with one reader."""
    traces: dict[str, Trace] = defaultdict(Trace)
    for (when, _, key), figures in cells_of(world.point.state).items():
        if key[0] == Family.WORK and key[1] in world.owners:
            traces[key[1]].times.add(when)
            traces[key[1]].visits += figures[Metric.VISITS]
    for data in world.reports:
        for when, family, value, _ in json.loads(json.loads(data)["signed"])["body"]["cells"]:
            if family == Family.WORK and value in world.owners:
                traces[value].times.add(when)
    return traces


def hits(guesses: Mapping[str, int], owners: Mapping[str, int]) -> int:
    return sum(guesses[work] == owners[work] for work in guesses)


def by_chance(traces: Mapping[str, Trace], world: World) -> list[int]:
    """Return the hits of the same program when the schedules are dealt out anew, sorted."""
    chance = random.Random(5)
    found = []
    readers = sorted(world.here)
    for _ in range(DEALS):
        dealt = chance.sample(readers, len(readers))
        here = {reader: world.here[other] for reader, other in zip(readers, dealt, strict=True)}
        found.append(hits(named(traces, here, chance), world.owners))
    return sorted(found)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return thirty_days(tmp_path_factory.mktemp("village"))


def test_no_reader_is_linked_to_a_work_better_than_by_chance(world: World) -> None:
    traces = traces_in(world)
    assert len(traces) > 150
    right = hits(named(traces, world.here, random.Random(1)), world.owners)
    chance = by_chance(traces, world)
    print(f"{right} of {len(traces)} right; by chance {chance[DEALS // 2]}, 99 %: {chance[-2]}")
    assert right <= chance[-2], "linked better than by chance"
    assert {len(one) for trace in traces.values() for one in trace.times} == {7}


def test_how_often_a_work_was_read_hardly_tells_by_whom(world: World) -> None:
    traces = traces_in(world)
    guesses = named(traces, world.here, random.Random(1), by_volume=True)
    right = hits(guesses, world.owners)
    print(f"by volume: {right} of {len(traces)} right")
    assert right <= 0.06 * len(traces)


def test_the_same_program_finds_a_planted_leak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells_module, "K", 1)
    leaking = thirty_days(tmp_path)
    traces = traces_in(leaking)
    right = hits(named(traces, leaking.here, random.Random(1)), leaking.owners)
    chance = by_chance(traces, leaking)
    print(f"planted: {right} of {len(traces)} right; by chance {chance[DEALS // 2]}")
    assert right > 3 * chance[-1]
    assert right > len(traces) / 2


def secrets_of(world: World) -> Sequence[bytes]:
    words = [*(address(reader) for reader in range(READERS)), *world.rare]
    tokens = world.point.recorder._visitors
    hashed = [tokens.token(address(one).encode(), agent(one)) for one in range(READERS)]
    return [
        *(word.encode() for word in words),
        *(agent(reader) for reader in range(READERS)),
        *hashed,
        *(one.hex().encode() for one in hashed),
        b"unlikely",
    ]


def test_no_address_agent_token_or_rare_word_is_on_the_disk(world: World) -> None:
    files = [path for path in world.point.state.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"usage.db", "usage.json"}, "no journal stays"
    taken = [path.read_bytes() for path in files] + world.reports
    assert any(b"w1" in data for data in taken)
    assert any(Metric.VISITS.name.lower().encode() in data for data in taken)
    for secret in secrets_of(world):
        assert not any(secret in data for data in taken), secret


def test_the_order_of_rows_tells_nothing(world: World) -> None:
    raw = json.loads((world.point.state / "usage.json").read_bytes())
    for name in ("cells", "works"):
        assert raw[name] == sorted(raw[name])
