"""The province's year as a sheet: against the plan, by month, by commune, and what is missing."""

from collections.abc import Callable

from babel.numbers import format_decimal

from kiosk.ui.sheet import Sheet, Table, Value
from province.config import ProvinceConfig
from province.reports import YearReport, per_person

_Words = Callable[[str], str]


def year_sheet(report: YearReport, config: ProvinceConfig, _: _Words, locale: str) -> Sheet:
    """Return the sheet of a year.

    Args:
        _: Turns English sentences into the reader's language.
    """
    tables = (
        _plan(report, config, _, locale),
        _by_month(report, _),
        _by_commune(report, _, locale),
        _visits(report, _),
        _missing(report, _),
    )
    notes = [
        _("A dash is a month that no point of the commune has told yet: it is not 0."),
        _("A star is a sum in which some point is still missing."),
        _(
            "Counted by COUNTER 5.1 and TCVN 12843:2019 (ISO 2789). Works of fewer than five "
            "visits are told together; nobody is known by name."
        ),
    ]
    signs = (_("Made by"), _("Head of the unit"))
    subtitle = f"{config.name} · {report.year}"
    shown = tuple(one for one in tables if one.rows)
    return Sheet(_("Use of the reading points"), subtitle, shown, tuple(notes), signs)


def _plan(report: YearReport, config: ProvinceConfig, _: _Words, locale: str) -> Table:
    visits, titles = report.total("visits"), report.total("titles")
    people = sum(one.population for one in config.commune)
    served = sum(one.population for one in report.communes)
    rows: list[tuple[Value, ...]] = [
        (
            _("Visits this year"),
            visits,
            config.visits_goal or None,
            _share(visits, config.visits_goal),
        )
    ]
    if titles is not None and served:
        months = len({when for (_code, when), one in report.told.items() if one.told})
        read = titles / served * 12 / max(1, months)
        rows.append(
            (
                _("Publications read per person and year, at this pace"),
                format_decimal(round(read, 2), locale=locale),
                format_decimal(config.read_goal, locale=locale),
                f"{read / config.read_goal * 100:.0f} %" if config.read_goal else "",
            )
        )
    if people:
        rows.append(
            (_("People in communes with a reading point"), served, people, _share(served, people))
        )
    columns = ("", _("Reached"), _("Goal"), _("Share"))
    return Table(_("Against the plan"), columns, tuple(rows))


def _share(value: int | None, goal: int) -> str:
    return f"{value / goal * 100:.0f} %" if value is not None and goal else ""


def _by_month(report: YearReport, _: _Words) -> Table:
    rows = []
    for name in report.months:
        told = sum(one.told for (_code, when), one in report.told.items() if when == name)
        should = sum(one.points for (_code, when), one in report.told.items() if when == name)
        rows.append(
            (
                f"{int(name[5:])}/{name[:4]}",
                report.total("visits", in_month=name),
                report.total("requests", in_month=name),
                report.total("titles", in_month=name),
                report.total("searches", in_month=name),
                f"{told}/{should}",
            )
        )
    columns = (
        _("Month"), _("Visits"), _("Requests"), _("Works"), _("Searches"), _("Points that told"),
    )  # fmt: skip
    return Table(_("By month"), columns, tuple(rows), chart=1)


def _by_commune(report: YearReport, _: _Words, locale: str) -> Table:
    rows = []
    for one in report.communes:
        read = per_person(report, one)
        visits = report.total("visits", commune=one.code)
        reach = None if visits is None or not one.population else visits / one.population * 100
        rows.append(
            (
                one.name,
                visits,
                report.total("requests", commune=one.code),
                None if read is None else format_decimal(round(read, 2), locale=locale),
                None if reach is None else format_decimal(round(reach, 1), locale=locale),
            )
        )
    columns = (
        _("Commune"), _("Visits"), _("Requests"), _("Read per person and year"),
        _("Visits per 100 people"),
    )  # fmt: skip
    return Table(_("By commune"), columns, tuple(rows))


def _visits(report: YearReport, _: _Words) -> Table:
    rows = [
        (one.name, *(_cell(report, one.code, name) for name in report.months))
        for one in report.communes
    ]
    columns = (_("Commune"), *(f"{int(name[5:])}" for name in report.months))
    return Table(_("Visits by commune and month"), columns, tuple(rows))


def _cell(report: YearReport, commune: str, name: str) -> Value:
    told = report.told.get((commune, name))
    if told is None or not told.told:
        return None
    return told.figures["visits"] if told.is_whole else f"{told.figures['visits']}*"


def _missing(report: YearReport, _: _Words) -> Table:
    rows = []
    for one in report.communes:
        gaps = [
            f"{int(when[5:])}"
            for (code, when), told in sorted(report.told.items())
            if code == one.code and not told.is_whole
        ]
        if gaps:
            rows.append((one.name, ", ".join(gaps)))
    columns = (_("Commune"), _("Months with a report missing"))
    return Table(_("Still missing"), columns, tuple(rows))
