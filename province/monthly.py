"""The report of a month as a point sends it, checked: it is signed, but a box may be stolen.

The form: docs/reference/usage-report.md. What is not known is left out, what is wrong refused.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from content.errors import UsageError
from content.usage.events import Family, Figures, Metric, add, no_figures
from content.usage.handover import VERSION
from province.tables import stored_text

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_FAMILIES = {
    str(one)
    for one in (Family.WORK, Family.FORM, Family.COLLECTION, Family.AUDIENCE, Family.LANGUAGE)
}
_BY_NAME = {metric.counter_name: metric for metric in Metric}
_FACTS = ("title", "creator", "form", "collection", "audience", "language", "date", "publisher")
MAX_ROWS = 200_000
MAX_TEXT = 200
_MOST = 1 << 40


@dataclass(frozen=True, slots=True)
class Monthly:
    """What a point says of a month.

    Args:
        traffic: Visits, visitors, searches, with the seconds it was open.
        total: Requests and investigations; all 0 when fewer than K visits read anything.
        cells: (family, value) -> figures of the whole month.
        works: Identifier -> facts.
    """

    month: str
    epsilon: float
    traffic: Figures
    total: Figures
    cells: Mapping[tuple[str, str], Figures]
    works: Mapping[str, Mapping[str, str]]
    unproved: int


def monthly_of(body: Any) -> Monthly:
    """Return the report in a message.

    Raises:
        UsageError: It is none, or of another version.
    """
    try:
        if body["report"] != "usage" or body["version"] != VERSION:
            raise UsageError(f"is no usage report of version {VERSION}; update the software")
        traffic, cells = no_figures(), _cells(body["cells"])
        for day in _few(body["days"]).values():
            add(traffic, _figures(day))
            traffic[Metric.SECONDS_OPEN] += _number(day["seconds_open"])
        month = str(body["month"])
        if not _MONTH.fullmatch(month):
            raise UsageError("names no month")
        return Monthly(
            month,
            _share(body["epsilon"]),
            traffic,
            _figures(body["total"] or {}),
            cells,
            {_text(name): _facts(facts) for name, facts in _few(body["works"]).items()},
            _number(body["unproved_visits"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"the report is not in the form it must have ({error})") from error


def _cells(rows: Any) -> dict[tuple[str, str], Figures]:
    cells: dict[tuple[str, str], Figures] = defaultdict(no_figures)
    for _when, family, value, figures in _few(rows):
        if family in _FAMILIES:
            add(cells[family, _text(value)], _figures(figures))
    return dict(cells)


def _figures(named: Any) -> Figures:
    figures = no_figures()
    for name, value in named.items():
        if name in _BY_NAME:
            figures[_BY_NAME[name]] = _number(value)
    return figures


def _facts(raw: Any) -> dict[str, str]:
    return {name: _text(raw.get(name, "")) for name in _FACTS}


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _MOST:
        raise ValueError("a figure is no whole number from 0 up")
    return value


def _share(value: Any) -> float:
    if not isinstance(value, (int, float)) or not 0 <= value < 1e6:
        raise ValueError("epsilon is no number from 0 up")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is none")
    return stored_text(value, MAX_TEXT)


def _few(rows: Any) -> Any:
    if len(rows) > MAX_ROWS:
        raise ValueError("too many rows")
    return rows
