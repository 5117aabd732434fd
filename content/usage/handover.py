"""The report of a month that leaves the box: counts only, none of fewer than K visits; pure.

A cell of fewer than K visits is merged upward: an hour into its day, a day into its month (that
happened when it was kept, cells.py), a month's rest of a work into the others of its family, and
others that are too few into the total alone. Form: docs/reference/usage-report.md.
"""

import hashlib
import hmac
import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from content.usage.cells import DAY, MONTH, OTHERS, SPLIT, Cells, K
from content.usage.events import Family, Figures, Metric, Work, add, no_figures

VERSION = 1
_TRAFFIC = (Metric.VISITS, Metric.VISITORS, Metric.SEARCHES_PLATFORM, Metric.UNMET_SEARCHES)


class Noise:
    """Laplace noise that is the same whenever a figure is asked for again.

    Args:
        epsilon: Privacy loss of one figure; 0 adds nothing.
        secret: Of this box, never told: who knew it could take the noise away.
    """

    def __init__(self, epsilon: float, secret: bytes) -> None:
        self.epsilon = epsilon
        self._secret = secret

    def on(self, value: int, *name: str) -> int:
        """Return a figure with its noise; never below 0."""
        if not self.epsilon:
            return value
        digest = hmac.digest(self._secret, "\0".join(name).encode(), hashlib.sha256)
        share = (int.from_bytes(digest[:7], "big") + 0.5) / (1 << 56) - 0.5
        noise = -math.copysign(math.log1p(-2 * abs(share)), share) / self.epsilon
        return max(0, round(value + noise))


def handover(month: str, cells: Cells, works: Mapping[str, Work], noise: Noise) -> dict[str, Any]:
    """Return the report of a month as JSON data.

    Args:
        month: `2026-11`.
        cells: At least those of the month.
    """
    mine = {cell: one for cell, one in cells.items() if cell[0][:MONTH] == month}
    split = _merged(month, mine)
    days, hours, surfaces = _traffic(mine)
    told = {value for _, family, value in split if family == Family.WORK and value}
    point = _sum(mine, Family.POINT)
    return {
        "version": VERSION,
        "report": "usage",
        "month": month,
        "k": K,
        "epsilon": noise.epsilon,
        "days": {
            day: {
                **_told(noise, figures, _TRAFFIC, "day", day),
                "seconds_open": figures[Metric.SECONDS_OPEN],
            }
            for day, figures in sorted(days.items())
        },
        "hours": [noise.on(one, month, "hour", str(place)) for place, one in enumerate(hours)],
        "surfaces": {
            name: noise.on(one, month, "surface", name) for name, one in sorted(surfaces.items())
        },
        "total": _told(noise, point, _REQUESTED, "total", month) if _is_enough(point) else None,
        "cells": [
            [*cell, {**_told(noise, figures, _REQUESTED, *cell), **_quiet(cell, figures)}]
            for cell, figures in sorted(split.items())
        ],
        "works": {
            name: {
                "title": works[name].title,
                "creator": works[name].creator,
                "form": works[name].form,
                "collection": works[name].collection,
                "audience": works[name].audience,
                "language": works[name].language,
                "date": works[name].date,
                "publisher": works[name].publisher,
            }
            for name in sorted(told)
            if name in works
        },
        "unmet": sorted(
            [key[1], noise.on(figures[Metric.VISITS], month, "unmet", key[1])]
            for (_, key), figures in _by_value(mine, Family.UNMET).items()
            if _is_enough(figures)
        ),
        "unproved_visits": sum(
            figures[Metric.VISITS]
            for (_, line, key), figures in mine.items()
            if line and key[0] == Family.TRAFFIC
        ),
        "dropped": _sum(mine, Family.OPEN)[Metric.DROPPED],
    }


_REQUESTED = (Metric.VISITS, *list(Metric)[Metric.TOTAL_ITEM_INVESTIGATIONS : Metric.SECONDS_OPEN])


def _merged(month: str, cells: Cells) -> dict[tuple[str, str, str], Figures]:
    """Return (when, family, value) -> figures, each of K visits at least."""
    fine: dict[tuple[str, str, str], Figures] = defaultdict(no_figures)
    for (when, _, key), figures in cells.items():
        if key[0] in SPLIT:
            add(fine[when, key[0], key[1]], figures)
    for length in (DAY, MONTH):
        fine = _lifted(fine, lambda cell, length=length: (cell[0][:length], *cell[1:]))
    fine = _lifted(fine, lambda cell: (month, cell[1], OTHERS))
    return {cell: figures for cell, figures in fine.items() if _is_enough(figures)}


def _quiet(cell: tuple[str, str, str], figures: Figures) -> dict[str, int]:
    """Return how many visits stand for quiet days: no noise, it says how to read the others."""
    metric = Metric.QUIET_VISITS
    return {metric.counter_name: figures[metric]} if figures[metric] and cell[2] != OTHERS else {}


def _lifted(fine: Any, up: Any) -> Any:
    """Return cells with those that are too few merged into the one above them."""
    lifted: dict[tuple[str, str, str], Figures] = defaultdict(no_figures)
    for cell, figures in fine.items():
        add(lifted[cell if _is_enough(figures) else up(cell)], figures)
    return lifted


def _is_enough(figures: Figures) -> bool:
    return figures[Metric.VISITS] >= K


def _traffic(cells: Cells) -> tuple[dict[str, Figures], list[int], dict[str, int]]:
    days: dict[str, Figures] = defaultdict(no_figures)
    surfaces: dict[str, int] = defaultdict(int)
    hours = [0] * 24
    for (when, _, key), figures in cells.items():
        if key[0] in {Family.TRAFFIC, Family.OPEN} and len(when) >= DAY:
            add(days[when[:DAY]], figures)
        if key[0] == Family.TRAFFIC:
            surfaces[key[2]] += figures[Metric.VISITS]
            if len(when) > DAY:
                hours[int(when[DAY + 1 :])] += figures[Metric.VISITS]
    return days, hours, surfaces


def _by_value(cells: Cells, family: Family) -> dict[tuple[str, tuple[str, str]], Figures]:
    found: dict[tuple[str, tuple[str, str]], Figures] = defaultdict(no_figures)
    for (when, _, key), figures in cells.items():
        if key[0] == family:
            add(found[when[:MONTH], (key[0], key[1])], figures)
    return found


def _sum(cells: Cells, family: Family) -> Figures:
    total = no_figures()
    for (_, _, key), figures in cells.items():
        if key[0] == family:
            add(total, figures)
    return total


def _told(
    noise: Noise, figures: Figures, metrics: tuple[Metric, ...], *name: str
) -> dict[str, int]:
    return {
        metric.counter_name: noise.on(figures[metric], *name, metric.name)
        for metric in metrics
        if figures[metric] or noise.epsilon
    }
