"""Without a script a reader looks closer, finds inside, takes a place along, and forgets."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from kiosk.app import create_app
from kiosk.config import KioskConfig
from kiosk.views import reader
from tests.kiosk.test_pages import OURS

SCAN = "/read/lich-su-muong-mau"


def test_a_reader_finds_inside_the_book_and_sees_it_on_the_picture(client: FlaskClient) -> None:
    reader = client.get(f"{SCAN}/1").text
    assert 'action="/search/in/lich-su-muong-mau"' in reader
    places = client.get("/search/in/lich-su-muong-mau?q=bay ban").text
    link = re.search(rf'href="({SCAN}/2\?q=[^"#]+)#found"', places)
    assert link
    found = client.get(link[1].replace("&amp;", "&")).text
    assert len(re.findall(r"<rect", found)) >= 2
    assert "<rect" not in client.get(f"{SCAN}/2").text


def test_what_is_searched_for_is_never_markup(client: FlaskClient) -> None:
    for address in ("/search/in/lich-su-muong-mau", f"{SCAN}/2"):
        page = client.get(address, query_string={"q": '"><script>alert(1)</script>'})
        assert page.status_code == 200
        assert "<script>alert" not in page.text


@pytest.mark.parametrize(("zoom", "shown"), [("200", 200), ("101", 100), ("x", 100), ("-1", 100)])
def test_a_page_is_looked_at_closer_by_a_link(client: FlaskClient, zoom: str, shown: int) -> None:
    page = client.get(f"{SCAN}/2?zoom={zoom}").text
    assert f'data-zoom="{shown}"' in page


def test_the_steps_of_zoom_end_where_they_end(client: FlaskClient) -> None:
    assert "zoom=300" in client.get(f"{SCAN}/2?zoom=300").text
    assert "zoom=100" in client.get(f"{SCAN}/2?zoom=100").text


def test_a_code_opens_the_same_place_at_the_name_that_phones_know(library_root: Path) -> None:
    config = KioskConfig(
        library=library_root, bind="0.0.0.0:80", host="diemdoc.lan", content_host="sach.lan"
    )
    client = create_app(config).test_client()
    code = client.get("/qr.svg?to=/read/oresol/1%23at%3D0.5")
    assert code.mimetype == "image/svg+xml"
    assert code.data.startswith(b"<svg")
    assert code.data != client.get("/qr.svg?to=/read/oresol/1").data
    assert "diemdoc.lan/record/oresol" in client.get("/record/oresol").text


@pytest.mark.parametrize("path", ["//evil.example", "http://evil.example", "x", "/" + "a" * 600])
def test_a_code_leads_to_this_site_only(client: FlaskClient, path: str) -> None:
    assert client.get("/qr.svg", query_string={"to": path}).status_code == 404


def test_forgetting_takes_every_choice_from_the_phone(client: FlaskClient) -> None:
    for choice in ("theme/dark", "text/huge", "spacing/wide", "face/sans", "locale/en"):
        assert client.post(f"/display/{choice}", headers=OURS).status_code == 303
    assert "text-huge" in client.get("/").text
    assert client.post("/forget").status_code == 403
    answer = client.post("/forget", headers=OURS)
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    page = client.get(answer.headers["Location"]).text
    assert "Đã quên hết" in page
    for word in ("theme-dark", "text-huge", "spacing-wide", "face-sans", 'lang="en"'):
        assert word not in page.partition("<body")[0]
    # Twice is as good as once.
    assert client.post("/forget", headers=OURS).status_code == 303


def test_a_part_is_taken_along_by_itself(client: FlaskClient) -> None:
    # The sample is one file with four chapters.
    page = client.get("/listen/nghe-nai-va-giot-suong").text
    assert "/download/nghe-nai-va-giot-suong/part/4" in page
    answer = client.get("/download/nghe-nai-va-giot-suong/part/2")
    assert answer.mimetype == "audio/aac"
    assert answer.data.startswith(b"\xff\xf1")
    assert ".aac" in answer.headers["Content-Disposition"]
    assert client.get("/download/nghe-nai-va-giot-suong/part/99").status_code == 404
    assert client.get("/download/nai-va-giot-suong/part/1").status_code == 404
    assert client.get("/download/nghe-nai-va-giot-suong/1").status_code == 302


def test_a_page_carries_the_contents_around_it_and_leads_to_all(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = client.get(f"{SCAN}/1").text
    listed = _contents(whole)
    assert len(listed) >= 3
    assert "contents=all" not in whole
    monkeypatch.setattr(reader, "LISTED", 2)
    for number in listed:
        page = client.get(f"{SCAN}/{number}").text
        around = _contents(page)
        assert len(around) == 2
        assert number in around
        assert f"({len(listed)})" in page
    everything = client.get("/record/lich-su-muong-mau?contents=all").text
    assert '<details id="contents" open>' in everything


def _contents(page: str) -> list[int]:
    """Return the numbers that the contents of a page lead to."""
    folds = page.partition('<ol class="contents">')[2].partition("</ol>")[0]
    return [int(one) for one in re.findall(rf'"{SCAN}/(\d+)', folds)]
