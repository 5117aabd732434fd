"""The catalogue says what is here as kiwix-serve does, and no metadata can break it."""

import datetime as dt
import gzip
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from content.library import change
from content.library.books import Books
from content.library.cards import Cards
from content.store.layout import StoreLayout
from kiosk.origins import Names
from kiosk.serving.message import Response
from kiosk.serving.routes import make_site
from tests.content.kiwix_maker import articles, make_indexed
from tests.kiosk.conftest import NOW
from tests.kiosk.serving.kiwix_shelf import HOSTILE, Server

ATOM = "{http://www.w3.org/2005/Atom}"
SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


def feed(answer: Response) -> ET.Element:
    assert answer.status == 200
    return ET.fromstring(answer.body)


def names(answer: Response) -> list[str]:
    return [str(one.text) for one in feed(answer).iterfind(f"{ATOM}entry/{ATOM}name")]


def first(server: Server, query: str = "name=lai-chau") -> ET.Element:
    found = feed(server.get(f"/catalog/v2/entries?{query}")).find(f"{ATOM}entry")
    assert found is not None
    return found


def header(answer: Response, name: str) -> str:
    return dict(answer.headers)[name]


def test_an_entry_has_all_fields_of_kiwix(server: Server) -> None:
    entry = first(server)
    texts = {one.tag.removeprefix(ATOM): one.text for one in entry if len(one) == 0}
    assert texts["title"] == "Sách lai-chau"
    assert texts["language"] == "vie"
    assert texts["flavour"] == "maxi"
    assert texts["category"] == "wikipedia"
    assert texts["tags"] == (
        "wikipedia;_category:wikipedia;_pictures:no;_ftindex:no;_videos:yes;_details:yes"
    )
    assert texts["articleCount"] == "43"
    assert texts["mediaCount"] == "1"
    assert texts["{http://purl.org/dc/terms/}issued"] == "2026-11-24T00:00:00Z"
    links = {one.get("type", "").split(";")[0]: one for one in entry.iterfind(f"{ATOM}link")}
    assert links["text/html"].get("href") == "/content/lai-chau"
    assert server.get(links["image/png"].get("href", "")).body.startswith(b"\x89PNG")
    assert not [one for one in links.values() if "acquisition" in one.get("rel", "")]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"lai-chau", "two", "plain", "hostile"}),
        ("lang=eng", {"two", "plain"}),
        ("lang=fra,eng", {"two", "plain"}),
        ("category=wikipedia", {"lai-chau"}),
        ("name=two", {"two"}),
        ("tag=wikipedia;_pictures:no", {"lai-chau"}),
        ("tag=wikipedia;_pictures:yes", set()),
        ("notag=wikipedia", {"two", "plain", "hostile"}),
        ("q=sach%20lai", {"lai-chau"}),
        ("q=S%C3%81CH&lang=vie", {"lai-chau", "two", "hostile"}),
        ("q=khong-co", set()),
        ("creator=nguoi%20viet", {"lai-chau", "two", "plain"}),
        ("maxsize=1", set()),
    ],
)
def test_the_archives_that_fit(server: Server, query: str, found: set[str]) -> None:
    answer = server.get(f"/catalog/v2/entries?{query}")
    assert set(names(answer)) == found
    assert feed(answer).findtext(f"{ATOM}totalResults") == str(len(found))
    assert feed(answer).findtext(f"{SEARCH}totalResults") == str(len(found))
    assert set(names(server.get(f"/catalog/search?{query}"))) == found


def test_pages_of_the_catalogue(server: Server) -> None:
    every = names(server.get("/catalog/v2/entries?count=-1"))
    seen, place = [], "/catalog/v2/entries?count=3"
    while place:
        page = feed(server.get(place))
        seen += [str(one.text) for one in page.iterfind(f"{ATOM}entry/{ATOM}name")]
        assert page.findtext(f"{ATOM}totalResults") == "4"
        link = page.find(f"{ATOM}link[@rel='next']")
        place = "" if link is None else link.get("href", "")
    assert seen == every
    last = feed(server.get("/catalog/v2/entries?start=3&count=3"))
    assert last.findtext(f"{ATOM}startIndex") == "3"
    assert last.findtext(f"{ATOM}itemsPerPage") == "1"
    assert len(every) == 4


@pytest.mark.parametrize("query", ["start=-1", "count=x", "maxsize=1e9", "start=%00"])
def test_a_number_that_is_none_is_refused(server: Server, query: str) -> None:
    assert server.get(f"/catalog/v2/entries?{query}").status == 400


def test_one_entry_and_its_picture(server: Server) -> None:
    uuid = str(first(server).findtext(f"{ATOM}id")).removeprefix("urn:uuid:")
    alone = feed(server.get(f"/catalog/v2/entry/{uuid}"))
    assert alone.findtext(f"{ATOM}name") == "lai-chau"
    for size in ("48", "48x48@1", "48@1"):
        assert server.get(f"/catalog/v2/illustration/{uuid}/?size={size}").status == 200
    for size in ("96", "48@2", "0", "48x96@1"):
        assert server.get(f"/catalog/v2/illustration/{uuid}/?size={size}").status in (400, 404)
    assert server.get(f"/catalog/v2/illustration/{uuid}/?size=96").status == 404
    assert server.get("/catalog/v2/entry/none").status == 404
    assert server.get("/catalog/v2/illustration/none/").status == 404
    assert server.get("/catalog/v2/nothing").status == 404


def test_languages_and_categories(server: Server) -> None:
    languages = feed(server.get("/catalog/v2/languages"))
    counts = {
        one.findtext("{http://purl.org/dc/terms/}language"): one.findtext(
            "{http://purl.org/syndication/thread/1.0}count"
        )
        for one in languages.iterfind(f"{ATOM}entry")
    }
    assert counts == {"vie": "3", "eng": "2"}
    categories = feed(server.get("/catalog/v2/categories"))
    assert [one.text for one in categories.iterfind(f"{ATOM}entry/{ATOM}title")] == ["wikipedia"]


@pytest.mark.parametrize(
    "path",
    [
        "root.xml",
        "searchdescription.xml",
        "search",
        "v2/root.xml",
        "v2/entries",
        "v2/partial_entries",
        "v2/categories",
        "v2/languages",
        "v2/searchdescription.xml",
    ],
)
def test_every_feed_is_kept_by_its_tag(server: Server, path: str) -> None:
    plain = server.get(f"/catalog/{path}")
    packed = server.get(f"/catalog/{path}", accept_encoding="gzip")
    feed(plain)
    assert gzip.decompress(packed.body) == plain.body
    assert header(packed, "Content-Encoding") == "gzip"
    assert header(packed, "ETag") != header(plain, "ETag")
    again = server.get(f"/catalog/{path}", if_none_match=header(plain, "ETag"))
    assert (again.status, again.body) == (304, b"")
    since = header(plain, "Last-Modified")
    assert server.get(f"/catalog/{path}", if_modified_since=since).status == 304
    early = "Thu, 01 Jan 2015 00:00:00 GMT"
    assert server.get(f"/catalog/{path}", if_modified_since=early).status == 200


def test_hostile_metadata_stay_text(server: Server) -> None:
    entry = first(server, "name=hostile")
    shown = HOSTILE.replace("\x01", "").replace("\ufffe", "")
    assert entry.findtext(f"{ATOM}title") == shown
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == shown
    asked = server.get("/catalog/v2/entries?q=%22%3E%3Cscript%3E%00%EF%BF%BE")
    assert b"<script" not in asked.body
    feed(asked)


def test_archives_are_read_once_and_new_ones_appear(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = shutil.copytree(shelf, tmp_path / "library")
    books = Books(root)
    server = Server(make_site(books, Names(8080, 8081)), lambda _: None)
    before = server.get("/catalog/v2/entries?count=-1")
    file = make_indexed(tmp_path / "new.zim", articles(3))
    change.add(root, [file], now=NOW + dt.timedelta(1), report=lambda *_: None)
    for old in StoreLayout(root).archives.glob("two-*.zim"):
        old.unlink()  # its card is known: it is not opened again
    after = server.get("/catalog/v2/entries?count=-1")
    assert set(names(after)) - set(names(before)) == {"new"}
    assert header(after, "ETag") != header(before, "ETag")
    assert len(books._open) == 0


def test_an_archive_whose_disk_is_gone_is_named_and_returns(shelf: Path, tmp_path: Path) -> None:
    root = shutil.copytree(shelf, tmp_path / "library")
    (file,) = StoreLayout(root).archives.glob("two-*.zim")
    away = file.rename(tmp_path / "away.zim")
    cards = Cards(Books(root))
    assert [one.is_whole for one in cards.all() if one.book == "two"] == [False]
    away.rename(file)
    cards._ask_again_at = 0.0
    assert [one.is_whole for one in cards.all() if one.book == "two"] == [True]


def test_an_empty_library_has_an_empty_catalogue(tmp_path: Path) -> None:
    server = Server(make_site(Books(tmp_path), Names(8080, 8081)), lambda _: None)
    assert names(server.get("/catalog/v2/entries")) == []
    feed(server.get("/catalog/root.xml"))


def test_an_archives_own_origin_has_no_catalogue(server: Server) -> None:
    for path in ("/catalog/v2/entries", "/suggest?content=two", "/random?content=two"):
        assert server.get(path, host="z-two.content.localhost:8081").status == 404
