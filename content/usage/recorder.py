"""From sightings to figures on the disk: once a minute, with one fsync.

At a flush everything is first put into the file in memory, then into the live file. So after a
`kill -9` either both are of the same flush, or memory is one ahead and counts: nothing that was
written is lost or counted twice. After a power cut memory is empty and the live file counts.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from content.clock import Reading
from content.usage import live as live_file
from content.usage.asked import understand
from content.usage.cells import DAY, MONTH, Cells, latest, merge, place, put
from content.usage.counter import DOUBLE_CLICK_S, Counter
from content.usage.events import Action, Family, Figures, Key, Metric, Work, no_figures
from content.usage.finder import Finder
from content.usage.ledger import LEDGER_FILE, Ledger
from content.usage.lines import UNPROVED, left, moved
from content.usage.live import LIVE_FILE, Live
from content.usage.memory import Memory
from content.usage.phones import Phones
from content.usage.reading import read
from content.usage.robots import is_robot
from content.usage.sighting import decode
from content.usage.timeline import (
    DAY_S,
    HOUR_S,
    PROVED,
    VIETNAM_S,
    Timeline,
    begin,
    follow,
    name_of,
    shifted,
)
from content.usage.unmet import Unmet
from content.usage.visits import Visitors

FLUSH_S = 60.0
_OPEN: Key = (Family.OPEN, "", "", False)


class Recorder:
    """The one who counts; there is one of it for a state folder.

    Args:
        state: Folder of `usage.db` and `usage.json`.
        memory: What survives a restart of the process.
        run: Any text that is another after each start of the machine.
        at: Seconds since that start, now.

    Raises:
        StoreError: A file is damaged.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- each is another part of the machine
        self,
        state: Path,
        memory: Memory,
        finder: Finder,
        clock: Callable[[], Reading],
        run: str,
        at: float,
    ) -> None:
        state.mkdir(parents=True, exist_ok=True)
        self._path = state / LIVE_FILE
        self._memory = memory
        self._finder = finder
        self._clock = clock
        self._line = hashlib.sha256(run.encode()).hexdigest()[:8]
        self._ledger = Ledger(state / LEDGER_FILE)
        self._visitors = Visitors()
        self._counter = Counter(self)
        self._unmet = Unmet()
        self._phones = Phones()
        self._open: Cells = {}
        self._lost = 0
        # The figures of one hour, so that a click looks nothing up but its cells.
        self._hour = (0.0, 0.0)
        self._now: dict[Key, Figures] = {}
        self._works: dict[str, Work] = {}
        self._live = live_file.load(self._path)
        self._live.cells = left(self._live.cells, self._line)
        self._finish_closing()
        same_run = self._live.line == self._line
        if same_run:
            self._timeline = Timeline(self._live.offset, self._live.is_proved)
        else:
            newest = max(self._ledger.newest(), latest(self._live.cells))
            self._timeline = begin(at, clock(), newest)
        self._midnight = 0.0
        self._begin_day(at)
        self._recall(at)
        self._flushed_at = at

    def take(self, data: bytes, at: float) -> None:
        """Count what a datagram tells; anything else is left."""
        seen = decode(data)
        if seen is None:
            return
        self._lost += seen.lost
        if at >= self._midnight:
            self._new_day(at)
        for event in read(seen, at, self._visitors, self._finder):
            if event.work is not None:
                self._works[event.work.identifier] = event.work
            if event.action == Action.SEARCH and not event.found:
                day = date.fromisoformat(self._day).toordinal()
                more = self._unmet.take(event.query, event.visitor, day)
                if more:
                    key = (Family.UNMET, event.query, "", False)
                    put(self._open, (self._day, self._mark(), key), _only(Metric.VISITS, more))
            self._counter.take(event)

    def count(self, at: float, keys: tuple[Key, ...], metric: Metric) -> None:
        """Add one to a metric of cells; called by the counter."""
        if not self._hour[0] <= at < self._hour[1]:
            self._turn_to(at)
        now = self._now
        for key in keys:
            figures = now.get(key)
            if figures is None:
                figures = now[key] = no_figures()
            figures[metric] += 1

    def meet(self, key: Key, visitor: bytes) -> None:
        """Note that a visitor met the value of a cell; called by the counter."""
        self._phones.meet(self._day, key, visitor)

    def flush(self, at: float) -> None:
        """Bring everything counted to the disk."""
        self._counter.settle(at)
        if at >= self._midnight:
            self._new_day(at)
        self._follow(at)
        self._gather()
        self._note_open(at)
        self._put_away()
        self._save()
        self._finish_closing()

    def close(self, at: float) -> None:
        """Count the clicks that another could still follow, flush, and let the files go."""
        self._counter.settle(at + DOUBLE_CLICK_S + 1)
        self.flush(at)
        self._ledger.close()

    def _mark(self) -> str:
        return PROVED if self._timeline.is_proved else self._line

    def _turn_to(self, at: float) -> None:
        """Make another hour the one that is counted in."""
        self._gather()
        begins = (at + self._timeline.offset) // HOUR_S * HOUR_S - self._timeline.offset
        self._hour = (begins, begins + HOUR_S)

    def _gather(self) -> None:
        """Put the figures of the hour to the open cells."""
        if self._now:
            when = self._timeline.hour(self._hour[0] + 1)
            for key, figures in self._now.items():
                put(self._open, (when, self._mark(), key), figures)
            self._now = {}
        self._hour = (0.0, 0.0)

    def _begin_day(self, at: float) -> None:
        """Note which day it is and when it ends."""
        now = at + self._timeline.offset
        self._day = name_of(now)[:DAY]
        self._midnight = at + DAY_S - (now + VIETNAM_S) % DAY_S

    def _new_day(self, at: float) -> None:
        """Take a new key: from now on nobody is known."""
        # Of the day that ends some clicks are not counted yet.
        self._phones.forget(before=self._day)
        self._begin_day(at)
        self._visitors.renew()
        self._counter.new_day()
        # Addresses of pages hold the words of searches.
        understand.cache_clear()
        is_robot.cache_clear()
        self._unmet.forget(date.fromisoformat(self._day).toordinal())

    def _follow(self, at: float) -> None:
        """Follow the clock; when the time becomes known, move what was counted before."""
        self._gather()
        before, day = self._mark(), self._day
        self._timeline, seconds = follow(self._timeline, at, self._clock())
        self._begin_day(at)
        if before != PROVED and (seconds or self._mark() == PROVED):
            hours = {when for when, line, _ in self._open if line == before and when[:DAY] == day}
            if {shifted(hour, seconds)[:DAY] for hour in hours} <= {self._day}:
                self._phones.move(day, self._day)
            else:
                self._phones.forget()
            self._open = moved(self._open, before, seconds, self._mark())
            self._live.cells = moved(self._live.cells, before, seconds, self._mark())

    def _note_open(self, at: float) -> None:
        figures = no_figures()
        figures[Metric.SECONDS_OPEN] = max(0, round(at) - round(self._flushed_at))
        figures[Metric.DROPPED] = self._lost + self._counter.dropped
        self._flushed_at = at
        self._lost = self._counter.dropped = 0
        put(self._open, (self._timeline.hour(at), self._mark(), _OPEN), figures)

    def _put_away(self) -> None:
        """Place the hours of days that are over; make final cells ready for the ledger."""
        over = {cell: self._open[cell] for cell in self._open if cell[0][:DAY] < self._day}
        for cell in over:
            del self._open[cell]
        live = self._live
        if over:
            live.cells = merge(live.cells, place(over, self._phones.is_shared))
        if live.closing:
            return  # the disk did not take it last time; it has its number
        month = self._day[:MONTH]
        final = [
            (when, line, key)
            for when, line, key in live.cells
            if line != self._line and (when < month if len(when) == MONTH else when < self._day)
        ]
        live.batch = secrets.token_hex(8) if final else ""
        for when, line, key in final:
            cell = (when, UNPROVED if line else PROVED, key)
            put(live.closing, cell, live.cells.pop((when, line, key)))

    def _save(self) -> None:
        live = self._live
        live.number += 1
        live.line = self._line
        live.offset, live.is_proved = self._timeline.offset, self._timeline.is_proved
        live.works.update(self._works)
        self._works.clear()
        self._memory.save(
            lambda: {
                "line": self._line,
                "day": self._day,
                "visitors": self._visitors.to_memory(),
                "counter": self._counter.to_memory(),
                "live": live.to_json(),
                "open": Live(cells=self._open).to_json()["cells"],
            }
        )
        cells = merge(live.cells, place(self._open, self._phones.is_shared))
        works = _works_of(live.works, cells, live.closing)
        live_file.save(self._path, replace(live, cells=cells, works=works))

    def _finish_closing(self) -> None:
        """Bring what is closing into the ledger, if it is not there yet."""
        live = self._live
        if live.closing:
            today = max(self._ledger.newest(), latest(live.closing))
            day = date.fromisoformat(today[:DAY] if len(today) >= DAY else f"{today}-01")
            works = _works_of(live.works, live.closing)
            self._ledger.add(live.batch, live.closing, works.values(), day)
            live.closing, live.batch = {}, ""
            live.works = _works_of(live.works, live.cells, self._open)

    def _recall(self, at: float) -> None:
        """Take up what was in memory, if it is of this run and as new as the live file."""
        memory = self._memory.load()
        if memory is None:
            return
        try:
            remembered = live_file.live_from_json(memory["live"])
            if memory["line"] != self._line or remembered.number < self._live.number:
                return
            self._visitors.from_memory(memory["visitors"])
            self._counter.from_memory(memory["counter"])
            whole = {**memory["live"], "cells": memory["open"]}
            self._open = live_file.live_from_json(whole).cells
        except (KeyError, ValueError, TypeError):
            self._visitors, self._counter, self._open = Visitors(), Counter(self), {}
            return
        self._live = remembered
        self._timeline = Timeline(remembered.offset, remembered.is_proved)
        self._finish_closing()
        self._begin_day(at)
        if memory["day"] != self._day:
            self._new_day(at)


def _works_of(works: dict[str, Work], *cells: Cells) -> dict[str, Work]:
    """Return those of the works that have a cell."""
    needed = {key[1] for part in cells for _, _, key in part if key[0] == Family.WORK}
    return {name: one for name, one in works.items() if name in needed}


def _only(metric: Metric, value: int) -> Figures:
    figures = no_figures()
    figures[metric] = value
    return figures
