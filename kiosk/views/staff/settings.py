"""What staff choose for the point: the first questions, settings, a copy of them, the province."""

from dataclasses import asdict, replace

from flask import Blueprint, Response, request

from content.errors import ContentError, SyncError
from content.repository.client import pin
from content.repository.trust import MAX_ROOT, TrustStore
from content.sync.outbox import Outbox
from kiosk.point import PointChoices, copy_of, parse_choices, read_copy
from kiosk.views.context import config
from kiosk.views.staff.province import site_of_point, who
from kiosk.views.staff.room import book, go, show, state
from kiosk.views.staff.words import problem_of

bp = Blueprint("settings", __name__)
_MAX_COPY = 65_536
_ASKED_FIRST = ("point_name", "locale", "place", "province_code")
_ASKED = ("point_name", "locale", "place", "contact", "source")


@bp.route("/start", methods=["GET", "POST"])
def start() -> Response | str | tuple[str, int]:
    """Ask the three first questions; it works at once whatever is left out."""
    return _ask("start.html", _ASKED_FIRST, "")


@bp.route("/settings", methods=["GET", "POST"])
def settings() -> Response | str | tuple[str, int]:
    """Show and change what staff may choose."""
    return _ask("settings.html", _ASKED, "settings")


@bp.get("/settings/copy")
def copy() -> Response:
    """Give the settings as a file to keep: no PIN, no key."""
    response = Response(copy_of(book().choices()), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="diem-doc-settings.json"'
    return response


@bp.post("/settings/restore")
def restore() -> Response:
    """Put the settings of a copy in use, all or none."""
    book().save(read_copy(_sent(_MAX_COPY)))
    return go("settings", "restored")


@bp.post("/settings/province")
def follow() -> Response:
    """Trust the province whose root file is sent; its content may come from then on."""
    pin(TrustStore(state() / "trust"), _sent(MAX_ROOT))
    return go("settings", "trusted")


@bp.post("/settings/enrol")
def enrol() -> Response:
    """Ask the province to know this point, by the code that it gave."""
    choices = replace(book().choices(), province_code=request.form.get("province_code", "").strip())
    book().save(parse_choices(asdict(choices)))
    _enrol(choices)
    return go("settings", "saved")


def _ask(template: str, names: tuple[str, ...], after: str) -> Response | str | tuple[str, int]:
    old = book().choices()
    shown = replace(
        old,
        point_name=old.point_name or book().name,
        locale=old.locale or config().locale,
        contact=old.contact or book().contact,
    )
    if request.method == "GET":
        return show(template, choices=shown, problem="", wrong="")
    said = {name: request.form.get(name, "") for name in names}
    try:
        new = parse_choices({**asdict(old), **said})
        if not new.point_name:
            new = replace(new, point_name=book().name)
        book().save(new)
        if new.province_code != old.province_code:
            _enrol(new)
    except ContentError as error:
        wrong = str(getattr(error, "name", ""))
        kept = replace(shown, **{name: text[:300] for name, text in said.items()})
        return show(template, choices=kept, problem=problem_of(error), wrong=wrong), 400
    return go(after, "saved")


def _enrol(choices: PointChoices) -> None:
    """Put the request into the outbox; it is sent with the next update or stick."""
    if choices.province_code:
        reading = site_of_point().clock.reading()
        Outbox(state() / "outbox").enrol(choices.province_code, *who(), reading)


def _sent(most: int) -> bytes:
    file = request.files.get("file")
    data = b"" if file is None else file.stream.read(most + 1)
    if not data or len(data) > most:
        raise SyncError("no file was sent, or a much larger one than it can be")
    return data
