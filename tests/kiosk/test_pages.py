"""Every page answers in Vietnamese, with a next step, whatever the address or the library."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from kiosk.app import create_app
from kiosk.config import KioskConfig

PAGES = [
    "/",
    "/search",
    "/search?q=suong",
    "/search?q=khongco12345",
    "/browse/",
    "/browse/subject/",
    "/browse/creator/",
    "/browse/collection/Thiếu nhi?sort=new",
    "/browse/subject/Địa chí",
    "/shelf/new",
    "/shelf/children",
    "/shelf/listen",
    "/shelf/local",
    "/record/nai-va-giot-suong",
    "/record/lich-su-muong-mau",
    "/record/others",
    "/read/nai-va-giot-suong/2",
    "/read/lich-su-muong-mau/2",
    "/read/lich-su-muong-mau/2?view=text",
    "/read/ap-phich-doc-sach/1",
    "/listen/nghe-nai-va-giot-suong",
    "/listen/nghe-nai-va-giot-suong/3",
    "/display",
    "/mine",
]


@pytest.mark.parametrize("address", PAGES)
def test_every_page_answers_in_the_readers_language(client: FlaskClient, address: str) -> None:
    page = client.get(address)
    assert page.status_code == 200
    assert '<html lang="vi"' in page.text
    assert "Trang chủ" in page.text or "Cỡ chữ" in page.text
    client.set_cookie("locale", "en")
    assert '<html lang="en"' in client.get(address).text


@pytest.mark.parametrize("address", PAGES)
def test_every_page_runs_only_our_own_files(client: FlaskClient, address: str) -> None:
    page = client.get(address)
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"\son[a-z]+=|javascript:", page.text)
    assert not re.search(r'(src|href)="(https?:)?//', page.text)


# Links that an earlier page led to.
SEEN: set[str] = set()


@pytest.mark.parametrize("address", PAGES)
def test_every_link_and_picture_of_a_page_is_there(client: FlaskClient, address: str) -> None:
    page = client.get(address)
    found = set(re.findall(r'(?:src|href)="(/[^"#]*)"', page.text))
    assert found
    for link in found - SEEN:
        SEEN.add(link)
        answer = client.get(link.replace("&amp;", "&"))
        assert answer.status_code in {200, 302, 303}, link


def test_the_front_page_shows_the_shelves(client: FlaskClient) -> None:
    text = client.get("/").text
    for words in ("Mới có", "Cho thiếu nhi", "Để nghe", "Địa chí", "Con nai và giọt sương"):
        assert words in text


def test_an_empty_library_says_what_to_do(empty: FlaskClient) -> None:
    for address in ("/", "/browse/", "/search?q=x", "/healthz"):
        assert empty.get(address).status_code == 200
    assert "Kệ sách còn trống" in empty.get("/").text


@pytest.mark.parametrize(
    "address",
    [
        "/nope",
        "/record/nope",
        "/read/nope/1",
        "/read/nai-va-giot-suong/0",
        "/read/nai-va-giot-suong/99",
        "/listen/nai-va-giot-suong",
        "/listen/nghe-nai-va-giot-suong/99",
        "/browse/nope/x",
        "/shelf/nope",
        "/content/nope/x",
        "/content/others/nope",
        "/download/nai-va-giot-suong/9",
        "/static/0/nope.css",
        "/content/others/../../../etc/passwd",
    ],
)
def test_what_is_not_there_is_a_page_that_offers_search(client: FlaskClient, address: str) -> None:
    page = client.get(address)
    assert page.status_code == 404
    assert 'role="search"' in page.text
    assert "Không có trang này" in page.text


def test_a_disk_that_is_pulled_out_is_told_in_plain_words(
    library_root: Path, tmp_path: Path
) -> None:
    root = tmp_path / "library"
    root.mkdir()
    (root / "generations").symlink_to(library_root / "generations")
    (root / "current").write_bytes((library_root / "current").read_bytes())
    client = create_app(KioskConfig(library=root)).test_client()
    page = client.get("/read/nai-va-giot-suong/1")
    assert page.status_code == 503
    assert "Ổ đĩa" in page.text
    assert client.get("/").status_code == 200
    (root / "archives").symlink_to(library_root / "archives")
    assert client.get("/read/nai-va-giot-suong/1").status_code == 200


def test_a_search_that_does_not_answer_is_told_in_plain_words(
    library_root: Path, tmp_path: Path
) -> None:
    config = KioskConfig(library=library_root, search_socket=str(tmp_path / "nobody"))
    client = create_app(config).test_client()
    page = client.get("/search?q=nai")
    assert page.status_code == 503
    assert "Nhiều người đang tìm" in page.text
    assert 'href="/search?q=nai"' in page.text
    assert client.get("/").status_code == 200


def test_an_error_of_ours_is_a_page_and_no_traceback(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(client.application.extensions["library"], "summaries", fail)
    page = client.get("/shelf/new")
    assert page.status_code == 500
    assert "secret" not in page.text
    assert "Máy gặp trục trặc" in page.text


OURS = {"Origin": "http://localhost"}


def test_choices_are_kept_and_lead_back_only_to_this_site(client: FlaskClient) -> None:
    choice = "/display/theme/dark"
    answer = client.post(choice, data={"next": "/record/oresol"}, headers=OURS)
    assert answer.headers["Location"] == "/record/oresol"
    cookie = answer.headers["Set-Cookie"]
    assert "SameSite=Strict" in cookie
    assert "HttpOnly" in cookie
    assert "Domain" not in cookie
    assert "theme-dark" in client.get("/").text
    for evil in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"):
        answer = client.post(choice, data={"next": evil}, headers=OURS)
        assert answer.headers["Location"] == "/"
    assert client.post("/display/theme/loud", headers=OURS).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OURS, 303),
        ({"Referer": "http://localhost/display"}, 303),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://z-others.content.localhost:8081"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "http://localhost:8081"}, 403),
        ({"Origin": "null", "Referer": "http://localhost/"}, 403),
        ({"Referer": "http://[bad"}, 403),
    ],
)
def test_nothing_changes_but_by_a_page_of_ours(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    answer = client.post("/display/theme/dark", headers=headers)
    assert answer.status_code == status
    assert ("Set-Cookie" in answer.headers) == (status == 303)


def test_search_answers_programs(client: FlaskClient) -> None:
    found = client.get("/api/search?q=giot suong&limit=2").json
    assert found is not None
    assert found["total"] >= 2
    hit = found["hits"][0]
    assert set(hit) >= {"id", "title", "creator", "form", "archive", "path", "score", "snippet"}
    assert found["facets"]["form"]
    only = client.get("/api/search?q=giot suong&form=audiobook").json
    assert only is not None
    assert [one["form"] for one in only["hits"]] == ["audiobook"]
    assert client.get("/api/suggest?q=con n").json == [
        "Con nai và giọt sương",
        "Con nai và giọt sương (sách nói)",
    ]


@pytest.mark.parametrize("value", ["-1", "x", "99999999999", "", "1e9", "%00"])
def test_numbers_that_are_none_are_forgiven(client: FlaskClient, value: str) -> None:
    assert client.get(f"/search?q=suong&page={value}").status_code == 200
    assert client.get(f"/api/search?q=suong&limit={value}&offset={value}").status_code == 200
    assert client.get(f"/read/lich-su-muong-mau/go?page={value}").status_code == 302


def test_found_words_are_marked_and_nothing_else_is_markup(client: FlaskClient) -> None:
    text = client.get("/search?q=giot suong").text
    assert "<mark>" in text
    text = client.get("/search", query_string={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in text


def test_pages_are_packed_for_slow_phones(client: FlaskClient) -> None:
    page = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert len(page.data) < 12_000


def test_style_and_scripts_are_kept_for_ever(client: FlaskClient) -> None:
    link = re.search(r'href="(/static/[^"]+\.css)"', client.get("/").text)
    assert link
    answer = client.get(link[1], headers={"Accept-Encoding": "gzip"})
    assert "immutable" in answer.headers["Cache-Control"]
    old = client.get(re.sub(r"/static/\w+/", "/static/0/", link[1]))
    assert "immutable" not in old.headers["Cache-Control"]


def test_a_quiet_link_leads_staff_to_their_console_where_it_is(library_root: Path) -> None:
    here = create_app(KioskConfig(library=library_root)).test_client()
    assert '<a class="foot-staff" href="/staff/">Dành cho cán bộ</a>' in here.get("/").text
    here.set_cookie("surface", "touch")
    assert "/staff/" not in here.get("/").text
    away = KioskConfig(library=library_root, staff_bind="127.0.0.1:8090")
    assert "/staff/" not in create_app(away).test_client().get("/").text
