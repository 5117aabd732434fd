"""Every page is valid HTML, on a phone and on the touch screen, as the W3C's checker sees it."""

import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browser.npm import module
from tests.browser.pages import PAGES, TOUCH_PAGES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
# SVG pictures that we draw are checked with the pages.
DRAWN = {"qr.svg": "/qr.svg?to=/", "cover.svg": "/cover/oresol.svg"}


def errors(*files: Path) -> list[str]:
    """Return what the checker says against the files."""
    command = ["java", "-jar", str(module("vnu-jar/build/dist/vnu.jar")), "--format", "json"]
    command += ["--also-check-svg", "--exit-zero-always", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = json.loads(done.stderr)["messages"]
    return [
        f"{Path(one['url']).name}:{one.get('lastLine')}: {one['message']}"
        for one in said
        # Its one warning, a list that says it is a list, is meant: Safari forgets it without dots.
        if one["type"] == "error"
    ]


def fetched(address: str, surface: str) -> bytes:
    """Return a page, also one that says that there is none."""
    asked = urllib.request.Request(address, headers={"Cookie": f"surface={surface}"})
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return error.read()


def test_every_page_is_valid(point: str, tmp_path: Path) -> None:
    files = []
    for surface, pages in (("phone", PAGES), ("touch", TOUCH_PAGES), ("drawn", DRAWN)):
        for name, path in pages.items():
            ending = "" if name.endswith(".svg") else ".html"
            file = tmp_path / f"{name}{ending}"
            file.write_bytes(fetched(point + quote(path, safe="/?=&"), surface))
            files.append(file)
    assert len(files) > 30
    assert errors(*files) == []


def test_the_checker_would_find_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "wrong.html"
    file.write_text("<!doctype html><html lang=vi><title>x</title><p><div></p>", encoding="utf-8")
    assert errors(file)
