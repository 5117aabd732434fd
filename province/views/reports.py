"""The plan's figures: a page that prints, CSV, JSON."""

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, g, jsonify, render_template

from content.usage.timeline import VIETNAM
from kiosk.i18n import translate
from kiosk.ui.charts import bars
from kiosk.ui.sheet import as_csv, bars_of, shown
from kiosk.ui.sheet_page import as_html
from province.report_json import year_json
from province.report_sheet import year_sheet
from province.reports import YearReport, year_report
from province.views.context import config, database, go, staff_only

bp = Blueprint("reports", __name__)


@bp.get("/")
@bp.get("/reports/")
@staff_only
def this_year() -> Response:
    """Go to this year."""
    return go(f"/reports/{datetime.now(VIETNAM).year}")


@bp.get("/reports/<int:year>")
@staff_only
def page(year: int) -> str:
    """Show a year."""
    sheet = year_sheet(_report(year), config(), translate, g.locale)
    return render_template(
        "report.html", sheet=sheet, year=year, bars=bars, bars_of=bars_of, shown=shown
    )


@bp.get("/reports/<int:year>/print")
@staff_only
def to_print(year: int) -> str:
    """Show a year as it prints, with a place to sign."""
    return as_html(year_sheet(_report(year), config(), translate, g.locale), translate, g.locale)


@bp.get("/reports/<int:year>.csv")
@staff_only
def as_table(year: int) -> Response:
    """Send a year for Excel."""
    text = as_csv(year_sheet(_report(year), config(), translate, g.locale))
    headers = {"Content-Disposition": f'attachment; filename="diemdoc-{year}.csv"'}
    return Response(text.encode(), mimetype="text/csv", headers=headers)


@bp.get("/reports/<int:year>.json")
@staff_only
def as_facts(year: int) -> Response:
    """Send a year for programs."""
    return jsonify(year_json(_report(year), config()))


def _report(year: int) -> YearReport:
    if not 2020 <= year <= 2200:
        abort(404)
    return year_report(
        database(), year, config().communes(), datetime.now(UTC).astimezone(VIETNAM).date()
    )
