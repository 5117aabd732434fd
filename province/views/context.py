"""What every view needs: settings, database, desk, and who is signed in."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import Response, current_app, redirect, request, session
from sqlalchemy import Engine
from werkzeug.wrappers import Response as AnyResponse

from province import accounts
from province.config import ProvinceConfig
from province.statistics import Desk

_P = ParamSpec("_P")
_R = TypeVar("_R")


def config() -> ProvinceConfig:
    """Return the settings of this server."""
    return cast("ProvinceConfig", current_app.extensions["config"])


def database() -> Engine:
    """Return its database."""
    return cast("Engine", current_app.extensions["database"])


def desk() -> Desk:
    """Return the desk that takes messages."""
    return cast("Desk", current_app.extensions["desk"])


def signed_in() -> str:
    """Return who is signed in, or ""."""
    name = session.get("account", "")
    return name if isinstance(name, str) and name and accounts.exists(database(), name) else ""


def staff_only(view: Callable[_P, _R]) -> Callable[_P, _R | Response]:
    """Let only those who are signed in see a page; others are asked to."""

    @wraps(view)
    def guarded(*arguments: _P.args, **named: _P.kwargs) -> _R | Response:
        if signed_in():
            return view(*arguments, **named)
        session.clear()
        session["next"] = request.full_path.rstrip("?")
        return go("/sign-in")

    return guarded


def go(place: str) -> Response:
    """Return a redirect to a path of this site."""
    answer: AnyResponse = redirect(place, 303)
    assert isinstance(answer, Response)
    return answer
