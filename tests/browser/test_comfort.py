"""With a script: the place, bookmarks and sound stay with the reader, and go when told to."""

import json
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from tests.browser.conftest import Phone
from tests.browser.test_reading import follow, log, number, wait

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
BOOK = "/read/nai-va-giot-suong"
SCAN = "/read/lich-su-muong-mau"
SOUND = "/listen/nghe-nai-va-giot-suong"


def one(browser: Chrome, selector: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, selector)


def press(browser: Chrome, selector: str) -> None:
    element = one(browser, selector)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def place_s(browser: Chrome) -> float:
    return float(browser.execute_script("return diemdoc.sound ? diemdoc.sound.place() : -1"))


def plays(browser: Chrome) -> bool:
    return bool(browser.execute_script("return diemdoc.sound && !diemdoc.sound.isPaused()"))


def kept(browser: Chrome) -> dict[str, str]:
    """Return everything a page of ours left in the browser's storage."""
    script = "return JSON.stringify(Object.assign({}, localStorage, sessionStorage))"
    return dict(json.loads(browser.execute_script(script)))


def test_the_sound_goes_on_while_browsing_and_stops_for_good(point: str, phone: Phone) -> None:
    browser = phone()
    browser.get(f"{point}{SOUND}/2")
    fetched = "return performance.getEntriesByType('resource').some((x) => /m4b$/.test(x.name))"
    assert not browser.execute_script(fetched), "sound was fetched before anybody asked for it"
    press(browser, "[data-toggle]")
    wait(lambda: place_s(browser) > 0.5)
    assert browser.execute_script(fetched)
    browser.execute_script("window.same = true")
    press(browser, ".bar a[href='/']")
    wait(lambda: browser.current_url == f"{point}/")
    assert browser.execute_script("return window.same"), "the page was loaded anew"
    assert one(browser, "[data-mini]").is_displayed()
    before = place_s(browser)
    wait(lambda: place_s(browser) > before + 0.3)
    # On: a record, then the search by its form, then back twice.
    press(browser, "a[href='/record/nai-va-giot-suong']")
    wait(lambda: "/record/" in browser.current_url)
    press(browser, ".top-links a[href='/search']")
    wait(lambda: browser.current_url.endswith("/search"))
    one(browser, "[name=q]").send_keys("suong")
    press(browser, "form.search button")
    wait(lambda: "q=suong" in browser.current_url)
    assert "Con nai" in one(browser, "main").text
    # A suggestion that is taken sends the form by a script.
    browser.execute_script("const form = document.querySelector('form'); form.q.value = 'nai'")
    browser.execute_script("document.querySelector('form').submit()")
    wait(lambda: "q=nai" in browser.current_url)
    assert browser.execute_script("return window.same")
    for _ in range(3):
        browser.back()
    heading = "return document.querySelector('h1').textContent"
    wait(lambda: browser.execute_script(heading).strip() == "Con nai và giọt sương")
    assert "/record/" in browser.current_url
    assert browser.execute_script("return window.same")
    assert plays(browser)
    # Back to the player by the small one: the same sound, not from the start.
    press(browser, "[data-mini-link]")
    wait(lambda: bool(browser.find_elements(By.CSS_SELECTOR, ".player.playing")))
    assert not one(browser, "[data-mini]").is_displayed()
    assert place_s(browser) > before
    press(browser, ".bar a[href='/']")
    wait(lambda: browser.current_url == f"{point}/")
    press(browser, "[data-mini-close]")
    assert not one(browser, "[data-mini]").is_displayed()
    follow(browser, "Con nai")
    assert not browser.execute_script("return window.same === true")
    assert [line for line in log(browser, "browser") if line["level"] == "SEVERE"] == []


def test_a_page_left_the_usual_way_takes_the_sound_up_again(point: str, phone: Phone) -> None:
    browser = phone()
    browser.get(f"{point}{SOUND}/3")
    press(browser, "[data-toggle]")
    wait(lambda: place_s(browser) > 1)
    browser.get(f"{point}/browse/")
    wait(lambda: bool(browser.find_elements(By.CSS_SELECTOR, "[data-mini]")))
    wait(lambda: place_s(browser) > 0.5)
    assert "Cả rừng" in one(browser, "[data-mini]").text


def test_speed_and_sleep_and_parts_by_the_keyboard(point: str, phone: Phone) -> None:
    browser = phone()
    browser.get(f"{point}{SOUND}/1")
    Select(one(browser, "[data-speed]")).select_by_value("2")
    press(browser, "[data-toggle]")
    wait(lambda: place_s(browser) > 1)
    # To the end of this part and no further.
    browser.execute_script(
        "diemdoc.sound.sleep('part'); diemdoc.sound.seek(diemdoc.sound.length() - 1)"
    )
    wait(lambda: not plays(browser))
    assert browser.execute_script("return diemdoc.sound.number()") == 1
    assert one(browser, "[data-sleep]").get_property("value") == "0"
    # Without it: on to the next; and the speed is known on the next visit.
    browser.execute_script("diemdoc.sound.seek(diemdoc.sound.length() - 1); diemdoc.sound.toggle()")
    wait(lambda: browser.execute_script("return diemdoc.sound.number()") == 2)
    assert browser.current_url.endswith("/2")
    browser.get(f"{point}{SOUND}/2")
    assert one(browser, "[data-speed]").get_property("value") == "2"


def test_a_jump_lands_where_it_should(point: str, phone: Phone) -> None:
    browser = phone()
    browser.get(f"{point}{SOUND}/1#at=12")
    wait(lambda: abs(place_s(browser) - 12) < 0.2)
    press(browser, "[data-skip='15']")
    wait(lambda: abs(place_s(browser) - 27) < 0.2)
    press(browser, "[data-skip='-15']")
    press(browser, "[data-skip='-15']")
    wait(lambda: place_s(browser) < 0.2)
    # Over the border of a part, both ways.
    browser.execute_script("diemdoc.sound.seek(diemdoc.sound.length() - 5); diemdoc.sound.skip(15)")
    wait(lambda: browser.execute_script("return diemdoc.sound.number()") == 2)
    browser.execute_script("diemdoc.sound.skip(-15)")
    wait(lambda: browser.execute_script("return diemdoc.sound.number()") == 1)
    assert place_s(browser) > 10


def test_the_place_in_a_chapter_is_found_again_and_carried_to_another_phone(
    point: str, phone: Phone
) -> None:
    browser = phone(height=400)
    browser.get(f"{point}{BOOK}/2")
    browser.execute_script("window.scrollTo(0, 300)")
    wait(lambda: number_of(browser, "places") > 0)
    browser.get(point)
    follow(browser, "Con nai")
    wait(lambda: browser.execute_script("return window.pageYOffset") > 200)
    browser.execute_script("document.querySelector('.share').open = true")
    code = one(browser, "[data-qr]")
    wait(lambda: number(code, "naturalWidth") > 0)
    wait(lambda: "at" in str(code.get_property("src")))
    to = parse_qs(urlsplit(str(code.get_property("src"))).query)["to"][0]
    other = phone(height=400)
    other.get(point + unquote(to))
    wait(lambda: other.execute_script("return window.pageYOffset") > 200)


def number_of(browser: Chrome, name: str) -> float:
    script = "return (diemdoc.list(arguments[0])[0] || {}).spot || 0"
    return float(browser.execute_script(script, name))


def test_bookmarks_are_kept_listed_and_taken_away(point: str, phone: Phone) -> None:
    browser = phone()
    browser.get(f"{point}{SCAN}/3?view=text")
    button = one(browser, "[data-mark]")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    browser.get(f"{point}{SCAN}/3")
    assert one(browser, "[data-mark]").get_attribute("aria-pressed") == "true"
    browser.get(f"{point}/mine")
    follow(browser, "Lịch sử xã Mường Mẫu")
    wait(lambda: "/read/" in browser.current_url)
    browser.get(f"{point}/mine")
    press(browser, "[data-marks] button")
    assert not one(browser, "[data-marks]").is_displayed()


def test_everything_is_forgotten_by_one_tap(point: str, phone: Phone) -> None:
    browser = phone()
    browser.get(f"{point}{SOUND}/1")
    press(browser, "[data-toggle]")
    wait(lambda: place_s(browser) > 0.5)
    press(browser, "[data-mark]")
    browser.get(f"{point}{BOOK}/2")
    press(browser, "[data-fold] summary")
    press(browser, "form[action='/display/theme/dark'] button")
    wait(lambda: "theme" in {one["name"] for one in browser.get_cookies()})
    browser.get(point)
    assert kept(browser)
    press(browser, "[data-forget] button")
    wait(lambda: "forgotten" in browser.current_url)
    assert kept(browser) == {}
    assert browser.get_cookies() == []
    browser.get(point)
    assert not one(browser, "[data-continue]").is_displayed()


def test_letters_change_at_once_and_stay(point: str, phone: Phone) -> None:
    browser = phone()
    browser.get(f"{point}{BOOK}/2")
    paragraph = one(browser, "article p")
    before = browser.execute_script("return getComputedStyle(arguments[0]).fontSize", paragraph)
    press(browser, "[data-fold] summary")
    for choice in ("text/huge", "theme/sepia", "spacing/wider", "face/sans"):
        press(browser, f"form[action='/display/{choice}'] button")
    after = browser.execute_script("return getComputedStyle(arguments[0]).fontSize", paragraph)
    assert float(after[:-2]) >= 1.9 * float(before[:-2])
    wait(lambda: len(browser.get_cookies()) == 4)
    browser.get(f"{point}{BOOK}/3")
    root = one(browser, "html").get_attribute("class") or ""
    assert root.split()[:4] == ["theme-sepia", "text-huge", "spacing-wider", "face-sans"]


def test_a_scan_is_looked_at_closer_without_a_new_page(point: str, phone: Phone) -> None:
    browser = phone()
    browser.get(f"{point}{SCAN}/2?q=bay ban")
    browser.execute_script("window.same = true")
    before = one(browser, ".sheet img").size["width"]
    press(browser, "[data-wider]")
    press(browser, "[data-wider]")
    assert one(browser, ".sheet img").size["width"] == pytest.approx(2 * before, abs=2)
    # The marks grow with the picture; the widest picture is fetched.
    assert one(browser, ".found").size["width"] == pytest.approx(2 * before, abs=2)
    wait(lambda: "large" in str(one(browser, ".sheet img").get_property("currentSrc")))
    press(browser, "[data-narrower]")
    press(browser, "[data-narrower]")
    assert one(browser, ".sheet img").size["width"] == before
    assert browser.execute_script("return window.same")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
