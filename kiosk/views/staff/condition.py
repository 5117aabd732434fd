"""How the box is: findings with one-tap remedies, messages of the last days, restart."""

import time
from datetime import UTC, datetime
from pathlib import Path

from flask import Blueprint, Response, abort, request

from kiosk.health.check import Finding, Machine, Remedy
from kiosk.health.registry import Report, in_words, run_checks
from kiosk.i18n import translate
from kiosk.messages import read_messages
from kiosk.tasks.board import Kind
from kiosk.views.context import config
from kiosk.views.staff.room import board, door, go, show, state
from kiosk.views.staff.update import sources

bp = Blueprint("condition", __name__)
# Verbs of the privileged door, by remedy.
_VERBS = {
    Remedy.RESTART_WIFI: "restart-wifi",
    Remedy.RESTART_SERVICES: "restart-services",
    Remedy.KEEP_TIME: "keep-time",
    Remedy.INSTALL_SOFTWARE: "install-software",
}
_MACHINE = {"reboot": "reboot", "power-off": "power-off"}
_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def report() -> Report:
    """Return what the checks find now."""
    return run_checks(Machine(config().library, state(), Path("/")))


def say(sentence: str, finding: Finding) -> str:
    """Return a sentence of a finding in the reader's language; templates call it."""
    return in_words(sentence, finding, translate)


@bp.get("/health")
def health() -> str:
    """Show every finding, the worst first."""
    found = report()
    ordered = sorted(found.findings, key=lambda one: -one[1].severity.rank)
    return show("health.html", findings=ordered, report=found, has_door=door().is_there)


@bp.post("/health/remedy/<remedy>")
def apply(remedy: str) -> Response:
    """Do what a finding offers."""
    if remedy == Remedy.VERIFY:
        board().ask(Kind.VERIFY)
    elif remedy == Remedy.ROLL_BACK:
        board().ask(Kind.ROLL_BACK)
    elif remedy == Remedy.UPDATE and sources():
        board().ask(Kind.UPDATE, sources=sources())
    elif remedy == Remedy.UPDATE:
        return go("update")
    elif remedy == Remedy.SET_CLOCK:
        door().ask("set-time", seconds=_phone_time())
        return go("health", "ordered")
    elif remedy in _VERBS:
        door().ask(_VERBS[Remedy(remedy)])
        return go("health", "ordered")
    else:
        abort(404)
    return go("health", "asked")


@bp.get("/messages")
def messages() -> str:
    """Show what the services said in the last week that somebody should read."""
    return show("messages.html", messages=read_messages(now=time.time()))


@bp.route("/machine/<verb>", methods=["GET", "POST"])
def machine(verb: str) -> Response | str:
    """Ask once more, then restart or switch off."""
    if verb not in _MACHINE:
        abort(404)
    if request.method == "GET":
        return show("machine.html", verb=verb, has_door=door().is_there)
    door().ask(_MACHINE[verb])
    return go("health", "ordered")


def _phone_time() -> int:
    """Return the time that the staff's phone says, in seconds since 1970."""
    text = request.form.get("seconds", "")
    if not text.isdecimal() or not _NEW_YEAR < int(text) < _NEW_YEAR + 100 * 365 * 86_400:
        abort(400)
    return int(text)
