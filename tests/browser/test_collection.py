"""The same with forty real Vietnamese works, where the test collection is at hand."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import Phone
from tests.browser.test_reading import follow, number, text, wait

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize(
    ("typed", "title"),
    [("so do vu trong phung", "Số đỏ"), ("ha noi bam sau pho phuong", "Hà Nội băm sáu phố phường")],
)
def test_an_ebook_is_found_without_accents_and_read_to_page_2(
    collection_point: str, phone: Phone, typed: str, title: str, *, script: bool
) -> None:
    browser = phone(script=script)
    browser.get(collection_point)
    browser.find_element(By.NAME, "q").send_keys(typed + Keys.ENTER)
    wait(lambda: "/search" in browser.current_url)
    follow(browser, title)
    wait(lambda: "/record/" in browser.current_url)
    follow(browser, "Đọc")
    first = text(browser)
    follow(browser, "Đọc tiếp")
    assert browser.current_url.endswith("/2")
    assert text(browser) != first
    assert len(browser.find_element(By.TAG_NAME, "article").text) > 200


@pytest.mark.parametrize("script", [True, False])
def test_page_2_of_a_scan_is_seen_and_read_as_text(
    collection_point: str, phone: Phone, *, script: bool
) -> None:
    browser = phone(script=script)
    browser.get(f"{collection_point}/record/S-hn36-anh")
    follow(browser, "Đọc")
    follow(browser, "Đọc tiếp")
    assert browser.current_url.endswith("/2")
    picture = browser.find_element(By.CSS_SELECTOR, ".sheet img")
    wait(lambda: number(picture, "naturalWidth") >= 340)
    follow(browser, "Chữ to")
    assert len(browser.find_element(By.TAG_NAME, "main").text) > 400


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("work", ["A-sn-can-giuoc", "A-sn-truyen-kieu", "A-sn-anh-phai-song"])
def test_recordings_of_every_kind_play(
    collection_point: str, phone: Phone, work: str, *, script: bool
) -> None:
    """MP3, M4B and Opus; Debian's Chromium plays all three."""
    browser = phone(script=script)
    browser.get(f"{collection_point}/listen/{work}/2")
    if script:
        browser.find_element(By.CSS_SELECTOR, "[data-toggle]").click()
        wait(lambda: browser.execute_script("return diemdoc.sound.place()") > 0.3)
        return
    audio = browser.find_element(By.TAG_NAME, "audio")
    browser.execute_script("arguments[0].play()", audio)
    wait(lambda: number(audio, "duration") > 5)
    wait(lambda: number(audio, "currentTime") > 0.3)


def test_a_poster_and_an_article_are_shown(collection_point: str, phone: Phone) -> None:
    browser = phone(script=False)
    browser.get(f"{collection_point}/record/I-ap-phich-sach-noi")
    follow(browser, "Xem")
    picture = browser.find_element(By.CSS_SELECTOR, "main img")
    wait(lambda: number(picture, "naturalWidth") >= 300)
    browser.get(f"{collection_point}/record/H-xoe-thai")
    follow(browser, "Đọc")
    assert "xòe" in text(browser).lower()
