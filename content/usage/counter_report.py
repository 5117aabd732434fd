"""COUNTER 5.1 reports as JSON: Platform Report (PR) and Title Report (TR), of whole months; pure.

The form is that of the COUNTER API (SUSHI) 5.1. An audiobook is a Book that is read aloud; a copy
of a website is Other. Access is Free_To_Read. TDM is what programs asked for at `/api/`, `/raw/`.
Titles of fewer than K visits are left out of TR, and what few phones read in a day is cut in TR and
in PR told as Other (cells.py); a report in which that is so says it by exception 3040.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from content.errors import UsageError
from content.usage.cells import MONTH, OTHERS, SHARED, Cells, K
from content.usage.events import Family, Metric, Work
from content.usage.periods import Period

RELEASE = "5.1"
REPORTS = {"PR": "Platform Report", "TR": "Title Report"}
_TYPES = {
    "ebook": "Book", "document": "Book", "audiobook": "Book", "article": "Article",
    "image": "Image", "website": "Other",
}  # fmt: skip
_TITLES = {"Book", "Other"}
_ITEM_METRICS = (
    Metric.TOTAL_ITEM_INVESTIGATIONS,
    Metric.TOTAL_ITEM_REQUESTS,
    Metric.UNIQUE_ITEM_INVESTIGATIONS,
    Metric.UNIQUE_ITEM_REQUESTS,
)
_TITLE_METRICS = (Metric.UNIQUE_TITLE_INVESTIGATIONS, Metric.UNIQUE_TITLE_REQUESTS)
_PARTLY = {"Code": 3040, "Message": "Partial Data Returned"}
_NOTHING = {"Code": 3030, "Message": "No Usage Available for Requested Dates"}
_QUIET = f"What fewer than {SHARED} phones read in a day counts {{}}."
_PARTIAL = {
    "PR": _QUIET.format("as Other"),
    "TR": f"Titles of fewer than {K} visits are not told apart. "
    + _QUIET.format("once a month with its title"),
}
# Counts of a thing: metric -> month -> number.
_Counts = dict[Metric, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Institution:
    """Whose use it is.

    Args:
        name: As people call it, two letters at least.
        identifier: Proprietary, without the namespace.
        platform: Name of the platform.
    """

    name: str
    identifier: str
    platform: str


def counter_report(  # noqa: PLR0913, PLR0917 -- all that such a report says
    name: str,
    cells: Cells,
    works: Mapping[str, Work],
    asked: Period,
    institution: Institution,
    made: datetime,
) -> dict[str, Any]:
    """Return the report of that name, `PR` or `TR`.

    Raises:
        UsageError: There is none of that name, or the period does not hold whole months.
    """
    months = asked.months()
    if name not in REPORTS:
        raise UsageError(f"{name!r} is no report; known: {', '.join(REPORTS)}")
    if not all(asked.holds_month(month) for month in months):
        raise UsageError("COUNTER reports are of whole months: give a month, a quarter or a year")
    mine = {cell: one for cell, one in cells.items() if cell[0][:MONTH] in months}
    header = _header(name, asked, institution, made)
    report = _platform if name == "PR" else _titles
    items, is_partial = report(mine, works, institution)
    if is_partial:
        header["Exceptions"] = [{**_PARTLY, "Data": _PARTIAL[name]}]
    elif not items:
        header["Exceptions"] = [_NOTHING]
    return {"Report_Header": header, "Report_Items": items}


def _header(name: str, asked: Period, institution: Institution, made: datetime) -> dict[str, Any]:
    shown = ["Access_Method"] if name == "PR" else ["YOP", "Access_Type", "Access_Method"]
    return {
        "Report_Name": REPORTS[name],
        "Report_ID": name,
        "Release": RELEASE,
        "Institution_Name": institution.name,
        "Institution_ID": {"Proprietary": [f"diemdoc:{institution.identifier}"]},
        "Report_Filters": {
            "Begin_Date": asked.first.isoformat(),
            "End_Date": asked.last.isoformat(),
        },
        "Report_Attributes": {"Attributes_To_Show": shown},
        "Created": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Created_By": "Điểm Đọc",
        "Registry_Record": "",
    }


def _platform(
    cells: Cells, _works: Mapping[str, Work], institution: Institution
) -> tuple[list[dict[str, Any]], bool]:
    """Return what was read of each kind, and whether some of it is told as Other."""
    is_partial = False
    counts: dict[tuple[str, bool], _Counts] = defaultdict(dict)
    for (when, _, key), figures in cells.items():
        if key[0] == Family.FORM:
            is_partial = is_partial or (key[1] == OTHERS and any(figures))
            kind = _TYPES.get(key[1], "Other")
            metrics: Iterable[Metric] = _metrics(kind)
        elif key[0] == Family.TRAFFIC:
            kind, metrics = "Platform", (Metric.SEARCHES_PLATFORM,)
        else:
            continue
        _sum(counts[kind, key[3]], metrics, when, figures)
    performances = [
        {"Data_Type": kind, "Access_Method": _method(machine), "Performance": _written(one)}
        for (kind, machine), one in sorted(counts.items())
        if any(any(months.values()) for months in one.values())
    ]
    items = [{"Platform": institution.platform, "Attribute_Performance": performances}]
    return items if performances else [], is_partial


def _titles(
    cells: Cells, works: Mapping[str, Work], institution: Institution
) -> tuple[list[dict[str, Any]], bool]:
    """Return the titles, and whether some were left out or are told in part."""
    is_cut = False
    visits: Counter[str] = Counter()
    counts: dict[tuple[str, bool], _Counts] = defaultdict(dict)
    for (when, _, key), figures in cells.items():
        if key[0] != Family.WORK:
            continue
        visits[key[1]] += figures[Metric.VISITS]
        is_cut = is_cut or figures[Metric.QUIET_VISITS] > 0
        kind = _TYPES.get(works[key[1]].form, "Other") if key[1] in works else ""
        if kind in _TITLES:
            _sum(counts[key[1], key[3]], _metrics(kind), when, figures)
    few = {name for name, count in visits.items() if count < K or name not in works}
    counts = {title: one for title, one in counts.items() if title[0] not in few}
    items: dict[str, dict[str, Any]] = {}
    for (name, machine), one in sorted(counts.items()):
        work = works[name]
        item = items.setdefault(
            name,
            {
                "Title": work.title,
                "Publisher": work.publisher,
                "Platform": institution.platform,
                "Item_ID": {"Proprietary": f"diemdoc:{name}"},
                "Attribute_Performance": [],
            },
        )
        year = work.date[:4]
        item["Attribute_Performance"].append(
            {
                "Data_Type": _TYPES.get(work.form, "Other"),
                # CoP 5.1, section 3.3.8: 0001 is unknown.
                "YOP": year if len(year) == 4 and year.isdecimal() else "0001",
                "Access_Type": "Free_To_Read",
                "Access_Method": _method(machine),
                "Performance": _written(one),
            }
        )
    return list(items.values()), bool(few) or is_cut


def _metrics(kind: str) -> tuple[Metric, ...]:
    return (*_ITEM_METRICS, *_TITLE_METRICS) if kind == "Book" else _ITEM_METRICS


def _sum(counts: _Counts, metrics: Iterable[Metric], when: str, figures: list[int]) -> None:
    for metric in metrics:
        months = counts.setdefault(metric, {})
        months[when[:MONTH]] = months.get(when[:MONTH], 0) + figures[metric]


def _written(counts: _Counts) -> dict[str, dict[str, int]]:
    return {
        metric.counter_name: dict(sorted(months.items()))
        for metric, months in sorted(counts.items())
        if any(months.values()) or metric in _ITEM_METRICS
    }


def _method(machine: bool) -> str:  # noqa: FBT001 -- part of a cell's key
    return "TDM" if machine else "Regular"
