"""axe finds nothing against WCAG 2.2 AA; keys reach everything, and one sees where they are.

axe runs on every page, light and dark, on a phone and on the touch screen.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import open_phone
from tests.browser.npm import module
from tests.browser.pages import PAGES, TOUCH_PAGES
from tests.browser.test_comfort import one, press
from tests.browser.test_reading import wait

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  resultTypes: ['violations'], iframes: false}).then(
  (found) => done(found.violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\\s+/g, ' ')}`))),
  (error) => done([String(error)]));
"""
# What Tab must reach: everything one can see and press.
WANTED = """
return Array.from(document.querySelectorAll(
  'a[href], button, input:not([type=hidden]), select, summary, iframe, [tabindex="0"]'))
  .filter((one) => one.tabIndex >= 0 && one.checkVisibility({contentVisibilityAuto: true,
    visibilityProperty: true}) && one.getClientRects().length).length;
"""
FOCUSED = """
const one = document.activeElement;
if (!one || one === document.body) return null;
window.reached = window.reached || new Set();
window.reached.add(one);
const style = getComputedStyle(one), box = one.getBoundingClientRect();
const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 2);
const y = Math.min(Math.max(box.top + Math.min(box.height, 40) / 2, 1), innerHeight - 2);
const top = document.elementFromPoint(x, y);
return {
  name: one.outerHTML.slice(0, 80), reached: window.reached.size,
  outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
  covered: !(top && (one.contains(top) || top.contains(one))),
};
"""


@pytest.fixture(scope="module")
def reader(point: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Return one phone for many pages."""
    browser = open_phone(tmp_path_factory.mktemp("reader"))
    browser.get(f"{point}/healthz")
    yield browser
    browser.quit()


def axe(browser: Chrome) -> list[str]:
    browser.execute_script(_axe_source())
    return list(browser.execute_async_script(AXE))


def _axe_source() -> str:
    return Path(module("axe-core/axe.min.js")).read_text(encoding="utf-8")


def choose(browser: Chrome, **cookies: str) -> None:
    browser.delete_all_cookies()
    for name, value in cookies.items():
        browser.add_cookie({"name": name, "value": value})


@pytest.mark.parametrize("theme", ["light", "dark", "sepia"])
def test_axe_finds_nothing_on_any_page(point: str, reader: Chrome, theme: str) -> None:
    choose(reader, theme=theme)
    for name, path in PAGES.items():
        reader.get(point + path)
        assert axe(reader) == [], f"{name} in {theme}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_touch_screen(point: str, reader: Chrome, theme: str) -> None:
    choose(reader, theme=theme, surface="touch")
    for name, path in TOUCH_PAGES.items():
        reader.get(point + path)
        assert axe(reader) == [], f"{name} in {theme}"
    reader.get(f"{point}/search")
    one(reader, "main input").click()
    reader.execute_script("document.querySelector('[data-touch-warning]').hidden = false")
    assert axe(reader) == []


def test_axe_finds_nothing_where_something_is_kept_and_sounds(point: str, reader: Chrome) -> None:
    choose(reader)
    reader.get(f"{point}/read/nai-va-giot-suong/2")
    press(reader, "[data-mark]")
    press(reader, "[data-fold] summary")
    assert axe(reader) == []
    reader.get(f"{point}/listen/nghe-nai-va-giot-suong/2")
    press(reader, "[data-toggle]")
    wait(lambda: reader.execute_script("return diemdoc.sound.place()") > 0.3)
    press(reader, ".bar a[href='/']")
    wait(lambda: one(reader, "[data-mini]").is_displayed())
    assert axe(reader) == []
    press(reader, "[data-mini-close]")
    reader.get(f"{point}/mine")
    assert axe(reader) == []
    press(reader, "form[data-forget] button")


def test_axe_would_find_what_is_wrong(point: str, reader: Chrome) -> None:
    choose(reader)
    reader.get(point)
    script = "document.querySelector('main').innerHTML = '<img src=\"/x\"><a href=\"/\"></a>'"
    reader.execute_script(script)
    found = " ".join(axe(reader))
    assert "image-alt" in found
    assert "link-name" in found


@pytest.mark.parametrize(
    "name", ["home", "record", "read", "read-scan", "listen", "browse", "mine"]
)
def test_keys_reach_everything_and_one_sees_where(point: str, reader: Chrome, name: str) -> None:
    choose(reader)
    reader.get(point + PAGES[name])
    wanted = reader.execute_script(WANTED)
    steps: list[dict[str, Any]] = []
    for _ in range(wanted + 3):
        ActionChains(reader).send_keys(Keys.TAB).perform()
        step = reader.execute_script(FOCUSED)
        if step is None:
            break
        steps.append(step)
    assert steps[-1]["reached"] >= wanted
    assert [step["name"] for step in steps if step["outline"] < 2] == []
    assert [step["name"] for step in steps if step["covered"]] == []


def test_letters_of_thai_bring_their_font_along_and_other_pages_do_not(
    point: str, reader: Chrome
) -> None:
    choose(reader)
    reader.get(point)
    fetched = "return performance.getEntriesByType('resource').filter((x) => /woff2/.test(x.name))"
    assert reader.execute_script(f"{fetched}.length") == 0
    loaded = """
    const done = arguments[arguments.length - 1];
    document.querySelector('h2').textContent = 'ꪼꪕꪒꪾ';
    document.fonts.load('16px "Tai Viet"', 'ꪼ').then((fonts) => done(fonts.length), () => done(-1));
    """
    assert reader.execute_async_script(loaded) == 1
    assert reader.execute_script(f"{fetched}.length") == 1
