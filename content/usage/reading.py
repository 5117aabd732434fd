"""From a request that was answered to what a reader did; pure but for what the finder knows."""

import re
from collections.abc import Iterator

from content.usage.asked import Asked, What, understand
from content.usage.events import Action, Event, Surface, Work
from content.usage.finder import Finder, Stretch
from content.usage.robots import is_robot
from content.usage.sighting import Sighting
from content.usage.visits import Visitors

# The touch screen's browser says this of itself, and is on this machine.
TOUCH_AGENT = b"DiemDocTouch"
_HERE = (b"127.0.0.1", b"::1", b"")
_WHOLE = (200, 304)
_RANGE = re.compile(rb"bytes=(\d{1,15})-")


def read(seen: Sighting, at: float, visitors: Visitors, finder: Finder) -> Iterator[Event]:
    """Yield what a reader did; nothing for robots, failures, pictures and styles."""
    if seen.status not in _WHOLE and seen.status != 206:
        return
    asked = understand(seen.target)
    if asked is None or is_robot(seen.agent):
        return
    is_touch = seen.address in _HERE and TOUCH_AGENT in seen.agent
    if asked.what == What.IDLE and is_touch:
        visitors.touch_left()
        return
    surface = Surface.TOUCH if is_touch else Surface.STAFF if asked.is_staff else Surface.PHONE
    token = visitors.touch_token() if is_touch else visitors.token(seen.address, seen.agent)
    if asked.what == What.ENTRY:
        event = Event(at, token, Action.PAGE, surface=surface, machine=asked.machine)
        yield from _entry(event, seen, asked, finder)
    elif seen.status in _WHOLE:
        is_search = asked.what == What.SEARCH
        action, work, item = (Action.SEARCH, None, "") if is_search else _page(asked, finder)
        yield Event(
            at,
            token,
            action,
            work,
            item,
            surface,
            asked.machine,
            query=asked.words,
            found=seen.found,
        )


def _page(asked: Asked, finder: Finder) -> tuple[Action, Work | None, str]:
    """Return what is done on a page of the app, with which part of which work."""
    if asked.what == What.RECORD:
        work = finder.record(asked.name)
        return (Action.PAGE if work is None else Action.VIEW), work, ""
    if asked.what == What.PART:
        found = finder.part(asked.name, asked.number)
        if found is not None:
            return found.action, found.work, found.item
    return Action.PAGE, None, ""


def _entry(event: Event, seen: Sighting, asked: Asked, finder: Finder) -> Iterator[Event]:
    found = finder.entry(asked.name, asked.path, keeps=asked.keeps)
    if found is None:
        return
    first = _first_byte(seen)
    if found.action == Action.LISTEN:
        yield from _sound(event, found.work, found.stretches, first, first + seen.sent)
    elif seen.status in _WHOLE or (found.action == Action.DOWNLOAD and first == 0):
        yield event._replace(action=found.action, work=found.work, item=found.item)


def _sound(
    event: Event, work: Work, stretches: tuple[Stretch, ...], first: int, stop: int
) -> Iterator[Event]:
    for one in stretches:
        begin, end = max(first, one.first), min(stop, one.stop)
        if begin < end:
            yield event._replace(
                action=Action.LISTEN,
                work=work,
                item=one.item,
                first=begin,
                stop=end,
                enough=one.enough,
            )


def _first_byte(seen: Sighting) -> int:
    """Return where in the file the answer began; the last bytes of a file count as its end."""
    if seen.status != 206:
        return 0
    match = _RANGE.match(seen.range)
    return int(match[1]) if match else 1 << 60
