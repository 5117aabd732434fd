"""A phone is led to the portal, its reader taps, and for four hours it stays; each on its own."""

import os
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.app import Shared, create_app
from kiosk.captive import ACCEPTED_S, PROBES, Guests
from kiosk.config import KioskConfig
from kiosk.shared import Entry, Ledger
from tests.kiosk import phones
from tests.kiosk.phones import Android, Answer, Ask

HOST = "diemdoc.lan"
PORTAL = f"http://{HOST}/captive/"
PHONES = [f"10.42.0.{number}" for number in range(2, 6)]


class Clock:
    """Seconds that tests move."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Flask:
    library = tmp_path / "library"
    config = KioskConfig(library, bind="0.0.0.0:80", host=HOST, content_host="sach.lan")
    return create_app(config, Shared(Guests(clock)))


def asker(app: Flask, phone: str = PHONES[0]) -> Ask:
    client = app.test_client()

    def ask(host: str, path: str) -> Answer:
        got = client.get(path, headers={"Host": host}, environ_base={"REMOTE_ADDR": phone})
        assert got.headers["Cache-Control"] == "no-store"
        return Answer(got.status_code, got.text, got.headers.get("Location", ""))

    return ask


def tap(app: Flask, phone: str = PHONES[0]) -> None:
    got = app.test_client().post(
        "/captive/accept", headers={"Host": HOST}, environ_base={"REMOTE_ADDR": phone}
    )
    assert got.status_code == 303


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("connectivitycheck.gstatic.com", "/generate_204"),
        ("clients3.google.com", "/generate_204"),
        ("www.google.com", "/gen_204"),
        ("connect.rom.miui.com", "/generate_204"),
        ("connectivitycheck.platform.hicloud.com", "/generate_204"),
    ],
)
def test_android_sees_a_portal_before_the_tap_and_is_content_after(
    app: Flask, host: str, path: str
) -> None:
    phone = Android(asker(app), host, path)
    assert phone.evaluate() == PORTAL
    tap(app)
    phone.finish_sign_in()
    assert phone.evaluate() == "VALIDATED"


def test_android_would_not_be_content_without_the_portal(app: Flask) -> None:
    """The reason for the tap: 204 at once leaves a phone on its mobile data."""
    tap(app)
    assert Android(asker(app)).evaluate() == "PARTIAL"


@pytest.mark.parametrize("system", ["apple", "windows", "firefox", "network_manager"])
def test_other_systems_see_a_portal_before_and_are_online_after(app: Flask, system: str) -> None:
    look = getattr(phones, system)
    assert look(asker(app)) == PORTAL
    tap(app)
    assert look(asker(app)) == "ONLINE"


@pytest.mark.parametrize("path", sorted(PROBES))
def test_every_probe_is_led_then_answered_then_led_again(
    app: Flask, clock: Clock, path: str
) -> None:
    ask = asker(app)
    for query in ("", "?ipv4", "?x=1&y=2"):
        assert ask("any.example", path + query) == Answer(302, ask("x.example", path).body, PORTAL)
    tap(app)
    clock.now += ACCEPTED_S - 1
    found = ask("any.example", path + "?ipv4")
    assert (found.status, found.body, found.location) == (
        PROBES[path].status,
        PROBES[path].body,
        "",
    )
    clock.now += 1
    assert ask("any.example", path).location == PORTAL


def test_windows_browser_lands_in_the_library_after_the_tap(app: Flask) -> None:
    tap(app)
    assert asker(app)("www.msftconnecttest.com", "/redirect").location == f"http://{HOST}/"


def test_another_sites_name_leads_to_the_portal_and_then_to_the_library(app: Flask) -> None:
    ask = asker(app)
    assert ask("vnexpress.net", "/tin/1.html").location == PORTAL
    assert ask("evil.example", "/staff/").location == PORTAL
    tap(app)
    assert ask("vnexpress.net", "/tin/1.html").location == f"http://{HOST}/"


@pytest.mark.parametrize("host", [HOST, "10.42.0.1", "198.51.100.1", "localhost:8080"])
def test_our_own_names_and_addresses_are_the_library(app: Flask, host: str) -> None:
    client = app.test_client()
    assert client.get("/", headers={"Host": host}).status_code == 200


def test_phones_are_told_apart(app: Flask) -> None:
    tap(app, PHONES[0])
    assert asker(app, PHONES[0])("x.example", "/gen_204").status == 204
    assert asker(app, PHONES[1])("x.example", "/gen_204").status == 302


def test_the_portal_needs_no_script_no_cookie_and_speaks_two_languages(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    page = client.get("/captive/", headers={"Host": HOST})
    assert "Vào thư viện" in page.text
    assert HOST in page.text
    assert "<svg" in page.text
    assert "<script" not in page.text
    english = client.get("/captive/?lang=en", headers={"Host": HOST}).text
    assert "Into the library" in english
    done = client.post("/captive/accept", data={"lang": "en"}, headers={"Host": HOST})
    assert done.headers["Location"] == "/captive/in?lang=en"
    assert "You are in" in client.get("/captive/in?lang=en", headers={"Host": HOST}).text


def test_programs_are_told_as_rfc_8908_says(app: Flask, clock: Clock) -> None:
    client = app.test_client()
    got = client.get("/captive/api", headers={"Host": HOST})
    assert got.mimetype == "application/captive+json"
    assert got.headers["Cache-Control"] == "private, no-store"
    assert got.json == {
        "captive": True,
        "user-portal-url": PORTAL,
        "venue-info-url": f"http://{HOST}/",
        "can-extend-session": True,
    }
    tap(app, "127.0.0.1")
    clock.now += 60
    got = client.get("/captive/api", headers={"Host": HOST})
    assert got.json is not None
    assert got.json["captive"] is False
    assert got.json["seconds-remaining"] == ACCEPTED_S - 60


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["tap", "ask"]), st.sampled_from(PHONES), st.floats(0, ACCEPTED_S)
        ),
        max_size=40,
    )
)
def test_a_phone_is_in_exactly_when_its_last_tap_is_under_four_hours_old(
    events: list[tuple[str, str, float]],
) -> None:
    clock = Clock()
    guests = Guests(clock)
    taps: dict[str, float] = {}
    for what, phone, later in events:
        clock.now += later
        if what == "tap":
            guests.accept(phone)
            taps[phone] = clock.now
        for one in PHONES:
            is_in = one in taps and clock.now < taps[one] + ACCEPTED_S
            assert guests.is_accepted(one) == is_in


def test_a_full_table_forgets_the_phone_that_tapped_first(clock: Clock) -> None:
    guests = Guests(clock, phones=3)
    for phone in PHONES:
        clock.now += 1
        guests.accept(phone)
    assert [guests.is_accepted(one) for one in PHONES] == [False, True, True, True]


@pytest.mark.parametrize("address", ["", "unix:", "10.0.0", "x" * 300])
def test_what_is_no_address_is_never_in(clock: Clock, address: str) -> None:
    guests = Guests(clock)
    guests.accept(address)
    assert not guests.is_accepted(address)


def test_ipv4_in_ipv6_is_the_same_phone_and_zones_are_left_out(clock: Clock) -> None:
    guests = Guests(clock)
    guests.accept("10.42.0.2")
    guests.accept("fe80::1%wlan0")
    assert guests.is_accepted("::ffff:10.42.0.2")
    assert guests.is_accepted("fe80::1")


def test_workers_of_a_server_know_the_same_phones(clock: Clock) -> None:
    guests = Guests(clock)
    for number in range(4):
        child = os.fork()
        if child == 0:
            for step in range(50):
                guests.accept(f"10.{number}.0.{step}")
            os._exit(0)
    codes = [os.waitpid(-1, 0)[1] for _ in range(4)]
    assert codes == [0, 0, 0, 0]
    known = [guests.is_accepted(f"10.{n}.0.{step}") for n in range(4) for step in range(50)]
    assert all(known)


def test_a_worker_killed_in_the_middle_leaves_no_lock() -> None:
    ledger = Ledger(4)

    def die(_: Entry) -> Entry:
        os.kill(os.getpid(), 9)
        raise AssertionError

    child = os.fork()
    if child == 0:
        ledger.change(b"x" * 16, die)
    assert os.waitpid(child, 0)[1] == 9
    assert ledger.change(b"y" * 16, lambda _: Entry(1, 2)) == Entry(1, 2)
    assert ledger.get(b"x" * 16) == Entry()
