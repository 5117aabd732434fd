"""Only who stands at the box makes the PIN, only who knows it comes in, and guessing is slow."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.accounts import (
    FREE_TRIES,
    FREE_TRIES_OF_ALL,
    SESSION_S,
    Accounts,
    Desk,
    LockedOutError,
    StaffError,
    WeakPinError,
    WrongPinError,
    wait_after,
)
from kiosk.cli import cli

PIN = "274951"
PHONE = "10.42.0.2"


class Clock:
    """Seconds that tests move."""

    now = 500.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk(clock)


@pytest.fixture
def accounts(tmp_path: Path, desk: Desk) -> Accounts:
    return Accounts(tmp_path / "state", desk)


def test_the_code_on_the_screen_makes_the_first_pin_once(
    accounts: Accounts, desk: Desk, tmp_path: Path
) -> None:
    assert not accounts.has_pin
    code = accounts.code()
    assert accounts.code() == code
    assert desk.is_open(accounts.make_pin(code, PIN, PHONE))
    kept = tmp_path / "state" / "staff.json"
    assert PIN not in kept.read_text()
    assert json.loads(kept.read_text())["pin"].startswith("scrypt:")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not (tmp_path / "state" / "staff-code").exists()
    with pytest.raises(WrongPinError):
        accounts.make_pin(code, "604417", PHONE)
    with pytest.raises(StaffError):
        accounts.code()
    assert desk.is_open(accounts.sign_in(PIN, PHONE))


def test_there_is_no_pin_before_staff_made_one(accounts: Accounts) -> None:
    for guess in ("", "000000", "123456", accounts.code()):
        with pytest.raises(WrongPinError):
            accounts.sign_in(guess, "10.42.0.9")


def test_the_code_is_not_the_same_on_two_boxes(tmp_path: Path, desk: Desk) -> None:
    assert len({Accounts(tmp_path / str(n), desk).code() for n in range(5)}) > 1


@pytest.mark.parametrize(
    "pin", ["", "12345", "1234567890123", "abcdef", "123456", "987654", "777777", "１２３４５６７"]
)
def test_a_pin_that_would_be_guessed_is_refused(accounts: Accounts, pin: str) -> None:
    with pytest.raises(WeakPinError):
        accounts.make_pin(accounts.code(), pin, PHONE)
    assert not accounts.has_pin


def test_guessing_locks_out_the_phone_then_longer_and_longer(
    accounts: Accounts, clock: Clock
) -> None:
    accounts.make_pin(accounts.code(), PIN, PHONE)
    for _ in range(FREE_TRIES):
        with pytest.raises(WrongPinError):
            accounts.sign_in("000000", PHONE)
    with pytest.raises(LockedOutError) as locked:
        accounts.sign_in(PIN, PHONE)
    assert locked.value.wait_s == 60
    accounts.sign_in(PIN, "10.42.0.3")
    clock.now += 60
    with pytest.raises(WrongPinError):
        accounts.sign_in("000000", PHONE)
    with pytest.raises(LockedOutError) as locked:
        accounts.sign_in(PIN, PHONE)
    assert locked.value.wait_s == 120
    clock.now += 120
    accounts.sign_in(PIN, PHONE)
    with pytest.raises(WrongPinError):
        accounts.sign_in("000000", PHONE)


def test_many_phones_together_are_locked_out_too(accounts: Accounts, desk: Desk) -> None:
    accounts.make_pin(accounts.code(), PIN, PHONE)
    for number in range(FREE_TRIES_OF_ALL):
        desk.begin_try(f"10.42.1.{number}")
    with pytest.raises(LockedOutError):
        accounts.sign_in(PIN, "10.42.2.1")


def test_a_phone_that_is_locked_out_locks_out_nobody_else(accounts: Accounts, desk: Desk) -> None:
    accounts.make_pin(accounts.code(), PIN, PHONE)
    for number in range(FREE_TRIES_OF_ALL * 2):
        if number < FREE_TRIES:
            desk.begin_try(PHONE)
        else:
            with pytest.raises(LockedOutError):
                desk.begin_try(PHONE)
    accounts.sign_in(PIN, "10.42.0.3")


def test_guessing_the_code_is_slow_as_well(accounts: Accounts) -> None:
    accounts.code()
    for _ in range(FREE_TRIES):
        with pytest.raises(WrongPinError):
            accounts.make_pin("x", PIN, PHONE)
    with pytest.raises(LockedOutError):
        accounts.make_pin(accounts.code(), PIN, PHONE)


@pytest.mark.parametrize(
    ("tries", "wait"), [(0, 0), (4, 0), (5, 60), (6, 120), (10, 1920), (11, 3600), (5000, 3600)]
)
def test_waits_double_up_to_an_hour(tries: int, wait: float) -> None:
    assert wait_after(tries, 5, 3600) == wait


def test_a_session_ends_after_a_day_at_work_by_sign_out_and_with_the_pin(
    accounts: Accounts, desk: Desk, clock: Clock
) -> None:
    first = accounts.make_pin(accounts.code(), PIN, PHONE)
    second = accounts.sign_in(PIN, PHONE)
    desk.close_session(second)
    assert (desk.is_open(first), desk.is_open(second)) == (True, False)
    third = accounts.change_pin(PIN, "905318", PHONE)
    assert (desk.is_open(first), desk.is_open(third)) == (False, True)
    with pytest.raises(WrongPinError):
        accounts.sign_in(PIN, PHONE)
    clock.now += SESSION_S
    assert not desk.is_open(third)
    assert not desk.is_open("")
    assert not desk.is_open("\udcff")


def test_the_settings_code_makes_a_first_pin_and_a_new_one(tmp_path: Path, desk: Desk) -> None:
    accounts = Accounts(tmp_path, desk, "lan-2026")
    accounts.make_pin("lan-2026", PIN, PHONE)
    accounts.make_pin("lan-2026", "905318", PHONE)
    accounts.sign_in("905318", PHONE)
    assert not (tmp_path / "staff-code").exists()


def test_a_damaged_pin_lets_nobody_in_and_says_what_to_do(
    accounts: Accounts, tmp_path: Path
) -> None:
    accounts.make_pin(accounts.code(), PIN, PHONE)
    (tmp_path / "state" / "staff.json").write_text("{")
    assert accounts.has_pin
    with pytest.raises(StaffError, match="staff reset"):
        accounts.sign_in(PIN, PHONE)


def test_the_command_shows_the_code_and_begins_anew(accounts: Accounts, tmp_path: Path) -> None:
    options = ["--state", str(tmp_path / "state")]
    shown = CliRunner().invoke(cli, ["staff", "code", *options])
    assert shown.output.split()[-1] == accounts.code()
    accounts.make_pin(accounts.code(), PIN, PHONE)
    assert CliRunner().invoke(cli, ["staff", "code", *options]).exit_code != 0
    done = CliRunner().invoke(cli, ["staff", "reset", *options])
    assert not accounts.has_pin
    assert accounts.code() in done.output
