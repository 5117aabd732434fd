"""Write a picture of every page in every size: `script/screenshots [OUT]`.

Each page stands in a folder by its size, `OUT/360x640/home.png`, so that one leafs through a size.
Tall pages are taken whole, to at most `MOST_HEIGHT`.
"""

import argparse
import base64
import tempfile
from collections.abc import Iterator
from pathlib import Path

from selenium import webdriver

from tests.browser.conftest import build_point, open_phone

SIZES = ((360, 640), (412, 915), (1280, 800), (800, 480))
TOUCH_SIZES = ((1280, 800), (800, 480))
MOST_HEIGHT = 3200
# Of the project's samples; the name of the picture, then the address.
PAGES = {
    "home": "/",
    "mine": "/mine",
    "display": "/display?next=/",
    "browse": "/browse/",
    "listing": "/browse/collection/Thiếu nhi",
    "listing-empty": "/browse/subject/Không có",
    "values": "/browse/subject/",
    "shelf-new": "/shelf/new",
    "shelf-children": "/shelf/children",
    "shelf-listen": "/shelf/listen",
    "record": "/record/nai-va-giot-suong",
    "record-scan": "/record/lich-su-muong-mau",
    "read": "/read/nai-va-giot-suong/2",
    "read-scan": "/read/lich-su-muong-mau/2",
    "read-scan-found": "/read/lich-su-muong-mau/2?q=xã có",
    "read-scan-zoom": "/read/lich-su-muong-mau/2?zoom=200",
    "read-scan-text": "/read/lich-su-muong-mau/2?view=text",
    "read-find": "/search/in/lich-su-muong-mau?q=muong mau",
    "read-find-nothing": "/search/in/lich-su-muong-mau?q=khongco",
    "picture": "/read/ap-phich-doc-sach/1",
    "listen": "/listen/nghe-nai-va-giot-suong/2",
    "search": "/search?q=giot suong",
    "search-nothing": "/search?q=khongco12345",
    "privacy": "/privacy",
    "not-found": "/nope",
}
# Only where the browser is the touch screen.
TOUCH_PAGES = {
    "touch-start": "/touch/",
    "touch-home": "/",
    "touch-browse": "/browse/",
    "touch-search": "/search",
    "touch-record": "/record/nai-va-giot-suong",
    "touch-read": "/read/nai-va-giot-suong/2",
    "touch-read-scan": "/read/lich-su-muong-mau/2",
    "touch-listen": "/listen/nghe-nai-va-giot-suong/2",
    "touch-shelf-listen": "/shelf/listen",
}
# Pages whose keyboard is to be seen.
TYPED = ("touch-search",)


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--address", help="a reading point that serves the samples already")
    parser.add_argument("--theme", default="light", help="light, dark or sepia")
    parser.add_argument("--text", default="normal", help="small, normal, large, larger or huge")
    parser.add_argument("--only", default="", help="only pages whose name begins so")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        build_point(Path(scratch), chosen.address) as address,
    ):
        for size, pages in _wanted(chosen.only):
            folder = chosen.out / f"{size[0]}x{size[1]}"
            folder.mkdir(parents=True, exist_ok=True)
            browser = open_phone(Path(scratch) / folder.name, *size, ratio=1.0)
            try:
                browser.get(f"{address}/healthz")
                for name in ("theme", "text"):
                    browser.add_cookie({"name": name, "value": getattr(chosen, name)})
                for name, path in pages.items():
                    _surface(browser, is_touch=name.startswith("touch-"))
                    _take(browser, address + path, folder / f"{name}.png", size)
            finally:
                browser.quit()


def _wanted(only: str) -> Iterator[tuple[tuple[int, int], dict[str, str]]]:
    for size in SIZES:
        pages = PAGES | (TOUCH_PAGES if size in TOUCH_SIZES else {})
        kept = {name: path for name, path in pages.items() if name.startswith(only)}
        if kept:
            yield size, kept


def _surface(browser: webdriver.Chrome, *, is_touch: bool) -> None:
    browser.delete_cookie("surface")
    if is_touch:
        browser.add_cookie({"name": "surface", "value": "touch"})


def _take(browser: webdriver.Chrome, address: str, out: Path, size: tuple[int, int]) -> None:
    browser.get(address)
    if out.stem in TYPED:
        browser.find_element("css selector", "main input").click()
        browser.save_screenshot(str(out))
        return
    height = int(browser.execute_script("return document.documentElement.scrollHeight"))
    clip = {"x": 0, "y": 0, "scale": 1, "width": size[0]}
    clip["height"] = min(MOST_HEIGHT, max(size[1], height))
    wanted = {"captureBeyondViewport": True, "clip": clip, "format": "png"}
    taken = browser.execute_cdp_cmd("Page.captureScreenshot", wanted)
    out.write_bytes(base64.b64decode(taken["data"]))


if __name__ == "__main__":
    main()
