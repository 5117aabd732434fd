"""A page of an archive is read under our bar: it fits every phone, goes back, and grows."""

from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from content.builder.zim_item import EntryItem
from content.library import change
from tests.browser.conftest import Phone, serving
from tests.browser.test_reading import choose, log, wait
from tests.content.zim_maker import HTML, make_archive
from tests.kiosk.conftest import NOW

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
PAGE = (
    "<html lang='vi'><head><meta name='viewport' content='width=device-width'></head><body>"
    "<h1>{title}</h1><p><a id='next' href='two.html'>Trang hai</a></p>"
    + "<p>Thảo quả trồng dưới tán rừng.</p>" * 60
    + "</body></html>"
)
BOXES = """return [].map.call(document.querySelectorAll(arguments[0]), function (one) {
  var box = one.getBoundingClientRect();
  return [box.left, box.top, box.right, box.bottom, one.scrollWidth - one.clientWidth];
})"""
SIZES = [(360, 640), (412, 915), (1280, 800)]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve an archive of two long pages."""
    base = tmp_path_factory.mktemp("viewing")
    pages = {"one.html": "Cây thảo quả", "two.html": "Trang hai"}
    extra = [EntryItem(name, HTML, PAGE.format(title=title)) for name, title in pages.items()]
    archive = make_archive(base / "bach-khoa.zim", extra=extra)
    change.add(base / "library", [archive], now=NOW, report=lambda *_: None)
    with serving(base / "library") as address:
        yield address


def boxes(browser: Chrome, selector: str) -> list[list[float]]:
    found: list[list[float]] = browser.execute_script(BOXES, selector)
    return found


def in_frame(browser: Chrome, script: str) -> Any:
    browser.switch_to.frame(browser.find_element(By.CSS_SELECTOR, "iframe.view"))
    try:
        return browser.execute_script(script)
    finally:
        browser.switch_to.default_content()


def heading(browser: Chrome) -> str:
    script = "var h = document.querySelector('h1'); return h ? h.textContent : ''"
    return str(in_frame(browser, script))


@pytest.mark.parametrize("letters", ["normal", "large", "larger"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_bar_fits_and_the_page_fills_the_rest(
    shelf: str, phone: Phone, width: int, height: int, letters: str
) -> None:
    browser = phone(width, height)
    choose(browser, shelf, f"text/{letters}")
    browser.get(f"{shelf}/view/bach-khoa/one.html")
    tools = boxes(browser, ".view-bar .bar-tool")
    assert len(tools) == 5
    edge = 0.0
    for left, top, right, bottom, hidden in tools:
        assert left >= edge
        assert right - left >= 48
        assert bottom - top >= 48
        assert hidden == 0
        edge = right
    assert edge <= width
    bar, frame = boxes(browser, ".view-bar")[0], boxes(browser, "iframe.view")[0]
    assert frame[1] == pytest.approx(bar[3], abs=1)
    assert (frame[0], frame[2]) == pytest.approx((0, width), abs=1)
    assert frame[3] == pytest.approx(height, abs=1)
    # Only the page inside scrolls.
    for one in ("document.documentElement", "document.querySelector('main')"):
        spare = f"return {one}.scrollHeight - {one}.clientHeight"
        assert browser.execute_script(spare) <= 0
    assert in_frame(browser, "return document.documentElement.scrollHeight > innerHeight + 100")


def test_back_goes_back_inside_the_frame_then_to_the_record(shelf: str, phone: Phone) -> None:
    browser = phone()
    page = f"{shelf}/view/bach-khoa/one.html"
    browser.get(page)
    wait(lambda: heading(browser) == "Cây thảo quả")
    in_frame(browser, "document.getElementById('next').click()")
    wait(lambda: heading(browser) == "Trang hai")
    browser.find_element(By.CSS_SELECTOR, "[data-back]").click()
    wait(lambda: heading(browser) == "Cây thảo quả")
    assert browser.current_url == page
    browser.refresh()
    browser.find_element(By.CSS_SELECTOR, "[data-back]").click()
    wait(lambda: browser.current_url == f"{shelf}/record/bach-khoa")


def test_without_script_back_and_letters_lead_to_pages_of_ours(shelf: str, phone: Phone) -> None:
    browser = phone(script=False)
    for selector, place in (("data-back", "/record/bach-khoa"), ("data-letters", "/display?next=")):
        browser.get(f"{shelf}/view/bach-khoa/one.html")
        browser.find_element(By.CSS_SELECTOR, f"[{selector}]").click()
        wait(lambda place=place: browser.current_url.startswith(shelf + place))
    browser.find_element(By.CSS_SELECTOR, "main a.button").click()
    wait(lambda: browser.current_url == f"{shelf}/view/bach-khoa/one.html")


def test_letters_grow_in_place_and_stay_so(shelf: str, phone: Phone) -> None:
    browser = phone()
    browser.get(f"{shelf}/view/bach-khoa/one.html")
    wait(lambda: heading(browser) == "Cây thảo quả")
    in_frame(browser, "window.same = true; scrollTo(0, 200)")
    before = in_frame(browser, "return innerWidth")
    button = browser.find_element(By.CSS_SELECTOR, "[data-letters]")
    assert button.aria_role == "button"
    button.click()
    wait(lambda: in_frame(browser, "return innerWidth") == round(before * 0.8))
    button.send_keys(Keys.SPACE)
    wait(lambda: in_frame(browser, "return innerWidth") == round(before * 0.625))
    assert in_frame(browser, "return window.same") is True
    wait(lambda: [one["value"] for one in browser.get_cookies()] == ["larger"])
    browser.get(f"{shelf}/view/bach-khoa/two.html")
    wait(lambda: in_frame(browser, "return innerWidth") == round(before * 0.625))
    assert [one for one in log(browser, "browser") if one["level"] == "SEVERE"] == []


def test_the_focus_is_seen_on_every_tool_of_the_bar(shelf: str, phone: Phone) -> None:
    browser = phone()
    browser.get(f"{shelf}/view/bach-khoa/one.html")
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    for number in range(5):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        focused = browser.execute_script(
            "var one = document.activeElement, look = getComputedStyle(one);"
            "return [one.className, look.outlineStyle, parseFloat(look.outlineWidth),"
            " parseFloat(look.outlineOffset)]"
        )
        assert focused == ["bar-tool", "solid", 3, -3], number


@pytest.mark.parametrize("letters", ["normal", "larger"])
def test_the_words_below_are_never_cut(shelf: str, phone: Phone, letters: str) -> None:
    browser = phone()
    choose(browser, shelf, f"text/{letters}")
    words = boxes(browser, ".top-links a span")
    links = boxes(browser, ".top-links a")
    assert len(words) == len(links) == 5
    for word, link in zip(words, links, strict=True):
        assert link[0] <= word[0]
        assert word[2] <= link[2]
    for left, top, right, bottom, _ in boxes(browser, "form button"):
        assert bottom - top >= 48
        assert right - left >= 48
