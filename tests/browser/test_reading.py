"""A villager with an old phone finds, opens, reads and hears works of every form, script or not."""

import re
import time
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.conftest import Phone

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
WAIT_S = 8
# The app and the archive server.
ORIGIN_OF_OURS = re.compile(r"http://([a-z-]+\.)*localhost:\d+/")


def text(browser: Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "body").text


def number(element: WebElement, name: str) -> float:
    """Return a property of an element that is a number; 0 while there is none."""
    found = element.get_property(name)
    return float(found) if isinstance(found, (int, float)) else 0.0


def log(browser: Chrome, name: str) -> list[dict[str, Any]]:
    """Return what the browser noted since the last call."""
    return list(browser.get_log(name))  # type: ignore[no-untyped-call]


def follow(browser: Chrome, words: str) -> None:
    """Tap the first visible link of the page's main part with these words."""
    before = browser.current_url
    links = browser.find_elements(By.CSS_SELECTOR, "main a")
    link = next(one for one in links if one.text.strip().startswith(words) and one.is_displayed())
    link.click()
    wait(lambda: browser.current_url != before)


def wait(fact: object) -> None:
    deadline = time.monotonic() + WAIT_S
    assert callable(fact)
    while not fact():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def named(browser: Chrome) -> list[dict[str, str]]:
    """Return the browser's cookies."""
    return [{"name": one["name"], "value": one["value"]} for one in browser.get_cookies()]


def choose(browser: Chrome, point: str, choice: str) -> None:
    """Press a button of the page with letters and colours."""
    browser.get(f"{point}/display")
    browser.find_element(By.CSS_SELECTOR, f"form[action='/display/{choice}'] button").click()
    name, value = choice.split("/")
    wait(lambda: {"name": name, "value": value} in named(browser))


@pytest.mark.parametrize("script", [True, False])
def test_finds_and_reads_an_ebook_without_accents(point: str, phone: Phone, script: bool) -> None:
    browser = phone(script=script)
    browser.get(point)
    box = browser.find_element(By.NAME, "q")
    box.send_keys("con nai va giot suong" + Keys.ENTER)
    wait(lambda: "/search" in browser.current_url)
    follow(browser, "Con nai và giọt sương")
    wait(lambda: "/record/" in browser.current_url)
    follow(browser, "Đọc")
    assert "Chú nai khát nước" in text(browser)
    follow(browser, "Đọc tiếp")
    assert browser.current_url.endswith("/2")
    assert "Giọt sương trên lá" in text(browser)
    picture = browser.find_element(By.CSS_SELECTOR, "article img")
    assert number(picture, "naturalWidth") > 100


@pytest.mark.parametrize("script", [True, False])
def test_reads_page_2_of_a_scan_as_picture_and_as_text(
    point: str, phone: Phone, script: bool
) -> None:
    browser = phone(script=script)
    browser.get(f"{point}/record/lich-su-muong-mau")
    follow(browser, "Đọc")
    follow(browser, "Đọc tiếp")
    assert browser.current_url.endswith("/2")
    picture = browser.find_element(By.CSS_SELECTOR, ".sheet img")
    wait(lambda: number(picture, "naturalWidth") >= 340)
    follow(browser, "Chữ to")
    assert "Xã có bảy bản" in text(browser)
    field = browser.find_element(By.NAME, "page")
    field.clear()
    field.send_keys("4" + Keys.ENTER)
    wait(lambda: "/4" in browser.current_url)
    assert "múa xòe" in text(browser)


def test_hears_a_track_and_goes_on_to_the_next(point: str, phone: Phone) -> None:
    browser = phone()
    browser.get(f"{point}/listen/nghe-nai-va-giot-suong/2")
    play = browser.find_element(By.CSS_SELECTOR, "[data-toggle]")
    play.click()
    place = "return diemdoc.sound.place()"
    wait(lambda: browser.execute_script(place) > 0)
    start = browser.execute_script(place)
    wait(lambda: browser.execute_script(place) > start + 0.5)
    assert "playing" in (
        browser.find_element(By.CSS_SELECTOR, "[data-player]").get_attribute("class") or ""
    )
    browser.find_element(By.CSS_SELECTOR, "[data-skip='15']").click()
    wait(lambda: browser.execute_script(place) > start + 14)
    browser.find_element(By.CSS_SELECTOR, ".turn-after").click()
    wait(lambda: browser.current_url.endswith("/3"))
    assert "Cả rừng cùng làm" in text(browser)
    browser.get(point)
    assert "Đọc tiếp" in text(browser)


def test_hears_without_script_with_the_browsers_own_player(point: str, phone: Phone) -> None:
    browser = phone(script=False)
    browser.get(f"{point}/listen/nghe-nai-va-giot-suong/2")
    audio = browser.find_element(By.TAG_NAME, "audio")
    assert audio.is_displayed()
    # Nothing is taken from the air before somebody presses play.
    assert number(audio, "networkState") != 2
    browser.execute_script("arguments[0].play()", audio)
    wait(lambda: number(audio, "duration") > 60)
    follow(browser, "Phần sau")
    assert browser.current_url.endswith("/3")


@pytest.mark.parametrize("script", [True, False])
def test_looks_at_a_poster_reads_a_leaflet_and_verses(
    point: str, phone: Phone, script: bool
) -> None:
    browser = phone(script=script)
    browser.get(f"{point}/record/ap-phich-doc-sach")
    follow(browser, "Xem")
    picture = browser.find_element(By.CSS_SELECTOR, ".sheet img")
    wait(lambda: number(picture, "naturalWidth") >= 340)
    for work, words in (
        ("thao-qua", "Việc trong năm"),
        ("oresol", "từng thìa"),
        ("ca-dao-moi", "hoa ban trắng rừng"),
        ("thung-sach", "Khi nhận thùng"),
        ("dem-cung-be", "ông mặt trời"),
    ):
        browser.get(f"{point}/record/{work}")
        follow(browser, "Đọc")
        assert words in text(browser)


def test_the_place_is_remembered_and_forgotten_on_demand(point: str, phone: Phone) -> None:
    browser = phone()
    browser.get(f"{point}/read/nai-va-giot-suong/3")
    browser.get(point)
    shelf = browser.find_element(By.CSS_SELECTOR, "[data-continue]")
    assert "Con nai và giọt sương" in shelf.text
    cover = shelf.find_element(By.TAG_NAME, "img")
    wait(lambda: number(cover, "naturalWidth") > 50)
    assert "/content/" in str(cover.get_property("src"))
    browser.get(f"{point}/record/nai-va-giot-suong")
    follow(browser, "Đọc")
    assert browser.current_url.endswith("/3")
    browser.get(f"{point}/mine")
    forget = browser.find_element(By.CSS_SELECTOR, "[data-forget] button")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", forget)
    forget.click()
    wait(lambda: "forgotten" in browser.current_url)
    browser.get(point)
    assert not browser.find_element(By.CSS_SELECTOR, "[data-continue]").is_displayed()


def test_suggestions_come_while_typing(point: str, phone: Phone) -> None:
    browser = phone()
    browser.get(point)
    browser.find_element(By.NAME, "q").send_keys("con n")
    wait(lambda: browser.find_elements(By.CSS_SELECTOR, ".suggestions li"))
    browser.find_element(By.NAME, "q").send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    wait(lambda: "/search" in browser.current_url)
    assert "Con nai" in text(browser)
