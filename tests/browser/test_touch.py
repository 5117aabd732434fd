"""The touch screen has no way out, large targets, Vietnamese keys, and forgets every reader."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.browser.conftest import open_phone
from tests.browser.test_comfort import BOOK, SCAN, SOUND, kept, one, place_s, plays, press
from tests.browser.test_reading import log, wait

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
SIZES = [(1280, 800), (800, 480)]
TARGET_PX = 64
# Every visible thing to press, but for links in running text (WCAG 2.2, 2.5.8, inline).
SMALL = """
const found = [], things = 'a[href], button, input:not([type=hidden]), select, summary';
document.querySelectorAll(things).forEach((one) => {
  const box = one.getBoundingClientRect(), least = arguments[0];
  const isOff = one.closest('[hidden], .skip, .hidden, .text p') || one.tabIndex < 0;
  if (!box.width || !box.height || isOff) return;
  if (Math.round(box.width) < least || Math.round(box.height) < least) {
    found.push(`${one.outerHTML.slice(0, 90)} ${Math.round(box.width)}x${Math.round(box.height)}`);
  }
});
return found;
"""


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[int, int], Chrome]]:
    """Return one browser a size for all tests: a screen in a hall is not started anew either."""
    opened = {size: open_phone(tmp_path_factory.mktemp("screen"), *size) for size in SIZES}
    yield opened
    for browser in opened.values():
        browser.quit()


@pytest.fixture
def screen(point: str, browsers: dict[tuple[int, int], Chrome]) -> Callable[..., Chrome]:
    """Return a function that gives the touch screen at its start."""

    def start(width: int = 800, height: int = 480) -> Chrome:
        browser = browsers[width, height]
        browser.get(f"{point}/healthz")
        browser.execute_script("localStorage.clear(); sessionStorage.clear()")
        browser.delete_all_cookies()
        log(browser, "browser")
        browser.get(f"{point}/touch/")
        return browser

    return start


def later(browser: Chrome, seconds: int) -> None:
    """Let it be so many seconds later for the page."""
    script = "const now = Date.now; Date.now = () => now() + arguments[0] * 1000;"
    browser.execute_script(script, seconds)


def is_at_start(browser: Chrome) -> bool:
    return urlsplit(browser.current_url).path == "/touch/"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_target_is_large_and_nothing_sticks_out(
    point: str, screen: Callable[..., Chrome], width: int, height: int
) -> None:
    browser = screen(width, height)
    for path in (
        "/",
        "/search?q=suong",
        "/browse/",
        "/browse/subject/",
        "/shelf/listen",
        "/shelf/children",
        "/record/nai-va-giot-suong",
        f"{BOOK}/2",
        f"{SCAN}/2",
        f"{SOUND}/2",
        "/display",
        "/nope",
    ):
        browser.get(point + path)
        assert browser.execute_script(SMALL, TARGET_PX) == [], path
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= width, path


def test_a_touch_begins_and_typing_vietnamese_finds_a_book(screen: Callable[..., Chrome]) -> None:
    browser = screen()
    one(browser, "[data-attract]").click()
    wait(lambda: not is_at_start(browser))
    one(browser, "[name=q]").click()
    keyboard = one(browser, ".keyboard")
    assert keyboard.is_displayed()
    keys = keyboard.find_elements(By.TAG_NAME, "button")
    assert min(key.size["width"] for key in keys) >= TARGET_PX
    assert min(key.size["height"] for key in keys) >= TARGET_PX
    field = one(browser, "[name=q]")
    # The field stays in sight over the keys.
    assert field.rect["y"] + field.rect["height"] < keyboard.rect["y"]
    # Telex for one word, the keys for tones for the next.
    for key in ["g", "i", "o", "j", "t", "space", "s", "u", "o", "+w", "n", "g"]:
        one(browser, f'.keyboard [data-key="{key}"]').click()
    assert field.get_property("value") == "giọt sương"
    one(browser, '.keyboard [data-key="delete"]').click()
    one(browser, '.keyboard [data-key="shift"]').click()
    one(browser, '.keyboard [data-key="g"]').click()
    assert field.get_property("value") == "giọt sươnG"
    one(browser, '.keyboard [data-key="enter"]').click()
    wait(lambda: "/search" in browser.current_url)
    assert "Con nai và giọt sương" in one(browser, "main").text


def test_hats_and_numbers_have_keys(point: str, screen: Callable[..., Chrome]) -> None:
    browser = screen()
    browser.get(f"{point}/search")
    field = one(browser, "[name=q]")
    field.click()
    for key in ["b", "a", "n", "hat", "numbers", "2", "0", "letters", "+d"]:
        one(browser, f'.keyboard [data-key="{key}"]').click()
    assert field.get_property("value") == "bân20d"
    browser.get(f"{point}{SCAN}/2")
    press(browser, "[name=page]")
    one(browser, ".keyboard [data-key='delete']").click()
    one(browser, ".keyboard [data-key='4']").click()
    one(browser, ".keyboard [data-key='enter']").click()
    wait(lambda: browser.current_url.endswith("/4"))


def test_nobody_there_is_asked_and_then_everything_is_forgotten(
    point: str, screen: Callable[..., Chrome]
) -> None:
    browser = screen()
    one(browser, "[data-attract]").click()
    wait(lambda: not is_at_start(browser))
    length = browser.execute_script("return history.length")
    press(browser, "a[href='/record/nai-va-giot-suong']")
    wait(lambda: "/record/" in browser.current_url)
    press(browser, ".ways a")
    wait(lambda: "/read/" in browser.current_url)
    press(browser, "[data-fold] summary")
    press(browser, "form[action='/display/text/huge'] button")
    browser.get(f"{point}/search")
    one(browser, "[name=q]").click()
    one(browser, ".keyboard [data-key='b']").click()
    assert "nai-va-giot-suong" in str(kept(browser))
    # 75 s later: a question, large enough to press, which any touch answers.
    later(browser, 75)
    warning = one(browser, "[data-touch-warning]")
    wait(warning.is_displayed)
    assert 1 <= int(one(browser, "[data-left]").text) <= 20
    press(browser, "[data-touch-warning] button")
    wait(lambda: not warning.is_displayed())
    later(browser, 95)
    wait(lambda: is_at_start(browser))
    assert kept(browser) == {}
    assert [cookie["name"] for cookie in browser.get_cookies()] == ["surface"]
    # But for the addresses this test typed, no page was left to go back to.
    assert browser.execute_script("return history.length") <= length + 1
    browser.get(f"{point}/search")
    assert one(browser, "[name=q]").get_property("value") == ""
    assert "text-normal" in str(one(browser, "html").get_attribute("class"))
    browser.get(f"{point}/mine")
    assert not one(browser, "[data-continue]").is_displayed()


def test_pages_replace_each_other(screen: Callable[..., Chrome]) -> None:
    browser = screen()
    length = browser.execute_script("return history.length")
    one(browser, "[data-attract]").click()
    wait(lambda: not is_at_start(browser))
    for selector, part in (
        ("a[href='/record/nai-va-giot-suong']", "/record/"),
        (".ways a", "/read/"),
        ("a[rel=next]", "/2"),
        (".bar-back", "/record/"),
        (".top-links a[href='/browse/']", "/browse/"),
    ):
        press(browser, selector)
        wait(lambda part=part: part in browser.current_url)
    assert browser.execute_script("return history.length") == length


def test_listening_is_left_alone_longer(point: str, screen: Callable[..., Chrome]) -> None:
    browser = screen()
    browser.get(f"{point}{SOUND}/1")
    press(browser, "[data-toggle]")
    wait(lambda: place_s(browser) > 0.3)
    browser.execute_script("window.same = true")
    press(browser, ".bar a[href='/']")
    wait(lambda: browser.current_url == f"{point}/")
    assert browser.execute_script("return window.same")
    later(browser, 300)
    browser.execute_script("return new Promise((done) => setTimeout(done, 1500))")
    assert plays(browser)
    assert not is_at_start(browser)
    # 15 minutes after the last touch it is over, the sound too.
    later(browser, 700)
    wait(lambda: is_at_start(browser))
    assert not plays(browser)


def test_there_is_no_way_out_by_menu_link_key_or_print(
    point: str, screen: Callable[..., Chrome]
) -> None:
    browser = screen()
    browser.get(f"{point}/")
    script = """
    const tried = {};
    const fire = (name, event) => { tried[name] = document.body.dispatchEvent(event); };
    fire('menu', new MouseEvent('contextmenu', {bubbles: true, cancelable: true}));
    fire('drag', new DragEvent('dragstart', {bubbles: true, cancelable: true}));
    const press = (name, key, held) => fire(name, new KeyboardEvent('keydown',
      Object.assign({key, bubbles: true, cancelable: true}, held)));
    press('new', 'n', {ctrlKey: true});
    press('print', 'p', {ctrlKey: true});
    press('address', 'd', {altKey: true});
    press('full', 'F11', {});
    press('letter', 'n', {});
    const out = document.createElement('a');
    out.href = 'http://example.com/';
    document.body.appendChild(out);
    tried.link = out.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
    return tried;
    """
    tried = browser.execute_script(script)
    assert tried.pop("letter") is True
    assert set(tried.values()) == {False}
    assert browser.current_url == f"{point}/"
    assert [line for line in log(browser, "browser") if line["level"] == "SEVERE"] == []


def test_the_screen_tells_that_it_draws(point: str, screen: Callable[..., Chrome]) -> None:
    browser = screen()
    script = "return fetch('/touch/alive').then((answer) => answer.json())"
    wait(lambda: (browser.execute_script(script)["age_s"] or 99) < 30)


@pytest.mark.parametrize("path", [f"{BOOK}/2", f"{SOUND}/2"])
def test_the_page_that_is_left_keeps_nothing_either(
    point: str, screen: Callable[..., Chrome], path: str
) -> None:
    browser = screen()
    browser.get(point + path)
    if path.startswith("/listen"):
        press(browser, "[data-toggle]")
        wait(lambda: place_s(browser) > 0.3)
    assert kept(browser)
    browser.execute_script("diemdoc.touch.leave()")
    wait(lambda: is_at_start(browser))
    assert kept(browser) == {}


def test_done_forgets_at_once(point: str, screen: Callable[..., Chrome]) -> None:
    browser = screen()
    browser.get(f"{point}{BOOK}/2")
    browser.get(f"{point}/")
    assert "nai-va-giot-suong" in str(kept(browser))
    press(browser, "[data-touch-leave]")
    wait(lambda: is_at_start(browser))
    assert "nai-va-giot-suong" not in str(kept(browser))
