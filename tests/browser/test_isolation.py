"""A hostile archive can do nothing but be read; an honest one with scripts works."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from content.library import change
from tests.browser.attacker import (
    FILES,
    WAYS,
    Attacker,
    attacking,
    friendly_archive,
    hostile_archive,
    victim_archive,
)
from tests.browser.conftest import Phone, open_phone, serving, two_free_ports
from tests.browser.test_reading import choose
from tests.kiosk.conftest import NOW

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
WAIT_S = 15
BY_NAME, BY_ADDRESS = "localhost", "127.0.0.1"
FRAMED, ALONE, FROM_APP = "framed", "alone", "from the app"
# What the page of attacks tells the attacker's server, each by another means.
TOLD = set(re.findall(r'^tell\("([^"]+)"', (FILES / "attack.js").read_text("utf-8"), re.MULTILINE))
TOLD |= {"open", "base"}
# No browser can be told to make no calls (WebRTC) yet: docs/explanation/security.md.
LIMIT = "call"


@dataclass(frozen=True)
class Field:
    """A reading point with a hostile, a friendly and a victim archive, and the attacker."""

    port: int
    attacker: Attacker

    def app(self, host: str) -> str:
        return f"http://{host}:{self.port}"

    @property
    def naive(self) -> str:
        return f"http://127.0.0.1:{self.attacker.naive}"

    def page(self, host: str, how: str, book: str, path: str) -> str:
        """Return where a page of an archive is read: our viewer, alone, or sent by the app."""
        if how == FROM_APP:
            return f"{self.app(host)}/content/{book}/{path}"
        if how == FRAMED:
            return f"{self.app(host)}/view/{book}/{path}"
        name = f"z-{book}.content.localhost" if host == BY_NAME else host
        return f"http://{name}:{self.port + 1}/content/{book}/{path}"


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    base = tmp_path_factory.mktemp("isolation")
    port = two_free_ports()
    with attacking(port) as (attacker, pages):
        files = [
            hostile_archive(base / "hostile.zim", pages),
            victim_archive(base / "victim.zim"),
            friendly_archive(base / "friendly.zim"),
        ]
        change.add(base / "library", files, now=NOW, report=lambda *_: None)
        with serving(base / "library", port=port):
            yield Field(port, attacker)


def wait(fact: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not fact():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)


def enter(browser: Chrome) -> None:
    """Look into the frame of the page."""
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))


def run(browser: Chrome, script: str) -> Any:
    return browser.execute_script(script)


def outcomes(browser: Chrome, address: str, *, framed: bool) -> dict[str, str]:
    """Open the page of attacks and return how each went."""
    browser.get(address)
    if framed:
        enter(browser)
    wait(lambda: run(browser, "return document.title") == "done", "the attacks to end")
    found: dict[str, str] = run(browser, "return outcomes")
    browser.switch_to.default_content()
    return found


def choose_paper(browser: Chrome, app: str) -> None:
    """Choose colours and leave traces in the app's own storage."""
    choose(browser, app, "theme/sepia")
    leave_traces(browser)


def leave_traces(browser: Chrome) -> None:
    """Keep something in the storage of the page's origin."""
    run(browser, "localStorage.setItem('diemdoc.places', '[\"SECRET\"]')")
    browser.execute_async_script("indexedDB.open('SECRET').onsuccess = arguments[0]")


def html_class(browser: Chrome) -> str:
    return str(run(browser, "return document.documentElement.className"))


@pytest.fixture(scope="module")
def naive(field: Field, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Yield a phone at the reading point without protection, with something to steal."""
    browser = open_phone(tmp_path_factory.mktemp("profile"))
    browser.get(field.naive)
    run(browser, "document.cookie = 'theme=sepia'")
    leave_traces(browser)
    yield browser
    browser.quit()


def test_every_attack_works_where_nothing_protects(field: Field, naive: Chrome) -> None:
    seen = field.attacker.forget()
    found = outcomes(naive, f"{field.naive}/wrap/attack_html", framed=True)
    assert [one for one, how in found.items() if how != "SUCCESS"] == []
    assert len(found) >= 25
    # Only a window of its own fetches ahead.
    assert TOLD - seen.names == {"guess"}
    naive.get(f"{field.naive}/content/hostile/attack.html")
    wait(lambda: "guess" in seen.names, "the page to be fetched ahead")
    assert {one.partition("?")[2] for one in seen.posts} == {"fetch", "beacon", "form"}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_out_works_where_nothing_protects(field: Field, naive: Chrome, way: str) -> None:
    naive.get(f"{field.naive}/front")
    seen = field.attacker.forget()
    page = f"{field.naive}/wrap/leave-{way}_html"
    naive.get(page)
    if way == "history":
        wait(lambda: naive.current_url != page, "the way back")
    else:
        wait(lambda: f"leave-{way}" in seen.names, "the way out")
    first, *more = naive.window_handles
    for one in more:
        naive.switch_to.window(one)
        naive.close()
    naive.switch_to.window(first)


@pytest.mark.parametrize("how", [FRAMED, ALONE, FROM_APP])
@pytest.mark.parametrize("host", [BY_NAME, BY_ADDRESS])
def test_a_hostile_archive_gets_nothing(field: Field, phone: Phone, host: str, how: str) -> None:
    browser = phone()
    choose_paper(browser, field.app(host))
    browser.get(field.page(host, ALONE, "victim", "keep.html"))
    wait(lambda: run(browser, "return document.title") == "kept", "the victim's traces")
    seen = field.attacker.forget()
    framed = how == FRAMED
    found = outcomes(browser, field.page(host, how, "hostile", "attack.html"), framed=framed)
    assert [one for one, got in found.items() if got == "SUCCESS"] == []
    assert len(found) >= 25
    # A window of its own can go anywhere, so it may also fetch ahead.
    assert seen.names - ({LIMIT} if framed else {LIMIT, "guess"}) == set()
    browser.get(f"{field.app(host)}/display")
    assert "theme-sepia" in html_class(browser)
    cookies = browser.execute_cdp_cmd("Network.getAllCookies", {})["cookies"]
    of_app = [(one["name"], one["value"]) for one in cookies if one["domain"].endswith(host)]
    assert [one for one in of_app if one == ("theme", "sepia")] == [("theme", "sepia")]
    assert [one for one in cookies if one["domain"] == f".{host}"] == []


@pytest.mark.parametrize("host", [BY_NAME, BY_ADDRESS])
def test_a_hostile_page_cannot_leave_its_frame(field: Field, phone: Phone, host: str) -> None:
    browser = phone()
    for way in WAYS:
        browser.get(f"{field.app(host)}/")
        seen = field.attacker.forget()
        page = field.page(host, FRAMED, "hostile", f"leave-{way}.html")
        browser.get(page)
        time.sleep(1)
        assert browser.current_url == page, way
        assert len(browser.window_handles) == 1, way
        assert seen.names == set(), way


@pytest.mark.parametrize(
    ("host", "missing"), [(BY_NAME, set()), (BY_ADDRESS, {"storage", "worker"})]
)
def test_an_honest_archive_with_scripts_works(
    field: Field, phone: Phone, host: str, missing: set[str]
) -> None:
    browser = phone()
    browser.get(field.page(host, FRAMED, "friendly", "index.html"))
    enter(browser)
    wait(lambda: run(browser, "return document.title") == "done", "the page to try all")
    works: dict[str, object] = run(browser, "return works")
    assert {one for one, how in works.items() if how is not True} == missing
    assert len(works) == 11
    run(browser, "document.forms[0].submit()")
    wait(lambda: "q=yes" in run(browser, "return location.search"), "its own form")
