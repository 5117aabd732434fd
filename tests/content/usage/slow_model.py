"""A slow, obvious reading of the counting rules: each over all events, nothing is forgotten."""

from collections import Counter as Multiset
from collections.abc import Iterable, Iterator, Sequence

from content.usage.counter import DOUBLE_CLICK_S, VISIT_S
from content.usage.events import REQUESTS, Action, Event, Family, Key, Metric

Counts = Multiset[tuple[int, Key, Metric]]
Visit = list[Event]


def slow_model(events: Sequence[Event]) -> Counts:
    """Return what counts of events in order, by the minute in which it happened."""
    counts: Counts = Multiset()
    for event, keys, metric in [*_traffic(events), *_unique(events), *_total(events)]:
        for key in keys:
            counts[int(event.at // 60), key, metric] += 1
    return counts


Count = tuple[Event, Iterable[Key], Metric]


def _at_door(event: Event) -> list[Key]:
    return [(Family.TRAFFIC, "", event.surface, event.machine)]


def _keys(event: Event) -> tuple[Key, ...]:
    assert event.work is not None
    return event.work.keys(event.surface, event.machine)


def _visits(events: Sequence[Event]) -> list[Visit]:
    visits: list[Visit] = []
    for visitor in sorted({event.visitor for event in events}):
        own = [event for event in events if event.visitor == visitor]
        for place, event in enumerate(own):
            if place == 0 or event.at - own[place - 1].at > VISIT_S:
                visits.append([])
            visits[-1].append(event)
    return visits


def _traffic(events: Sequence[Event]) -> Iterator[Count]:
    seen = set()
    for visit in _visits(events):
        yield visit[0], _at_door(visit[0]), Metric.VISITS
        if visit[0].visitor not in seen:
            seen.add(visit[0].visitor)
            yield visit[0], _at_door(visit[0]), Metric.VISITORS


def _heard(visit: Visit) -> list[Event]:
    """Return for each chapter of sound the event by which enough of it was taken."""
    heard: dict[tuple[str, str], Event] = {}
    for place, event in enumerate(visit):
        if event.action == Action.LISTEN and event.work:
            same = [
                one
                for one in visit[: place + 1]
                if (one.action, one.work, one.item) == (event.action, event.work, event.item)
            ]
            if _new_bytes(same) >= event.enough:
                heard.setdefault((event.work.identifier, event.item), event)
    return list(heard.values())


def _new_bytes(events: Sequence[Event]) -> int:
    """Return how many bytes lay outside of all that was taken before, and between."""
    count, between = 0, range(0)
    for event in events:
        taken = range(event.first, event.stop)
        count += len(set(taken) - set(between))
        ends = [*taken[:1], *taken[-1:], *between[:1], *between[-1:]]
        between = range(min(ends), max(ends) + 1) if ends else between
    return count


def _unique(events: Sequence[Event]) -> Iterator[Count]:
    for visit in _visits(events):
        heard = _heard(visit)
        done = [
            one
            for one in visit
            if one.work
            and (one in heard or one.action in {*REQUESTS, Action.VIEW} - {Action.LISTEN})
        ]
        for place, event in enumerate(done):
            before = done[:place]
            families = {key[:2] for one in before for key in _keys(one)}
            yield event, [one for one in _keys(event) if one[:2] not in families], Metric.VISITS
            titles = [one for one in before if one.work == event.work]
            items = [one for one in titles if one.item == event.item]
            if not items:
                yield event, _keys(event), Metric.UNIQUE_ITEM_INVESTIGATIONS
            if not titles:
                yield event, _keys(event), Metric.UNIQUE_TITLE_INVESTIGATIONS
            if event.action in REQUESTS:
                if not any(one.action in REQUESTS for one in items):
                    yield event, _keys(event), Metric.UNIQUE_ITEM_REQUESTS
                if not any(one.action in REQUESTS for one in titles):
                    yield event, _keys(event), Metric.UNIQUE_TITLE_REQUESTS


def _total(events: Sequence[Event]) -> Iterator[Count]:
    for visit in _visits(events):
        for event in _heard(visit):
            yield event, _keys(event), Metric.TOTAL_ITEM_INVESTIGATIONS
            yield event, _keys(event), Metric.TOTAL_ITEM_REQUESTS
    for place, event in enumerate(events):
        if event.action in {Action.PAGE, Action.LISTEN} or _is_followed(event, events[place + 1 :]):
            continue
        if event.action == Action.SEARCH:
            yield event, _at_door(event), Metric.SEARCHES_PLATFORM
            if not event.found:
                yield event, _at_door(event), Metric.UNMET_SEARCHES
        elif event.work is not None:
            yield event, _keys(event), Metric.TOTAL_ITEM_INVESTIGATIONS
            if event.action in REQUESTS:
                yield event, _keys(event), Metric.TOTAL_ITEM_REQUESTS


def _is_followed(event: Event, later: Sequence[Event]) -> bool:
    """Return whether another click on the same link follows within 30 s."""

    def link(one: Event) -> tuple[object, ...]:
        return one.visitor, one.action, one.work, one.item, one.query

    same = [one for one in later if link(one) == link(event)]
    return bool(same) and same[0].at - event.at <= DOUBLE_CLICK_S
