"""On a phone what is typed is completed, and what is found opens at the words, script or not."""

import time

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import Phone
from tests.browser.test_reading import text, wait

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


OPTIONS = """return Array.from(document.querySelectorAll(".suggestions [role=option]"))
  .filter((one) => one.offsetParent).map((one) => one.innerText)"""


def options(browser: Chrome) -> list[str]:
    """Return what is suggested, once no late answer changes it any more; read in one step."""
    before = browser.execute_script(OPTIONS)
    time.sleep(0.4)
    after: list[str] = browser.execute_script(OPTIONS)
    return after if after == before else []


def test_suggestions_are_read_out_and_chosen_by_keys(point: str, phone: Phone) -> None:
    browser = phone()
    browser.get(point)
    box = browser.find_element(By.NAME, "q")
    assert box.get_attribute("role") == "combobox"
    box.send_keys("muong")
    wait(lambda: options(browser))
    # Each tells its kind in words beside its icon.
    assert any("Địa danh" in one for one in options(browser))
    assert box.get_attribute("aria-expanded") == "true"
    listed = browser.find_element(By.ID, str(box.get_attribute("aria-controls")))
    assert listed.get_attribute("role") == "listbox"
    assert listed.get_attribute("aria-label")
    box.send_keys(Keys.ARROW_DOWN)
    active = browser.find_element(By.ID, str(box.get_attribute("aria-activedescendant")))
    assert active.get_attribute("aria-selected") == "true"
    assert active.size["height"] >= 48
    box.send_keys(Keys.ESCAPE)
    assert box.get_attribute("aria-expanded") == "false"
    assert box.get_attribute("value") == "muong"
    box.send_keys(" m")
    wait(lambda: options(browser))
    box.send_keys(Keys.ARROW_UP, Keys.ENTER)
    wait(lambda: "/search" in browser.current_url)


@pytest.mark.parametrize("script", [True, False])
def test_a_place_found_opens_at_the_marked_words(point: str, phone: Phone, script: bool) -> None:
    browser = phone(script=script)
    browser.get(f"{point}/search?q=giot suong")
    place = browser.find_element(By.CSS_SELECTOR, ".places a")
    place.click()
    wait(lambda: "/read/" in browser.current_url)
    found = browser.find_element(By.ID, "found")
    assert found.text.lower() == "giọt sương"
    wait(lambda: 0 <= found.rect["y"] - browser.execute_script("return window.pageYOffset") < 640)
    assert "Đang tô màu" in text(browser)


def test_words_lie_over_the_picture_of_a_page(point: str, phone: Phone) -> None:
    browser = phone()
    browser.get(f"{point}/read/lich-su-muong-mau/1?q=muong mau#found")
    picture = browser.find_element(By.CSS_SELECTOR, ".sheet img")
    for box in browser.find_elements(By.CSS_SELECTOR, ".boxes rect"):
        assert picture.rect["x"] <= box.rect["x"]
        assert box.rect["x"] + box.rect["width"] <= picture.rect["x"] + picture.rect["width"]
        assert picture.rect["y"] <= box.rect["y"] <= picture.rect["y"] + picture.rect["height"]
