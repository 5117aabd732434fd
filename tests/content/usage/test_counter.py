"""The rules count what a slow, obvious reading of them counts, over any stream of events."""

import json
from collections import Counter as Multiset
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from content.usage.counter import VISIT_S, Counter
from content.usage.events import Action, Event, Key, Metric, Surface, Work
from tests.content.usage.slow_model import Counts, slow_model

WORKS = (
    Work("a", "A", "ebook", "Truyện", "children", "vi"),
    Work("b", "B", "ebook", "Địa chí", "general", "vi"),
    Work("c", "C", "audiobook", "Truyện", "children", "hmn"),
)
MIDNIGHT = 50_000.0


@dataclass
class Kept:
    """A sink that keeps counts by minute, so that what is counted late shows."""

    counts: Counts = field(default_factory=Multiset)
    met: list[tuple[Key, bytes]] = field(default_factory=list)

    def count(self, at: float, keys: tuple[Key, ...], metric: Metric) -> None:
        for key in keys:
            self.counts[int(at // 60), key, metric] += 1

    def meet(self, key: Key, visitor: bytes) -> None:
        self.met.append((key, visitor))


# Gaps around the limits, and none: 30 s and 30 min below, at and above.
GAPS = st.sampled_from([0.0, 1.0, 29.5, 30.0, 30.5, 100.0, 1799.0, 1800.0, 1801.0, 4000.0])
DEEDS = st.tuples(
    GAPS,
    st.sampled_from([b"x", b"y", b"z"]),
    st.sampled_from(list(Action)),
    st.sampled_from([None, *WORKS]),
    st.sampled_from(["1", "2"]),
    st.sampled_from(list(Surface)),
    st.booleans(),
    st.sampled_from([(0, 40), (0, 90), (30, 60), (60, 100), (150, 250), (20, 30)]),
    st.sampled_from(["", "muong", "lan"]),
    st.booleans(),
)
STREAMS = st.lists(DEEDS, min_size=1, max_size=40)


def events_of(deeds: Sequence[tuple]) -> list[Event]:  # type: ignore[type-arg]
    at, events = 0.0, []
    for gap, visitor, action, work, item, surface, machine, taken, query, found in deeds:
        at += gap
        is_search = action == Action.SEARCH
        events.append(
            Event(
                at,
                visitor,
                action,
                None if is_search else work,
                "" if is_search else item,
                surface,
                machine,
                enough=100,
                query=query if is_search else "",
                found=found,
                first=taken[0],
                stop=taken[1],
            )
        )
    return events


def counted(events: Sequence[Event], restarts: Sequence[int] = ()) -> Counts:
    sink = Kept()
    counter = Counter(sink)
    for place, event in enumerate(events):
        if place in restarts:
            memory = json.loads(json.dumps(counter.to_memory()))
            counter = Counter(sink)
            counter.from_memory(memory)
        counter.take(event)
    counter.settle(1e9)
    assert counter.dropped == 0
    return sink.counts


@given(STREAMS)
def test_counts_what_the_slow_model_counts(deeds: list[tuple]) -> None:  # type: ignore[type-arg]
    events = events_of(deeds)
    assert counted(events) == slow_model(events)


@given(STREAMS, st.lists(st.integers(0, 40), max_size=5))
def test_a_restart_at_any_point_changes_nothing(
    deeds: list[tuple],  # type: ignore[type-arg]
    restarts: list[int],
) -> None:
    events = events_of(deeds)
    assert counted(events, restarts) == counted(events)


@given(STREAMS)
def test_doing_everything_twice_at_once_counts_once(deeds: list[tuple]) -> None:  # type: ignore[type-arg]
    events = [one for one in events_of(deeds) if one.action != Action.LISTEN]
    twice = [one for one in events for _ in (1, 2)]
    assert counted(twice) == counted(events)


@given(STREAMS, STREAMS)
def test_a_new_day_is_a_new_beginning_for_visits(
    today: list[tuple],  # type: ignore[type-arg]
    tomorrow: list[tuple],  # type: ignore[type-arg]
) -> None:
    sink = Kept()
    counter = Counter(sink)
    first = events_of(today)
    # A new key makes other tokens of the same phones.
    second = [
        one._replace(visitor=b"new" + one.visitor, at=one.at + MIDNIGHT * 10)
        for one in events_of(tomorrow)
    ]
    for event in first:
        counter.take(event)
    counter.new_day()
    for event in second:
        counter.take(event)
    counter.settle(1e9)
    assert sink.counts == slow_model(first) + slow_model(second)


def test_a_visitor_is_told_from_another() -> None:
    click = Event(0.0, b"x", Action.READ, WORKS[0], "1")
    both = counted([click, click._replace(visitor=b"y")])
    assert sum(n for (_, _, m), n in both.items() if m == Metric.VISITORS) == 2
    one = counted([click, click])
    assert sum(n for (_, _, m), n in one.items() if m == Metric.VISITORS) == 1


def test_what_a_visit_did_is_forgotten_when_it_ends() -> None:
    counter = Counter(Kept())
    counter.take(Event(0.0, b"x", Action.READ, WORKS[0], "1"))
    assert "a" in json.dumps(counter.to_memory()["visits"])
    counter.settle(VISIT_S + 1)
    memory = counter.to_memory()
    assert memory["visits"] == memory["clicks"] == []


def test_a_flood_of_forged_phones_is_bounded_and_told() -> None:
    sink = Kept()
    counter = Counter(sink)
    for number in range(6_000):
        counter.take(Event(0.0, str(number).encode(), Action.PAGE))
    assert counter.dropped == 1_000
