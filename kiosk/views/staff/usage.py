"""How much was read: the month's sheet, as the command line makes it, to look at and print."""

from flask import Blueprint, g, request

from content.usage import periods
from content.usage.figures import newest, report_of
from kiosk.i18n import translate
from kiosk.ui.sheet_page import as_html
from kiosk.ui.usage_sheet import Goals, usage_sheet
from kiosk.views.context import config
from kiosk.views.staff.room import book, show, state

bp = Blueprint("usage", __name__)


@bp.get("/usage")
def usage() -> str:
    """Show a month or another period (`?period=2026-11`), else the last one counted."""
    name = request.args.get("period", "") or newest(state())[:7]
    if not name:
        return show("usage.html")
    asked = periods.period(name)
    before = report_of(state(), periods.before(asked))
    goals = Goals(config().population, config().visits_goal)
    sheet = usage_sheet(report_of(state(), asked), before, book().name, goals, translate, g.locale)
    return as_html(sheet, translate, g.locale)
