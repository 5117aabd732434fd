"""From an empty box to a reader's first book, and back, with a thumb on a phone; and the portal."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.conftest import Phone, serving
from tests.browser.test_accessible import axe
from tests.browser.test_markup import errors
from tests.content.zim_maker import make_archive

PIN = "274951"
PAGES = (
    "captive/",
    "captive/in",
    "staff/",
    "staff/start",
    "staff/books",
    "staff/update",
    "staff/health",
    "staff/settings",
    "staff/messages",
    "staff/poster",
    "staff/machine/reboot",
    "staff/first",
)
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def empty_point(tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path / "library") as address:
        yield address


def fill(browser: Chrome, **fields: str) -> None:
    for name, text in fields.items():
        field = browser.find_element(By.NAME, name)
        if field.get_attribute("type") != "file":
            field.clear()
        field.send_keys(text)


def tap(browser: Chrome, words: str) -> None:
    """Tap a button or link by its words, and see that a thumb hits it and it lies on the screen."""
    found = browser.find_element(
        By.XPATH, f"//main//*[self::button or self::a][contains(., '{words}')]"
    )
    assert found.size["height"] >= 48
    assert found.location["x"] + found.size["width"] <= 360
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
    found.click()


def wait_for_words(browser: Chrome, words: str, *, again: str = "") -> None:
    """Wait until a page says something; without scripts it is opened `again` by hand."""

    def says(one: Chrome) -> bool:
        if again:
            one.get(again)
        return words in one.page_source

    WebDriverWait(browser, 25).until(says)


def wait_for_end(browser: Chrome, words: str, again: str) -> None:
    """Wait until a task is told as done; without scripts first until it is told as begun."""
    if again:
        # A page opened before the form's answer has come would break the sending off.
        wait_for_words(browser, "Đã bắt đầu")
    wait_for_words(browser, words, again=again)


def fits(browser: Chrome) -> bool:
    """Return whether nothing is wider than the phone."""
    return bool(browser.execute_script("return document.documentElement.scrollWidth <= 360"))


def look_at_every_page(browser: Chrome, address: str, scratch: Path) -> None:
    """See that each page fits, that axe and the W3C's checker find nothing, in light or dark."""
    files = []
    for number, path in enumerate(PAGES):
        name = path.replace("/", "-")
        browser.add_cookie({"name": "theme", "value": "dark" if number % 2 else "light"})
        browser.get(f"{address}/{path}")
        assert axe(browser) == [], path
        assert fits(browser), path
        cookies = "; ".join(f"{one['name']}={one['value']}" for one in browser.get_cookies())
        asked = urllib.request.Request(f"{address}/{path}", headers={"Cookie": cookies})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            files.append(scratch / f"{name}.html")
            files[-1].write_bytes(answer.read())
    assert errors(*files) == []
    browser.delete_cookie("theme")


@pytest.mark.parametrize("script", [True, False])
def test_staff_open_a_point_send_a_book_and_take_it_back(
    empty_point: str, phone: Phone, tmp_path: Path, *, script: bool
) -> None:
    archive = make_archive(tmp_path / "sach.zim", name="sach-moi")
    browser = phone(script=script)
    browser.get(f"{empty_point}/staff/")
    wait_for_words(browser, "Hãy đặt mã PIN")
    fill(browser, pin=PIN, again=PIN)
    tap(browser, "Tiếp theo")
    wait_for_words(browser, "Ba câu hỏi")
    assert fits(browser)
    fill(browser, point_name="Điểm đọc Pa Tần", place="Bản Nậm Sảo, xã Pa Tần")
    tap(browser, "Mở điểm đọc")
    wait_for_words(browser, "Tổng quan")
    if script:
        look_at_every_page(browser, empty_point, tmp_path)
    browser.get(f"{empty_point}/staff/books")
    fill(browser, file=str(archive))
    tap(browser, "Gửi và thêm")
    wait_for_end(browser, "Đã thêm:", "" if script else f"{empty_point}/staff/books")
    browser.get(empty_point)
    assert "Điểm đọc Pa Tần" in browser.page_source
    assert browser.find_elements(By.CSS_SELECTOR, ".card")
    browser.get(f"{empty_point}/staff/books")
    tap(browser, "Gỡ bỏ")
    tap(browser, "Gỡ bỏ")
    wait_for_end(browser, "Đã gỡ bỏ:", "" if script else f"{empty_point}/staff/books")


def test_a_reader_passes_the_portal_without_script(empty_point: str, phone: Phone) -> None:
    browser = phone(script=False)
    browser.get(f"{empty_point}/generate_204")
    assert browser.current_url == f"{empty_point}/captive/"
    assert fits(browser)
    tap(browser, "Vào thư viện")
    wait_for_words(browser, "Bạn đã vào được")
    tap(browser, "Mở thư viện")
    assert browser.current_url == f"{empty_point}/"
