"""What every page of the console needs: who is signed in, the point, its tasks, how to answer."""

import ipaddress
from pathlib import Path
from typing import Any, cast

from flask import Response, abort, current_app, redirect, render_template, request

from kiosk.accounts import Accounts, Desk
from kiosk.config import split_bind, state_of
from kiosk.origins import bare_host
from kiosk.point import PointBook
from kiosk.tasks.board import Board
from kiosk.views.context import config
from provisioning.privileged.client import PrivilegedDoor

COOKIE = "staff"
PATH = "/staff/"
# Pages for who is not signed in yet.
_OPEN = ("staff.access.first", "staff.access.sign_in")


def check_way() -> None:
    """Answer only where the settings say that the console is."""
    wanted = config().staff_bind
    # gunicorn puts the listener's own port there, whatever the Host header says.
    if wanted and request.environ.get("SERVER_PORT") != str(split_bind(wanted)[1]):
        abort(404)


def require_staff() -> Response | None:
    """Send who is not signed in to where that is done."""
    if request.endpoint in _OPEN or is_signed_in():
        return None
    return go("sign-in" if accounts().has_pin else "first")


def is_signed_in() -> bool:
    """Return whether this request is one of staff."""
    return desk().is_open(request.cookies.get(COOKIE, ""))


def accounts() -> Accounts:
    """Return the PIN of this point."""
    return Accounts(state(), desk(), config().staff_code)


def is_open_here() -> bool:
    """Return whether staff sign in at readers' own address: they have a PIN, and no other place."""
    return not config().staff_bind and accounts().has_pin


def desk() -> Desk:
    """Return who is signed in."""
    return cast("Desk", current_app.extensions["desk"])


def door() -> PrivilegedDoor:
    """Return the way to what only root may do."""
    return cast("PrivilegedDoor", current_app.extensions["door"])


def book() -> PointBook:
    """Return what staff chose for this point."""
    return cast("PointBook", current_app.extensions["point"])


def state() -> Path:
    """Return the folder of what this point writes."""
    return state_of(config())


def board() -> Board:
    """Return the tasks of this point."""
    return Board(state())


def phone() -> str:
    """Return the address of who asks."""
    return request.remote_addr or ""


def is_at_the_box() -> bool:
    """Return whether the request comes from the box's own screen.

    Neither a proxy before us nor a page of elsewhere looks like that.
    """
    headers = ("Forwarded", "X-Forwarded-For", "Via")
    if any(one in request.headers for one in headers):
        return False
    try:
        is_here = ipaddress.ip_address(phone()).is_loopback
    except ValueError:
        return False
    return is_here and bare_host(request.host) in {"localhost", "127.0.0.1", "[::1]"}


def show(template: str, **values: Any) -> str:
    """Return a page of the console."""
    return render_template(
        f"staff/{template}",
        task=board().task(),
        told=request.args.get("told", ""),
        is_signed_in=is_signed_in(),
        **values,
    )


def go(place: str, told: str = "") -> Response:
    """Send the browser to a page of the console.

    Args:
        told: What is said there about what was done; a key of words.TOLD.
    """
    response = redirect(f"{PATH}{place}" + (f"?told={told}" if told else ""), 303)
    assert isinstance(response, Response)
    return response
