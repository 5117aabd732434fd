"""What points call: the message in, the receipt out; and whether this server lives."""

import threading
from collections import OrderedDict
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, current_app, jsonify, request
from sqlalchemy import select

from content.sync.message import Verdict
from province.statistics import WIRE
from province.tables import schema
from province.views.context import database, desk

bp = Blueprint("api", __name__)
TYPE = "application/vnd.diemdoc.message+json"
# A code has ten letters of thirty: nobody finds one with so many tries an hour.
MAX_REFUSED = 30
_WINDOW = timedelta(hours=1)
_MAX_ADDRESSES = 10_000


class Refusals:
    """How often each address was refused of late; in memory only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: OrderedDict[str, list[datetime]] = OrderedDict()

    def are_too_many(self, address: str, now: datetime) -> bool:
        """Return whether an address has to wait."""
        with self._lock:
            recent = [one for one in self._of.get(address, []) if now - one < _WINDOW]
            return len(recent) >= MAX_REFUSED

    def note(self, address: str, now: datetime) -> None:
        """Note one more."""
        with self._lock:
            recent = [one for one in self._of.pop(address, []) if now - one < _WINDOW]
            self._of[address] = [*recent, now]
            if len(self._of) > _MAX_ADDRESSES:
                self._of.popitem(last=False)


@bp.post("/api/v1/enrolments")
@bp.post("/api/v1/reports")
def take() -> Response:
    """Take a message and answer with its receipt; believed is only what is signed."""
    now, address = datetime.now(UTC), request.remote_addr or ""
    refusals: Refusals = current_app.extensions["refusals"]
    if refusals.are_too_many(address, now):
        return Response("", 429, headers={"Retry-After": "3600"})
    verdict, receipt = desk().take(request.get_data(), WIRE, now)
    if verdict == Verdict.REFUSED:
        refusals.note(address, now)
    return Response(receipt, 422 if verdict == Verdict.REFUSED else 200, mimetype=TYPE)


@bp.get("/healthz")
def healthz() -> Response:
    """Answer 200 while the database answers."""
    with database().connect() as connection:
        connection.execute(select(schema.c.version)).one()
    response = jsonify(status="ok")
    response.cache_control.no_store = True
    return response
