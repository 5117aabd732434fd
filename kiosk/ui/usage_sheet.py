"""A point's figures as a sheet: beside the same period before, and against the plan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal

from content.usage.events import Family, Figures, Metric, Work
from content.usage.periods import Period
from content.usage.report import Report, is_least, per_year
from content.vietnamese import sort_key
from kiosk.ui.sheet import Sheet, Table, Value

# The plan of Lai Châu: publications read per person and year.
READ_PER_PERSON = 4.5
TOP_WORKS = 20
_Words = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Goals:
    """What figures are compared with; 0 is unknown.

    Args:
        population: People of the commune.
        visits: Visits that the plan asks for, a year.
    """

    population: int = 0
    visits: int = 0


def usage_sheet(
    this: Report, before: Report, name: str, goals: Goals, _: _Words, locale: str
) -> Sheet:
    """Return the sheet of a period.

    Args:
        before: The same of the period before.
        name: Of the point.
        _: Turns English sentences into the reader's language.
    """
    tables = [
        _main(this, before, _),
        _plan(this, goals, _, locale),
        *(_split(this, family, _, locale) for family in _headings(_)),
        _works(this, _),
        _days(this, _, locale),
        _hours(this, _),
        _surfaces(this, _),
        _unmet(this, _),
    ]
    shown = tuple(table for table in tables if table.rows)
    subtitle = f"{name} · {period_words(this.period, locale)}"
    signs = (_("Made by"), _("Head of the unit"))
    return Sheet(_("Report of use"), subtitle, shown, tuple(_notes(this, _)), signs)


def period_words(this: Period, locale: str) -> str:
    """Return a period as people write it."""
    first, last = (format_date(day, "dd/MM/yyyy", locale=locale) for day in (this.first, this.last))
    return str(first) if first == last else f"{first} – {last}"


def _main(this: Report, before: Report, _: _Words) -> Table:
    def row(words: str, part: str, metric: Metric) -> tuple[Value, ...]:
        now, then = (getattr(one, part)[metric] for one in (this, before))
        return words, now, then if before.days else None, _change(now, then)

    rows = (
        row(_("Visits"), "traffic", Metric.VISITS),
        row(_("Visitors, each counted once a day"), "traffic", Metric.VISITORS),
        row(_("Read, heard or taken along (requests)"), "point", Metric.TOTAL_ITEM_REQUESTS),
        row(_("The same, each part once a visit"), "point", Metric.UNIQUE_ITEM_REQUESTS),
        row(_("Works read, each once a visit"), "point", Metric.UNIQUE_TITLE_REQUESTS),
        row(_("Looked at (investigations)"), "point", Metric.TOTAL_ITEM_INVESTIGATIONS),
        row(_("Searches"), "traffic", Metric.SEARCHES_PLATFORM),
        row(_("Searches that found nothing"), "traffic", Metric.UNMET_SEARCHES),
        (
            _("Hours open"),
            this.seconds_open // 3600,
            before.seconds_open // 3600 if before.days else None,
            _change(this.seconds_open, before.seconds_open),
        ),
    )
    columns = ("", _("This period"), _("Period before"), _("Change"))
    return Table(_("Main figures"), columns, rows)


def _change(now: int, then: int) -> str:
    return f"{(now - then) / then * 100:+.0f} %" if then else ""


def _plan(this: Report, goals: Goals, _: _Words, locale: str) -> Table:
    rows: list[tuple[Value, ...]] = []
    visits = this.traffic[Metric.VISITS]
    if goals.visits:
        yearly = per_year(visits, this.period)
        share = f"{yearly / goals.visits * 100:.0f} %"
        rows.append((_("Visits a year, at this pace"), round(yearly), goals.visits, share))
    if goals.population:
        read = per_year(this.point[Metric.UNIQUE_TITLE_REQUESTS], this.period) / goals.population
        rows.append(
            (
                _("Publications read per person and year, at this pace"),
                format_decimal(round(read, 2), locale=locale),
                format_decimal(READ_PER_PERSON, locale=locale),
                f"{read / READ_PER_PERSON * 100:.0f} %",
            )
        )
        reach = visits / goals.population * 100
        words = format_decimal(round(reach, 1), locale=locale)
        rows.append((_("Visits per 100 people in this period"), words, None, ""))
    columns = ("", _("Reached"), _("Goal"), _("Share"))
    return Table(_("Against the plan"), columns, tuple(rows))


def _headings(_: _Words) -> dict[Family, str]:
    return {
        Family.FORM: _("By form"),
        Family.COLLECTION: _("By collection"),
        Family.AUDIENCE: _("By audience"),
        Family.LANGUAGE: _("By language"),
    }


def _split(this: Report, family: Family, _: _Words, locale: str) -> Table:
    rows = [
        (value_words(family, value, _, locale), *_three(figures), _more(figures, _))
        for value, figures in this.split[family].items()
    ]
    return _read(_headings(_)[family], rows, _)


def value_words(family: Family, value: str, _: _Words, locale: str) -> str:
    """Return a form, audience or language in the reader's words."""
    if not value:
        return _("not told apart")
    if family == Family.LANGUAGE:
        try:
            found = Locale.parse(value, sep="-").get_display_name(locale)
        except (UnknownLocaleError, ValueError):
            found = value
        return str(found or value)
    known = {
        (Family.FORM, "ebook"): _("Ebook"),
        (Family.FORM, "document"): _("Scanned document"),
        (Family.FORM, "audiobook"): _("Audiobook"),
        (Family.FORM, "article"): _("Article"),
        (Family.FORM, "image"): _("Picture"),
        (Family.FORM, "website"): _("Website copy"),
        (Family.AUDIENCE, "children"): _("Children"),
        (Family.AUDIENCE, "general"): _("Everyone"),
    }
    return known.get((family, value), value)


def _works(this: Report, _: _Words) -> Table:
    told = [one for one in this.works if one[0].identifier]
    rows = [
        (_name(work), *_three(figures), _more(figures, _)) for work, figures in told[:TOP_WORKS]
    ]
    others = [_three(figures) for _work, figures in [*told[TOP_WORKS:], *this.works[len(told) :]]]
    if others:
        sums = [sum(column) for column in zip(*others, strict=True)]
        rows.append((_("all others"), *sums, ""))
    note = _("Works of fewer than five visits stand together.")
    return _read(_("Most read works"), rows, _, note)


def _name(work: Work) -> str:
    return f"{work.title} – {work.creator}" if work.creator else work.title


def _read(title: str, rows: Sequence[tuple[Value, ...]], _: _Words, note: str = "") -> Table:
    """Return a table of what was read, whose last column says where there may have been more."""
    columns = ("", _("Requests"), _("Works"), _("Visits"), _("Note"))
    if not any(row[-1] for row in rows):
        return Table(title, columns[:-1], tuple(row[:-1] for row in rows), note=note)
    more = _(
        "“Or more”: of the days on which fewer than three phones opened it, one visit a month is "
        "counted here, the rest in the last row."
    )
    return Table(title, columns, tuple(rows), note=f"{note} {more}".strip())


def _more(figures: Figures, _: _Words) -> str:
    return _("or more") if is_least(figures) else ""


def _days(this: Report, _: _Words, locale: str) -> Table:
    if this.period.days == 1:
        return Table("", (), ())
    if this.period.days > 62:
        return _months(this, _)
    rows = []
    for day in this.period:
        found = this.days.get(day)
        label = str(format_date(day, "d/M", locale=locale))
        rows.append((label, found[Metric.VISITS] if found else None))
    note = _("A dash is a day on which the box was off or did not count.")
    return Table(_("Visits by day"), (_("Day"), _("Visits")), tuple(rows), chart=1, note=note)


def _months(this: Report, _: _Words) -> Table:
    rows = []
    for month in this.period.months():
        days = [one for day, one in this.days.items() if day.isoformat()[:7] == month]
        visits = sum(one[Metric.VISITS] for one in days) if days else None
        rows.append((f"{int(month[5:])}/{month[:4]}", visits))
    note = _("A dash is a month in which the box was off or did not count.")
    return Table(_("Visits by month"), (_("Month"), _("Visits")), tuple(rows), chart=1, note=note)


def _hours(this: Report, _: _Words) -> Table:
    rows = tuple((f"{hour}h", visits) for hour, visits in enumerate(this.hours))
    if not any(this.hours):
        rows = ()
    return Table(_("Visits by hour of the day"), (_("Hour"), _("Visits")), rows, chart=1)


def _surfaces(this: Report, _: _Words) -> Table:
    words = {"phone": _("Phone"), "touch": _("Touch screen"), "staff": _("Staff pages")}
    rows = tuple((words.get(name, name), visits) for name, visits in this.surfaces.items())
    return Table(_("Visits by device"), ("", _("Visits")), rows)


def _unmet(this: Report, _: _Words) -> Table:
    rows = tuple(sorted(this.unmet, key=lambda one: (-one[1], sort_key(one[0])))[:TOP_WORKS])
    note = _("Only words that at least five visits searched for; without accents.")
    return Table(_("Searched for in vain"), ("", _("Visits")), rows, note=note)


def _notes(this: Report, _: _Words) -> list[str]:
    notes = [
        _(
            "Counted by COUNTER 5.1 and TCVN 12843:2019 (ISO 2789): a visit ends after 30 minutes "
            "of rest; double clicks count once; robots do not count. Nobody is known by name."
        )
    ]
    if this.only_by_month:
        words = _(
            "%(count)s requests of these months are known by their month only, because fewer than "
            "five visits were in an hour or a day: they are in the report of the month."
        )
        notes.append(words % {"count": this.only_by_month})
    if this.unproved:
        words = _("%(count)s visits were counted while the box did not know the time for sure.")
        notes.append(words % {"count": this.unproved})
    if this.dropped:
        words = _("%(count)s requests could not be counted: the box was too busy.")
        notes.append(words % {"count": this.dropped})
    return notes


def _three(figures: Figures) -> tuple[int, int, int]:
    return (
        figures[Metric.TOTAL_ITEM_REQUESTS],
        figures[Metric.UNIQUE_TITLE_REQUESTS],
        figures[Metric.VISITS],
    )
