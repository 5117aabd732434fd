"""A year of the province for programs; a figure that nobody told is null."""

from typing import Any

from province.config import ProvinceConfig
from province.reports import YearReport, per_person

_FIGURES = ("visits", "visitors", "searches", "unmet", "investigations", "requests", "titles")


def year_json(report: YearReport, config: ProvinceConfig) -> dict[str, Any]:
    """Return a year as JSON data."""
    return {
        "version": 1,
        "province": config.name,
        "year": report.year,
        "visits_goal": config.visits_goal,
        "read_goal": config.read_goal,
        "total": {name: report.total(name) for name in _FIGURES},
        "missing_reports": report.gaps,
        "months": [
            {"month": when, **{name: report.total(name, in_month=when) for name in _FIGURES}}
            for when in report.months
        ],
        "communes": [
            {
                "code": one.code,
                "name": one.name,
                "population": one.population or None,
                "read_per_person_and_year": per_person(report, one),
                **{name: report.total(name, commune=one.code) for name in _FIGURES},
                "months": [
                    {
                        "month": when,
                        "points": told.points,
                        "told": told.told,
                        **{name: told.value(name) for name in _FIGURES},
                    }
                    for (code, when), told in sorted(report.told.items())
                    if code == one.code
                ],
            }
            for one in report.communes
        ],
    }
