"""Staff before the touch screen see what a stick holds, how far it is, when to pull it out."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from content.files import exclusive
from kiosk.accounts import Accounts, Desk
from kiosk.app import create_app
from kiosk.config import KioskConfig, state_of
from kiosk.tasks.board import Board, Kind, Stage
from provisioning.sticks import REFUSED
from tests.content.sync.province_desk import Province, media_archive


@pytest.fixture
def config(tmp_path: Path) -> KioskConfig:
    return KioskConfig(library=tmp_path / "library", sticks=str(tmp_path / "sticks"))


@pytest.fixture
def screen(config: KioskConfig) -> FlaskClient:
    return create_app(config).test_client()


@pytest.fixture
def stick(config: KioskConfig) -> Path:
    folder = Path(config.sticks) / "sda1"
    folder.mkdir(parents=True)
    return folder


def told(screen: FlaskClient) -> tuple[str, int | None]:
    answer = screen.get("/touch/stick").json
    assert answer is not None
    assert bool(answer["title"]) == (answer["state"] != "none")
    return answer["state"], answer["percent"]


def test_nothing_is_said_without_a_stick_or_with_one_of_photographs(
    screen: FlaskClient, config: KioskConfig
) -> None:
    assert told(screen) == ("none", None)
    (Path(config.sticks) / "sda1").mkdir(parents=True)
    assert told(screen) == ("none", None)


def test_a_stick_that_cannot_be_read_is_told_of_until_it_is_pulled_out(
    screen: FlaskClient, config: KioskConfig
) -> None:
    word = Path(config.sticks) / f"KINGSTON{REFUSED}"
    word.parent.mkdir(parents=True)
    word.touch()
    assert told(screen) == ("refused", None)
    answer = screen.get("/touch/stick").json
    assert answer is not None
    assert "Không đọc được USB" in answer["title"]
    assert "điện thoại" in answer["hint"]
    word.unlink()
    assert told(screen) == ("none", None)


def test_a_stick_of_the_province_is_offered_to_staff(
    screen: FlaskClient, config: KioskConfig, stick: Path, tmp_path: Path
) -> None:
    province = Province(tmp_path / "province")
    media_archive(province.folder() / "a.zim", {"a.jpg": b"picture"})
    province.publish()
    province.tree.rename(stick / "diemdoc")
    assert told(screen) == ("offered", None)
    # Nothing leads to staff from here yet, so nothing is there to touch.
    assert "điện thoại" in screen.get("/touch/stick").json["hint"]  # type: ignore[index]
    accounts = Accounts(state_of(config), Desk())
    accounts.make_pin(accounts.code(), "274951", "")
    assert "chạm vào đây" in screen.get("/touch/stick").json["hint"]  # type: ignore[index]


def test_the_screen_leads_to_staff_once_they_have_a_pin(
    screen: FlaskClient, config: KioskConfig
) -> None:
    """Before that whoever stands there could take the point over."""
    assert "data-stick" in screen.get("/touch/").text
    assert 'href="/staff/update"' not in screen.get("/touch/").text
    accounts = Accounts(state_of(config), Desk())
    accounts.make_pin(accounts.code(), "274951", "")
    assert 'href="/staff/update"' in screen.get("/touch/").text
    page = screen.get("/staff/sign-in").text
    assert "keyboard.js" in page
    assert "on-touch" in page


def test_a_task_tells_how_far_it_is_and_how_it_ended(
    screen: FlaskClient, config: KioskConfig, stick: Path
) -> None:
    board = Board(state_of(config))
    with board.work():
        task = board.ask(Kind.STICK, folder=str(stick))
        assert told(screen) == ("working", None)
        board.tell(task.identifier, stage=Stage.UNDER_WAY, done=30, total=120)
        assert told(screen) == ("working", 25)
        board.tell(task.identifier, stage=Stage.FAILED)
        assert told(screen) == ("failed", None)
        board.tell(task.identifier, stage=Stage.DONE)
        assert told(screen) == ("done", None)
        stick.rename(stick.with_name("sda10"))  # another stick has nothing to do with it
        assert told(screen) == ("none", None)


def test_an_import_that_began_by_itself_is_seen(
    screen: FlaskClient, config: KioskConfig, stick: Path
) -> None:
    with exclusive(config.library / "incoming" / "lock", "busy"):
        assert told(screen) == ("working", None)
    assert told(screen) == ("none", None)


def test_only_the_screen_of_this_machine_may_ask(screen: FlaskClient) -> None:
    answer = screen.get("/touch/stick", environ_base={"REMOTE_ADDR": "10.42.0.9"})
    assert answer.status_code == 403
