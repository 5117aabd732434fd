"""The COUNTER API (SUSHI) 5.1: PR and TR of every point, and of the province as a whole.

A program names itself by `api_key`, the one in the settings; without one in the settings the API is
closed. `customer_id` is `province`, or a point.
"""

import hmac
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import select

from content.errors import UsageError
from content.usage.cells import Cells, put
from content.usage.counter_report import REPORTS, Institution, counter_report
from content.usage.events import Family, Metric, Work, figures_of, no_figures
from content.usage.periods import Period, between
from province.tables import cell, month, point, work
from province.views.context import config, database

bp = Blueprint("counter", __name__, url_prefix="/counter/r51")
EVERYBODY = "province"
_WORDS = {
    1030: ("Insufficient Information to Process Request", 400),
    2010: ("Requestor is Not Authorized to Access Usage for Institution", 403),
    2020: ("API Key Invalid", 401),
    3020: ("Invalid Date Arguments", 400),
}


def _with_key(view: Callable[..., Response]) -> Callable[..., Response]:
    def guarded(**named: Any) -> Response:
        given, wanted = request.args.get("api_key", ""), config().counter_key
        if not wanted or not hmac.compare_digest(given.encode(), wanted.encode()):
            return _exception(2020)
        return view(**named)

    guarded.__name__ = view.__name__
    return guarded


@bp.get("/status")
def status() -> Response:
    """Say that the service works."""
    return jsonify([{"Description": f"Điểm Đọc – {config().name}", "Service_Active": True}])


@bp.get("/members")
@_with_key
def members() -> Response:
    """List whose reports there are."""
    with database().connect() as connection:
        rows = connection.execute(select(point.c.point, point.c.name)).all()
    everybody = {"Institution_Name": config().name, "Customer_ID": EVERYBODY}
    return jsonify(
        [everybody, *({"Institution_Name": one.name, "Customer_ID": one.point} for one in rows)]
    )


@bp.get("/reports")
@_with_key
def reports() -> Response:
    """List the reports and the months they know of."""
    with database().connect() as connection:
        months = sorted(connection.execute(select(month.c.month).distinct()).scalars())
    first, last = (months[0], months[-1]) if months else ("0001-01", "0001-01")
    return jsonify(
        [
            {
                "Report_Name": words,
                "Report_ID": name,
                "Release": "5.1",
                "Report_Description": f"COUNTER {words}",
                "Path": f"/r51/reports/{name.lower()}",
                "First_Month_Available": first,
                "Last_Month_Available": last,
            }
            for name, words in REPORTS.items()
        ]
    )


@bp.get("/reports/<name>")
@_with_key
def report(name: str) -> Response:
    """Send a report."""
    customer = request.args.get("customer_id", "")
    if not customer or name.upper() not in REPORTS:
        return _exception(1030)
    asked = _period(request.args.get("begin_date", ""), request.args.get("end_date", ""))
    if asked is None:
        return _exception(3020)
    institution = _institution(customer)
    if institution is None:
        return _exception(2010)
    cells, works = _figures("" if customer == EVERYBODY else customer, asked)
    try:
        made = counter_report(name.upper(), cells, works, asked, institution, datetime.now(UTC))
    except UsageError:
        return _exception(3020)
    return jsonify(made)


def _period(begin: str, end: str) -> Period | None:
    """Return the months asked for, given as `2026-11` or as first and last day."""
    try:
        first = date.fromisoformat(begin if len(begin) == 10 else f"{begin}-01")
        last = date.fromisoformat(end if len(end) == 10 else f"{end}-01")
        if len(end) != 10:
            year, number = divmod(last.year * 12 + last.month, 12)
            last = date.fromordinal(date(year, number + 1, 1).toordinal() - 1)
        if (last - first).days > 5 * 366:
            return None
        return between(first, last)
    except (ValueError, UsageError):
        return None


def _institution(customer: str) -> Institution | None:
    if customer == EVERYBODY:
        return Institution(config().name, EVERYBODY, "Điểm Đọc")
    with database().connect() as connection:
        row = connection.execute(select(point.c.name).where(point.c.point == customer)).first()
    return None if row is None else Institution(f"{row.name:<2}", customer, "Điểm Đọc")


def _figures(customer: str, asked: Period) -> tuple[Cells, dict[str, Work]]:
    first, last = asked.months()[0], asked.months()[-1]
    cells: Cells = {}
    with database().connect() as connection:
        mine = [cell.c.month >= first, cell.c.month <= last]
        months = [month.c.month >= first, month.c.month <= last]
        if customer:
            mine.append(cell.c.point == customer)
            months.append(month.c.point == customer)
        for row in connection.execute(select(cell).where(*mine)):
            key = (row.family, row.value, "", False)
            put(cells, (row.month, "", key), figures_of(json.loads(row.figures)))
        for row in connection.execute(select(month).where(*months)):
            figures = no_figures()
            figures[Metric.SEARCHES_PLATFORM] = row.searches
            put(cells, (row.month, "", (Family.TRAFFIC, "", "", False)), figures)
        works = {
            row.identifier: Work(identifier=row.identifier, **json.loads(row.facts))
            for row in connection.execute(select(work))
        }
    return cells, works


def _exception(code: int) -> Response:
    words, http = _WORDS[code]
    response = jsonify(Code=code, Message=words)
    response.status_code = http
    return response
