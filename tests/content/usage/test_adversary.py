"""Nobody who takes every file and every report can tell who read what better than by chance.

Sixty readers live beside a point for thirty days (village.py). The adversary knows each reader's
address, browser and the minute of every visit, and gets all files of the state folder and all
reports. For each work that one reader alone read he names that reader: by when it was read, and by
how often (adversary.py). *Chance* is what the same program gets when schedules are dealt out anew.

The test has power: with hourly figures without the rule of K the programs name most readers, and
with counts of quiet days they name more than chance allows.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from content.usage import cells as cells_module
from content.usage import phones as phones_module
from content.usage.cells import QUIET_MOST
from content.usage.events import Metric
from tests.content.usage.adversary import Result, attack, traces_in
from tests.content.usage.village import READERS, SEED, World, address, agent, thirty_days

# Without a cut.
ALL = 10**6


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return thirty_days(tmp_path_factory.mktemp("village"))


def told(results: dict[str, Result]) -> str:
    return "\n".join(f"{name}: {one}" for name, one in results.items())


def test_no_reader_is_linked_to_a_work_better_than_by_chance(world: World) -> None:
    results: dict[str, Result] = {}
    attack(world, QUIET_MOST, results)
    print(told(results))
    assert all(one.works > 150 for one in results.values())
    assert [name for name, one in results.items() if one.right > one.bound] == []


def test_a_work_that_few_read_says_when_by_the_month_and_not_how_often(world: World) -> None:
    said = {
        (tuple(sorted(one.times)), one.visits, one.requests) for one in traces_in(world).values()
    }
    assert said == {(("2027-04",), 1, 1)}


def test_the_same_programs_find_a_planted_leak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells_module, "K", 1)
    monkeypatch.setattr(phones_module, "SHARED", 1)
    results: dict[str, Result] = {}
    attack(thirty_days(tmp_path), ALL, results)
    print(told(results))
    by_time = results["time"]
    assert by_time.right > 3 * max(by_time.deals)
    assert by_time.right > by_time.works / 2


def test_the_same_programs_find_whom_counts_of_quiet_days_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phones_module, "SHARED", 1)
    results: dict[str, Result] = {}
    # One village alone is too few to tell it from luck.
    for seed in range(SEED, SEED + 6):
        attack(thirty_days(tmp_path / str(seed), seed), ALL, results)
    print(told(results))
    assert results["habits"].right > results["habits"].bound


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
