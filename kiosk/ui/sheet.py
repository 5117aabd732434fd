"""A report as a sheet of tables, and a sheet as text and as CSV; as a page: report-sheet.html."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

Value = str | int | None


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Args:
        rows: A number, a text, or None for what is not known: it is shown as such, never as 0.
        chart: Column drawn as bars, or 0 for none.
        note: A sentence below it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    chart: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A report for people.

    Args:
        notes: How to read it.
        signs: Who signs it, in order.
    """

    title: str
    subtitle: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
    signs: tuple[str, ...] = field(default=())


def as_text(sheet: Sheet) -> str:
    """Return a sheet for a terminal."""
    lines = [sheet.title, sheet.subtitle]
    for table in sheet.tables:
        lines += ["", table.title]
        rows = [table.columns, *(tuple(map(shown, row)) for row in table.rows)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(table.columns))]
        for row in rows:
            first, *rest = row
            cells = [f"{cell:>{width}}" for cell, width in zip(rest, widths[1:], strict=True)]
            lines.append("  " + "  ".join([f"{first:<{widths[0]}}", *cells]).rstrip())
        if table.note:
            lines.append(f"  {table.note}")
    return "\n".join([*lines, "", *sheet.notes]) + "\n"


def as_csv(sheet: Sheet) -> str:
    """Return a sheet for Excel, with the mark by which it knows Vietnamese; tables below another.

    A title that Excel would take for a formula gets an apostrophe: titles come from archives.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([[sheet.title], [sheet.subtitle]])
    for table in sheet.tables:
        writer.writerows([[], [table.title], table.columns])
        writer.writerows([_harmless(cell) for cell in row] for row in table.rows)
        if table.note:
            writer.writerow([table.note])
    writer.writerows([[], *([note] for note in sheet.notes)])
    return "\ufeff" + out.getvalue()


def bars_of(table: Table) -> Sequence[tuple[str, int | None]]:
    """Return what a table's chart draws."""
    return [
        (str(row[0]), value if isinstance(value := row[table.chart], int) else None)
        for row in table.rows
    ]


def shown(value: Value) -> str:
    """Return a value as people read it."""
    if value is None:
        return "–"
    return f"{value:,}".replace(",", ".") if isinstance(value, int) else value


def _harmless(value: Value) -> str | int:
    if value is None:
        return ""
    is_formula = isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{value}" if is_formula else value
