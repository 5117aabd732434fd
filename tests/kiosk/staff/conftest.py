"""A console over a library of one's own, with a worker that only takes what is asked."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from kiosk.accounts import Desk
from kiosk.app import Shared, create_app
from kiosk.captive import Guests
from kiosk.config import KioskConfig, state_of
from kiosk.tasks.board import Board, Task

PIN = "274951"
OURS = {"Origin": "http://localhost"}


class Clock:
    """Seconds that tests move."""

    now = 500.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Door:
    """A door that writes down what it is asked."""

    is_there = True
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def ask(self, verb: str, **arguments: Any) -> None:
        self.asked.append((verb, arguments))


@dataclass
class Console:
    """A console and a browser before it."""

    browser: FlaskClient
    config: KioskConfig
    clock: Clock
    door: Door

    def post(self, path: str, **form: Any) -> Any:
        return self.browser.post(path, data=form, headers=OURS)

    def get(self, path: str) -> Any:
        return self.browser.get(path)

    @property
    def state(self) -> Path:
        return state_of(self.config)

    def task(self) -> Task:
        task = Board(self.state).task()
        assert task is not None
        return task

    def sign_in(self) -> "Console":
        """Make the PIN and answer the first questions."""
        self.get("/staff/first")
        code = (self.state / "staff-code").read_text()
        assert self.post("/staff/first", code=code, pin=PIN, again=PIN).status_code == 303
        assert self.post("/staff/start", point_name="Mường Mẫu", locale="vi").status_code == 303
        return self


Maker = Callable[..., Console]


@pytest.fixture
def library(library_root: Path, tmp_path: Path) -> Path:
    """Return a library of one's own to change."""
    shutil.copytree(library_root, tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture
def make_console(tmp_path: Path) -> Maker:
    def make(**settings: Any) -> Console:
        config = KioskConfig(**{"library": tmp_path / "library", **settings})
        clock, door = Clock(), Door()
        app = create_app(config, Shared(Guests(clock), Desk(clock)))
        app.extensions["door"] = door
        return Console(app.test_client(), config, clock, door)

    return make


@pytest.fixture
def console(make_console: Maker, library: Path) -> Console:
    return make_console(library=library).sign_in()


@pytest.fixture
def worker(console: Console) -> Iterator[Board]:
    """Be a worker that does nothing, so that tests see what was asked."""
    with Board(console.state).work():
        yield Board(console.state)
