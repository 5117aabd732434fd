"""The console lets in who stands at the box first, then who knows the PIN, and nobody else."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from kiosk.accounts import FREE_TRIES, SESSION_S
from kiosk.app import create_app
from tests.kiosk.staff.conftest import OURS, PIN, Console, Maker

PHONE = {"REMOTE_ADDR": "10.42.0.7"}


def pages(app: Flask) -> list[tuple[str, str]]:
    """Return method and path of every page of the console."""
    values = {"name": "others", "size": "a4", "form": "svg", "remedy": "verify", "verb": "reboot"}
    found = []
    for rule in app.url_map.iter_rules():
        if str(rule).startswith("/staff/"):
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: values[match[1]], str(rule))
            found += [(method, path) for method in rule.methods or () if method in {"GET", "POST"}]
    return found


def test_every_page_but_two_is_for_who_is_signed_in(console: Console, make_console: Maker) -> None:
    stranger = make_console(library=console.config.library)
    listed = pages(stranger.browser.application)
    assert len(listed) > 25
    for method, path in listed:
        answer = stranger.browser.open(path, method=method, headers=OURS, environ_base=PHONE)
        if path in {"/staff/sign-in", "/staff/first"}:
            assert answer.status_code in {200, 403}
        else:
            assert answer.status_code == 303, (method, path)
            assert answer.headers["Location"] == "/staff/sign-in"
        assert "others" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"


def test_nothing_changes_by_a_page_of_elsewhere(console: Console) -> None:
    for method, path in pages(console.browser.application):
        if method == "POST":
            for headers in ({}, {"Origin": "null"}, {"Origin": "http://z-x.content.localhost:81"}):
                answer = console.browser.post(path, headers=headers)
                assert answer.status_code == 403, path
    assert console.door.asked == []


def test_the_first_visit_makes_the_pin_then_asks_three_questions(
    make_console: Maker, tmp_path: Path
) -> None:
    console = make_console()
    assert console.get("/staff/").headers["Location"] == "/staff/first"
    page = console.get("/staff/first").text
    code = (console.state / "staff-code").read_text()
    assert code in page
    answer = console.post("/staff/first", code=code, pin=PIN, again=PIN)
    assert answer.headers["Location"] == "/staff/start"
    cookie = answer.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/staff/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert console.get("/staff/").headers["Location"] == "/staff/start"
    answer = console.post(
        "/staff/start", point_name="Điểm đọc Pa Tần", place="Pa Tần", locale="vi", province_code=""
    )
    assert answer.headers["Location"] == "/staff/?told=saved"
    assert "Điểm đọc Pa Tần" in console.get("/").text
    assert "Điểm đọc Pa Tần" in console.get("/staff/").text


def test_the_code_is_shown_at_the_box_only(make_console: Maker) -> None:
    console = make_console()
    shown = console.get("/staff/first").text
    code = (console.state / "staff-code").read_text()
    assert code in shown
    for environ, headers in (
        (PHONE, {}),
        ({}, {"Host": "10.42.0.1"}),
        ({}, {"Host": "evil.example"}),
        ({}, {"X-Forwarded-For": "10.42.0.7"}),
        ({}, {"Forwarded": "for=10.42.0.7"}),
    ):
        page = console.browser.get("/staff/first", environ_base=environ, headers=headers)
        assert code not in page.text, (environ, headers)


def test_a_wrong_code_or_two_different_pins_make_none(make_console: Maker) -> None:
    console = make_console()
    console.get("/staff/first")
    code = (console.state / "staff-code").read_text()
    assert "không giống nhau" in console.post("/staff/first", code=code, pin=PIN, again="1").text
    assert "dễ đoán" in console.post("/staff/first", code=code, pin="111111", again="111111").text
    wrong = console.post("/staff/first", code="no", pin=PIN, again=PIN)
    assert (wrong.status_code, "Chưa đúng" in wrong.text) == (403, True)
    assert not (console.state / "staff.json").exists()


def test_signing_in_out_and_the_end_of_the_day(console: Console) -> None:
    assert console.get("/staff/").status_code == 200
    token = console.browser.get_cookie("staff", path="/staff/")
    assert token is not None
    console.post("/staff/sign-out")
    assert console.get("/staff/").headers["Location"] == "/staff/sign-in"
    console.browser.set_cookie("staff", token.value, path="/staff/")
    assert console.get("/staff/").status_code == 303
    assert console.post("/staff/sign-in", pin=PIN).headers["Location"] == "/staff/"
    assert console.get("/staff/").status_code == 200
    console.clock.now += SESSION_S
    assert console.get("/staff/").status_code == 303


def test_guessing_is_told_and_slowed(console: Console) -> None:
    console.post("/staff/sign-out")
    for _ in range(FREE_TRIES):
        assert console.post("/staff/sign-in", pin="000000").status_code == 403
    locked = console.post("/staff/sign-in", pin=PIN)
    assert locked.status_code == 403
    assert "Hãy đợi 1 phút" in locked.text
    console.clock.now += 60
    assert console.post("/staff/sign-in", pin=PIN).status_code == 303


def test_a_new_pin_signs_everybody_else_out(console: Console) -> None:
    other = console.browser.application.test_client()
    other.post("/staff/sign-in", data={"pin": PIN}, headers=OURS)
    assert other.get("/staff/").status_code == 200
    assert console.post("/staff/pin", old="000000", pin="905318").status_code == 409
    answer = console.post("/staff/pin", old=PIN, pin="905318")
    assert answer.headers["Location"] == "/staff/settings?told=pin"
    assert other.get("/staff/").status_code == 303
    assert console.get("/staff/").status_code == 200


def test_the_console_is_only_on_its_own_port_when_one_is_set(make_console: Maker) -> None:
    console = make_console(staff_bind="10.42.0.1:8090")
    for port, status in (("8080", 404), ("80", 404), ("8090", 200)):
        answer = console.browser.get("/staff/first", environ_overrides={"SERVER_PORT": port})
        assert answer.status_code == status
    faked = console.browser.get(
        "/staff/first", headers={"Host": "x:8090"}, environ_overrides={"SERVER_PORT": "80"}
    )
    assert faked.status_code == 404


def test_a_settings_code_makes_a_new_pin_without_the_old_one(console: Console) -> None:
    config = replace(console.config, staff_code="lan-2026")
    other = create_app(config).test_client()
    assert "diemdoc.toml" not in other.get("/staff/first").text
    form = {"code": "lan-2026", "pin": "905318", "again": "905318"}
    answer = other.post("/staff/first", data=form, headers=OURS)
    assert answer.headers["Location"] == "/staff/settings"


def test_without_it_a_pin_that_is_made_cannot_be_made_again(console: Console) -> None:
    form = {"code": "", "pin": "905318", "again": "905318"}
    other = create_app(console.config).test_client()
    assert other.post("/staff/first", data=form, headers=OURS).status_code == 403


@pytest.mark.parametrize("name", ["point.json", "staff-code"])
def test_damaged_state_is_no_traceback(make_console: Maker, tmp_path: Path, name: str) -> None:
    console = make_console()
    console.state.mkdir(parents=True)
    (console.state / name).write_bytes(b"\xff{")
    assert console.get("/").status_code == 200
    assert console.get("/staff/first").status_code in {200, 409}
