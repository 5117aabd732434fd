"""From an empty box to a reader's first book, and back, with a thumb on a phone; and the portal."""

import re
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from content.library import change
from content.store.change import roll_back
from content.store.layout import StoreLayout, state_beside
from content.sync.invitation import keep_desk
from content.usage.cells import K
from tests.browser.conftest import Phone, serving
from tests.browser.test_accessible import axe
from tests.browser.test_markup import errors
from tests.content.sync.reports_server import Acceptor, invite
from tests.content.usage.point import Point
from tests.content.zim_maker import make_archive
from tests.kiosk.conftest import NOW

PIN = "274951"
# An empty point's; those with something on them are further below.
PAGES = (
    "captive/",
    "captive/?lang=en",
    "captive/in",
    "privacy",
    "staff/",
    "staff/start",
    "staff/books",
    "staff/books?problem=no-archive",
    "staff/update",
    "staff/usage",
    "staff/health",
    "staff/settings",
    "staff/messages",
    "staff/poster",
    "staff/machine/reboot",
    "staff/machine/power-off",
    "staff/first",
    "staff/sign-in",
)
BUSY_PAGES = (
    "privacy",
    "staff/?told=saved",
    "staff/books",
    "staff/books/remove/sach-moi",
    "staff/update",
    "staff/usage?period=2027-03",
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


LAID_OUT = """
const below = [...document.querySelectorAll('main > *, .panel')].filter((one) =>
  !['static', 'relative'].includes(getComputedStyle(one).position));
return document.documentElement.scrollWidth <= 360 && below.length === 0;
"""


def fits(browser: Chrome) -> bool:
    """Return whether nothing is wider than the phone, and nothing lies upon something else."""
    return bool(browser.execute_script(LAID_OUT))


def look_at(browser: Chrome, address: str, pages: Sequence[str], scratch: Path) -> None:
    """See that each page fits, that axe and the W3C's checker find nothing, in light and dark."""
    files = []
    for path in pages:
        for theme in ("light", "dark"):
            browser.add_cookie({"name": "theme", "value": theme})
            # The portal has no cookies: it goes by what the phone likes.
            likes = [{"name": "prefers-color-scheme", "value": theme}]
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": likes})
            browser.get(f"{address}/{path}")
            assert axe(browser) == [], f"{path} in {theme}"
        assert fits(browser), path
        cookies = "; ".join(f"{one['name']}={one['value']}" for one in browser.get_cookies())
        asked = urllib.request.Request(f"{address}/{path}", headers={"Cookie": cookies})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            files.append(scratch / f"{re.sub('[^a-z0-9]', '-', path)}.html")
            files[-1].write_bytes(answer.read())
    assert errors(*files) == []
    browser.delete_cookie("theme")


@pytest.fixture
def busy_point(tmp_path: Path) -> Iterator[str]:
    """Serve a point with counts, a book, a change taken back, and a stick that invites it."""
    library, sticks = tmp_path / "library", tmp_path / "sticks"
    book = make_archive(tmp_path / "sach.zim", name="sach-moi")
    change.add(library, [book], now=NOW, report=lambda *_: None)
    other = make_archive(tmp_path / "khac.zim", name="khac")
    change.add(library, [other], now=NOW, report=lambda *_: None)
    roll_back(StoreLayout(library))
    recorder = Point(tmp_path)
    for visitor in range(K):
        recorder.see("/read/w2/1", f"10.0.0.{visitor}")
    recorder.wait(31)
    recorder.flush()
    recorder.state.rename(state_beside(library))
    desk = Acceptor().desk("")
    keep_desk(state_beside(library) / "outbox", desk)
    invite(sticks / "USB", desk)
    make_archive(sticks / "USB" / "truyện cổ.zim", name="truyen-co")
    config = tmp_path / "diemdoc.toml"
    config.write_text(f'[kiosk]\nsticks = "{sticks}"\n')
    with serving(library, more=("--config", str(config))) as address:
        yield address


def test_axe_and_the_w3c_find_nothing_where_something_is(
    busy_point: str, phone: Phone, tmp_path: Path
) -> None:
    browser = phone()
    browser.get(f"{busy_point}/staff/")
    fill(browser, pin=PIN, again=PIN)
    tap(browser, "Tiếp theo")
    wait_for_words(browser, "Ba câu hỏi")
    tap(browser, "Mở điểm đọc")
    wait_for_words(browser, "Tổng quan")
    look_at(browser, busy_point, BUSY_PAGES, tmp_path)
    assert "Sách 2" in browser.page_source


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
        look_at(browser, empty_point, PAGES, tmp_path)
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
