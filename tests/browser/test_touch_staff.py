"""Staff put a stick in and sign in on the touch screen with its keys; every target is large."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from kiosk.accounts import Accounts, Desk
from tests.browser.conftest import open_phone, serving
from tests.browser.test_accessible import axe
from tests.browser.test_comfort import press
from tests.browser.test_reading import wait
from tests.browser.test_touch import SMALL, TARGET_PX, later
from tests.content.sync.province_desk import Province, media_archive

PIN = "274951"
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def point(tmp_path: Path) -> Iterator[str]:
    """Serve a point whose staff have a PIN, with a stick of a province in it."""
    library, state = tmp_path / "library", tmp_path / "library-state"
    accounts = Accounts(state, Desk())
    accounts.make_pin(accounts.code(), PIN, "")
    province = Province(tmp_path / "province")
    media_archive(province.folder() / "a.zim", {"a.jpg": b"picture"})
    province.publish()
    (tmp_path / "sticks" / "USB").mkdir(parents=True)
    province.tree.rename(tmp_path / "sticks" / "USB" / "diemdoc")
    config = tmp_path / "diemdoc.toml"
    config.write_text(f'[kiosk]\nsticks = "{tmp_path / "sticks"}"\nstate = "{state}"\n')
    with serving(library, more=("--config", str(config))) as address:
        yield address


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Chrome]:
    browser = open_phone(tmp_path / "profile", 800, 480)
    yield browser
    browser.quit()


def path(browser: Chrome) -> str:
    return str(browser.execute_script("return location.pathname"))


def test_staff_sign_in_by_the_keys_of_the_screen_and_are_signed_out_by_it(
    point: str, screen: Chrome
) -> None:
    screen.get(f"{point}/touch/")
    band = screen.find_element(By.CSS_SELECTOR, "[data-stick]")
    wait(band.is_displayed)
    assert "Có USB của thư viện" in band.text
    assert axe(screen) == []
    band.click()
    wait(lambda: path(screen) == "/staff/sign-in")
    wait(lambda: screen.execute_script("return Boolean(window.diemdoc && diemdoc.keyboard)"))
    press(screen, "#pin")
    for digit in PIN:
        press(screen, f"[data-key='{digit}']")
    assert screen.find_element(By.CSS_SELECTOR, "[data-key=enter]").text == "Xong"
    press(screen, "[data-key=enter]")
    wait(lambda: path(screen) not in {"/staff/sign-in", "/touch/"})
    screen.get(f"{point}/staff/update")
    assert "USB" in screen.find_element(By.TAG_NAME, "main").text
    assert screen.execute_script(SMALL, TARGET_PX) == []
    later(screen, 100)
    wait(lambda: path(screen) == "/touch/")
    screen.get(f"{point}/staff/update")
    assert path(screen) == "/staff/sign-in"
