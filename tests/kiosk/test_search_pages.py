"""What is found can be narrowed and opens where the words stand; nothing found is a next step."""

import re
import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from content.library import change
from content.library.results import SearchPage, page_as_json
from kiosk.app import create_app
from kiosk.config import KioskConfig
from tests.content.kiwix_maker import Article, make_indexed
from tests.kiosk.conftest import NOW, build_library


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("search")
    build_library(base / "library", base)
    pages = [Article("bài/một.html", "Giọt sương mai", "Giọt sương mai đọng trên lá cỏ.")]
    archive = make_indexed(base / "bach-khoa.zim", pages, metadata={"Title": "Bách khoa"})
    change.add(base / "library", [archive], now=NOW, report=lambda *_: None)
    return base / "library"


@pytest.fixture
def client(root: Path) -> FlaskClient:
    return create_app(KioskConfig(library=root)).test_client()


def links(text: str) -> list[str]:
    return [one.replace("&amp;", "&") for one in re.findall(r'href="([^"]+)"', text)]


def test_results_can_be_narrowed_and_widened_again(client: FlaskClient) -> None:
    text = client.get("/search?q=giot suong").text
    narrowed = next(one for one in links(text) if "form=audiobook" in one)
    page = client.get(narrowed).text
    assert "1 kết quả" in page
    assert "Sách nói" in page
    taken_off = next(
        one for one in links(page) if one.startswith("/search?q=giot") and "form" not in one
    )
    assert client.get(taken_off).text.count('class="hit"') == text.count('class="hit"')


def test_every_facet_and_order_leads_to_results(client: FlaskClient) -> None:
    text = client.get("/search?q=giot suong").text
    facets = [one for one in links(text) if re.search(r"[&?](form|sort|language|audience)=", one)]
    assert len(facets) >= 4
    for one in facets:
        assert 'class="hit"' in client.get(one).text, one


def test_a_place_opens_at_the_words_marked(client: FlaskClient) -> None:
    text = client.get("/search?q=giot suong").text
    place = next(one for one in links(text) if one.startswith("/read/nai-va-giot-suong/2"))
    assert place.endswith("?q=giot+suong#found")
    page = client.get(place.partition("#")[0]).text
    assert 'id="found"' in page
    assert ">Giọt sương</mark>" in page
    turned = [one for one in links(page) if one.startswith("/read/nai-va-giot-suong/3")][-1]
    assert "q=giot+suong" in turned
    assert "<mark" not in client.get("/read/nai-va-giot-suong/2").text


def test_words_are_marked_on_the_picture_of_a_page_and_in_its_text(client: FlaskClient) -> None:
    page = client.get("/read/lich-su-muong-mau/1?q=muong mau").text
    assert page.count("<rect") >= 2
    assert page.count('id="found"') == 1
    text = client.get("/read/lich-su-muong-mau/1?view=text&q=muong mau").text
    assert ">Mường Mẫu</mark>" in text
    assert text.count('id="found"') == 1
    assert '<svg class="boxes"' not in client.get("/read/lich-su-muong-mau/1").text


def test_a_page_of_an_archive_of_others_opens_under_our_bar(client: FlaskClient) -> None:
    text = client.get("/search?q=giot suong mai").text
    assert "Bách khoa" in text
    found = next(one for one in links(text) if one.startswith("/view/bach-khoa/"))
    page = client.get(found)
    assert page.status_code == 200
    assert "/content/bach-khoa" in page.text


def test_all_places_of_one_book(client: FlaskClient) -> None:
    page = client.get("/search/in/nai-va-giot-suong?q=giot suong").text
    places = [one for one in links(page) if one.startswith("/read/nai-va-giot-suong/")]
    assert len(places) >= 2
    for one in places:
        assert client.get(one.partition("#")[0]).status_code == 200
    none = client.get("/search/in/nai-va-giot-suong?q=zzz").text
    assert "/search?q=zzz" in links(none)
    assert client.get("/search/in/nope?q=x").status_code == 404


def test_nothing_found_offers_what_to_try(client: FlaskClient) -> None:
    text = client.get("/search?q=xqzw zzkq").text
    assert "Không tìm thấy" in text
    assert "/search?q=xqzw" in links(text)
    assert "/browse/" in links(text)


def test_what_was_mended_is_said(client: FlaskClient) -> None:
    text = client.get("/search?q=giot suongg").text
    assert "Đã tìm:" in text or "Có phải bạn tìm" in text
    assert "giọt sương" in text.lower()


def test_a_search_cut_short_says_so(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    reply = page_as_json(SearchPage(partial=True))
    monkeypatch.setattr(
        client.application.extensions["searcher"], "ask", lambda _job: reply, raising=False
    )
    text = client.get("/search?q=nai").text
    assert "có thể còn" in text or "lâu" in text


def test_suggestions_say_of_what_kind_they_are(client: FlaskClient) -> None:
    found = client.get("/api/suggest?kinds=1&q=muong").json
    assert found
    assert {"words", "kind"} == set(found[0])
    assert {one["kind"] for one in found} & {"place", "work"}
    assert all(isinstance(one, str) for one in client.get("/api/suggest?q=muong").json or [1])


def test_the_api_tells_more_than_before_and_nothing_less(client: FlaskClient) -> None:
    found = client.get("/api/search?q=giot suong mai").json
    assert found is not None
    assert set(found) >= {"total", "hits", "facets", "partial", "understood", "near"}
    entry = next(one for one in found["hits"] if one["kind"] == "entry")
    assert (entry["archive"], entry["path"]) == ("bach-khoa", "bài/một.html")


def test_an_index_that_cannot_be_read_is_told_and_the_shelves_stay(
    root: Path, tmp_path: Path
) -> None:
    shutil.copytree(root, tmp_path / "library")
    for one in (tmp_path / "library" / "generations").glob("*/search/engine.json"):
        one.write_text('{"engine": "tantivy", "version": 0, "analysis": 0}')
    client = create_app(KioskConfig(library=tmp_path / "library")).test_client()
    page = client.get("/search?q=nai")
    assert page.status_code == 503
    assert "diemdoc library rebuild" in page.text
    assert client.get("/browse/").status_code == 200
    answer = client.get("/api/search?q=nai")
    assert answer.status_code == 503
    assert answer.json == {"error": "Máy tìm kiếm chưa sẵn sàng", "code": "index"}


def test_what_is_suggested_is_suggested_once(client: FlaskClient) -> None:
    found = client.get("/api/suggest?q=muon").json
    assert found
    assert len(found) == len({one.casefold() for one in found})
