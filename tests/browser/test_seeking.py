"""A jump in a recording whose bit rate varies lands within a tenth of a second."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import Phone, diemdoc, serving
from tests.content.builder.sounds import encode
from tools.bench_seeking import errors_s, make_reference

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
LENGTH_S = 900
SPOTS = (33.3, 211.17, 422.84, 603.03, 877.7)


def test_jumps_are_exact_in_what_is_heard_but_not_in_the_original(
    tmp_path: Path, phone: Phone
) -> None:
    source, reference = tmp_path / "books", tmp_path / "reference.wav"
    source.mkdir()
    make_reference(reference, LENGTH_S)
    encode(reference, source / "dai.mp3", "-q:a", "4", "-b:a", "0")
    (source / "catalog.csv").write_text("id,title,format,file\ndai,Dài,audiobook,dai.mp3\n")
    archive, library = tmp_path / "dai.zim", tmp_path / "library"
    diemdoc("build", str(source), "-o", str(archive))
    diemdoc("library", "add", str(archive), "--library", str(library))
    with serving(library) as point:
        browser = phone()
        browser.get(f"{point}/listen/dai")
        tracks = json.loads(
            browser.execute_script("return document.querySelector('[data-tracks]').textContent")
        )
        heard = tracks[0]["sounds"][0]["src"]
        browser.get(f"{point}/record/dai")
        downloads = "return [...document.querySelectorAll('a[download]')].map((one) => one.href)"
        assert f"{point}/download/dai/1" in browser.execute_script(downloads)
        # Sound of another origin may be heard, not measured.
        where = urlsplit(heard)
        browser.get(f"{where.scheme}://{where.netloc}/healthz")
        assert max(map(abs, errors_s(browser, heard, reference, SPOTS))) <= 0.1
        kept = heard.replace("01.mp3", "01-original.mp3")
        assert max(map(abs, errors_s(browser, kept, reference, SPOTS[:3]))) > 0.2
