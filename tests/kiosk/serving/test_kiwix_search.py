"""Kiwix's apps search here as on kiwix-serve, with or without accents, in bounded time."""

import json
import shutil
import xml.etree.ElementTree as ET
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from flask.testing import FlaskClient

from content.archive.full_text import snippet, wanted_words
from content.archive.packed import PackedArchive, write_packed
from content.builder.zim_item import EntryItem
from content.library.archive_search import ArchiveSearch
from content.library.books import Books
from content.store.layout import StoreLayout
from content.vietnamese import spellings_of_d
from kiosk.app import create_app
from kiosk.config import KioskConfig
from kiosk.origins import Names
from kiosk.searching.jobs import Jobs
from kiosk.serving.message import Response
from kiosk.serving.routes import make_site
from tests.content.zim_maker import HTML, make_archive
from tests.kiosk.serving.kiwix_shelf import TOWN, Server, server_of

SUOI = quote("suối")
TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"


@pytest.fixture
def packed(shelf: Path, tmp_path: Path) -> Server:
    """The same library with sidecars."""
    root = shutil.copytree(shelf, tmp_path / "library")
    layout = StoreLayout(root)
    layout.packed.mkdir(exist_ok=True)
    for held in Books(root).generation.archives:
        write_packed(layout.archives / held.file, layout.packed_of(held.file))
    return Server(make_site(Books(root), Names(8080, 8081)), Jobs(root).do)


def rss(server: Server, query: str) -> tuple[int, list[tuple[str, str, str]]]:
    """Return the total, and each item's path, title and description with its marks."""
    answer = server.get(f"/search?format=xml&{query}")
    assert answer.status == 200, answer.body
    channel = ET.fromstring(answer.body).find("channel")
    assert channel is not None
    items = []
    for one in channel.iterfind("item"):
        text = one.find("description")
        assert text is not None
        shown = "".join([text.text or "", *(f"[{bold.text}]{bold.tail or ''}" for bold in text)])
        items.append((unquote(str(one.findtext("link"))), str(one.findtext("title")), shown))
    return int(str(channel.findtext(TOTAL))), items


def suggestions(answer: Response) -> list[dict[str, Any]]:
    assert answer.status == 200
    found: list[dict[str, Any]] = json.loads(answer.body)
    return found


@pytest.mark.parametrize("words", ["dien bien", "Điện Biên", "DIEN BIEN", "điện biên phủ"])
def test_words_are_found_with_and_without_accents(
    server: Server, packed: Server, words: str
) -> None:
    for one in (server, packed):
        _, items = rss(one, f"books.name=lai-chau&pattern={quote(words)}&pageLength=140")
        found = {path: text for path, _, text in items}
        text = found["/content/lai-chau/dien-bien.html"]
        assert "[Điện] [Biên]" in text
        assert "color" not in text
        assert "/content/lai-chau/bien.html" not in found or words.isascii()


def test_several_archives_are_merged_by_rank(server: Server) -> None:
    total, items = rss(server, "pattern=su%E1%BB%91i&pageLength=140")
    only = [rss(server, f"books.name={name}&pattern={SUOI}&pageLength=140")[0] for name in ("two",)]
    books = [path.split("/")[2] for path, _, _ in items]
    assert set(books) == {"lai-chau", "two"}
    assert books[:2] in (["lai-chau", "two"], ["two", "lai-chau"])
    assert total == len(items)
    assert books.count("two") == only[0]
    both = rss(server, f"books.name=lai-chau&books.name=two&pattern={SUOI}&pageLength=140")
    assert sorted(both[1]) == sorted(items)


def test_pages_of_results_hold_each_once(server: Server) -> None:
    total, every = rss(server, "pattern=n%C3%BAi&pageLength=140")
    turned: list[tuple[str, str, str]] = []
    for start in range(1, total + 1, 7):
        turned += rss(server, f"pattern=n%C3%BAi&pageLength=7&start={start}")[1]
    assert turned == every
    assert total > 14
    assert rss(server, f"pattern=n%C3%BAi&start={total + 1}")[1] == []


def test_an_archive_without_an_index_is_searched_by_titles(server: Server, packed: Server) -> None:
    for one in (server, packed):
        _, items = rss(one, "content=plain&pattern=dien%20bien")
        assert [(path, title) for path, title, _ in items] == [
            ("/content/plain/dien-bien.html", TOWN.title)
        ]


def test_archives_by_uuid_and_by_filter(server: Server) -> None:
    (held,) = [one for one in Books_of(server) if one.name == "two"]
    by_id = rss(server, f"books.id={held.uuid}&pattern={SUOI}&pageLength=140")
    assert by_id[0] > 0
    assert by_id == rss(server, f"books.name=two&pattern={SUOI}&pageLength=140")
    assert rss(server, f"books.filter.lang=eng&pattern={SUOI}&pageLength=140") == by_id
    assert server.get("/search?pattern=a&books.filter.lang=xxx").status == 404


def Books_of(server: Server) -> tuple[Any, ...]:  # noqa: N802
    return server.site._books.generation.archives


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/search?pattern=a&books.name=none", 404),
        ("/search?pattern=a&content=none", 404),
        ("/search?pattern=a&books.id=none", 404),
        ("/search?pattern=", 400),
        ("/search?books.name=two", 400),
        ("/search?pattern=a&start=-1", 400),
        ("/search?pattern=a&start=999999", 400),
        ("/search?pattern=a&pageLength=many", 400),
        ("/suggest?term=a", 400),
        ("/suggest?content=none&term=a", 404),
        ("/suggest?content=two&term=a&count=-1", 400),
        ("/random", 400),
        ("/random?content=none", 404),
    ],
)
def test_what_cannot_be_answered_is_refused(server: Server, target: str, status: int) -> None:
    assert server.get(target).status == status


def test_a_page_for_people_turns_and_repeats_the_words(server: Server) -> None:
    page = server.get("/search?books.name=two&pattern=su%E1%BB%91i&pageLength=2").body.decode()
    assert 'lang="vi"' in page
    assert 'value="suối"' in page
    assert page.count("<li>") == 2
    assert "<b>suối</b>" in page
    assert 'rel="next" href="/search?books.name=two&amp;pattern=su%E1%BB%91i&amp;start=3' in page
    assert 'rel="prev"' not in page
    nothing = server.get("/search?books.name=two&pattern=zzzz").body.decode()
    assert "Không thấy" in nothing


def test_hostile_titles_and_words_stay_text(server: Server) -> None:
    for form in ("", "&format=xml"):
        body = server.get(f"/search?pattern=b%E1%BA%ABy{form}").body
        assert b"x.html" in body
        assert b"<script" not in body
        asked = server.get(f"/search?pattern=%22%3E%3Cscript%3E%01{form}").body
        assert b"<script" not in asked
    rows = suggestions(server.get("/suggest?content=hostile&term=s%C3%A1ch"))
    assert rows[0]["path"] == "x.html"
    assert "<" not in rows[0]["label"]
    assert unescape(rows[0]["label"]).startswith("Sách <b>")
    bad = suggestions(server.get("/suggest?content=two&term=%3Cimg%20src=x%3E"))
    assert "<" not in bad[-1]["label"]


def test_suggestions_are_those_of_kiwix(server: Server, packed: Server) -> None:
    for one in (server, packed):
        rows = suggestions(one.get("/suggest?content=lai-chau&term=dien%20bien%20ph"))
        assert rows == [
            {
                "value": TOWN.title,
                "label": TOWN.title,
                "kind": "path",
                "path": "dien-bien.html",
            },
            {"value": "dien bien ph ", "label": "chứa “dien bien ph”…", "kind": "pattern"},
        ]
        plain = suggestions(one.get("/suggest?content=plain&term=dien"))
        assert [row["kind"] for row in plain] == ["path"]
        two = suggestions(one.get("/suggest?content=lai-chau&term=su&count=2&start=0"))
        more = suggestions(one.get("/suggest?content=lai-chau&term=su&count=2&start=2"))
        assert len(two) == 3
        assert not {row.get("path") for row in two[:2]} & {row.get("path") for row in more[:2]}


def test_with_a_sidecar_suggestions_need_no_search_process(packed: Server) -> None:
    books = packed.site._books
    alone = Server(make_site(books, Names(8080, 8081)), lambda job: {"error": "nobody is there"})
    rows = suggestions(alone.get("/suggest?content=lai-chau&term=dien%20bien%20ph"))
    assert rows[0]["value"] == TOWN.title
    # Nobody turns so many pages: what would read thousands of rows is not done among pages.
    assert alone.get("/suggest?content=lai-chau&term=su&start=1001").status == 504
    assert packed.get("/suggest?content=lai-chau&term=su&start=1001").status == 200


def test_a_suggestion_reads_no_more_rows_than_it_shows(tmp_path: Path) -> None:
    """Also among 20,000 pages of the same title, so that no suggestion can slow a page."""
    path = tmp_path / "a.packed"
    archive = make_archive(
        tmp_path / "a.zim",
        extra=[EntryItem(f"p/{number}", HTML, "x", title="Trang") for number in range(20_000)],
    )
    write_packed(archive, path)
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    packed = PackedArchive(path)
    packed._database.set_progress_handler(count, 10)
    assert len(packed.titles("trang", limit=10)) == 10
    # Ten of SQLite's steps a call: reading all rows would be tens of thousands of them.
    assert 0 < steps < 60


def test_old_addresses_lead_to_the_new_ones(server: Server) -> None:
    assert dict(server.get("/two/b%C3%A0i/0001%20a.html").headers)["Location"] == (
        "/content/two/b%C3%A0i/0001%20a.html"
    )
    assert server.get("/none/index.html").status == 404


def test_a_random_page_is_a_page(server: Server) -> None:
    places = set()
    for _ in range(12):
        answer = server.get("/random?content=two")
        headers = dict(answer.headers)
        assert answer.status == 302
        assert headers["Cache-Control"] == "no-store"
        page = server.get(headers["Location"])
        assert dict(page.headers)["Content-Type"].startswith("text/html")
        places.add(headers["Location"])
    assert len(places) > 1


def _reply(reply: dict[str, Any] | None, _: dict[str, Any]) -> dict[str, Any] | None:
    return reply


def test_a_search_process_that_is_silent_or_fails_is_told(shelf: Path) -> None:
    replies: list[dict[str, Any] | None] = [None, {"error": "x", "code": "search"}]
    for reply in replies:
        job_done = partial(_reply, reply)
        server = Server(make_site(Books(shelf), Names(8080, 8081)), job_done)
        for target in ("/search?pattern=a", "/suggest?content=two&term=a"):
            answer = server.get(target)
            assert answer.status == 504
            assert "bận" in answer.body.decode()


def test_an_answer_is_kept_until_the_library_changes_and_never_a_part_of_one(
    shelf: Path,
) -> None:
    asked: list[dict[str, Any]] = []
    jobs = server_of(shelf)

    def count(job: dict[str, Any]) -> dict[str, Any] | None:
        asked.append(job)
        reply = jobs.do(job)
        assert reply is not None
        return {**reply, "partial": "Biển" in job["words"]}

    server = Server(make_site(Books(shelf), Names(8080, 8081)), count)
    whole, part = "/suggest?content=lai-chau&term=su", "/suggest?content=lai-chau&term=Bi%E1%BB%83n"
    assert server.get(whole).body == server.get(whole, if_none_match="*").body != b""
    assert len(asked) == 1
    server.get(part)
    server.get(part)
    assert len(asked) == 3
    server.site._ready.clear()
    server.get(whole)
    assert len(asked) == 4


def test_what_was_found_in_time_is_the_answer(shelf: Path) -> None:
    books = Books(shelf)
    found = ArchiveSearch(books).page(["lai-chau", "two"], "suối", limit=5, budget_s=-1.0)
    assert (found.partial, found.places) == (True, ())
    whole = ArchiveSearch(books).page(["lai-chau", "two"], "suối", limit=5)
    assert (whole.partial, len(whole.places)) == (False, 5)


def test_the_app_answers_kiwix_clients_too(shelf: Path) -> None:
    client: FlaskClient = create_app(KioskConfig(library=shelf)).test_client()
    assert client.get("/catalog/v2/entries").text.count("<entry>") == 4
    assert (
        client.get("/search?pattern=dien+bien&content=plain&format=xml").text.count("<item>") == 1
    )
    assert len(client.get("/suggest?content=plain&term=dien").get_json()) == 1
    assert client.get("/random?content=two").status_code == 302
    assert client.get("/search/searchdescription.xml").status_code == 200


@pytest.mark.parametrize(
    ("words", "spellings"),
    [
        ("dien bien", ("dien bien", "đien bien")),
        ("dai da", ("dai da", "đai đa", "dai đa", "đai da")),
        ("điện biên dứa", ("điện biên dứa",)),
        ("nui", ("nui",)),
        ("d", ("d",)),
        ("", ("",)),
    ],
)
def test_spellings_of_d(words: str, spellings: tuple[str, ...]) -> None:
    assert sorted(spellings_of_d(words)) == sorted(spellings)
    assert spellings_of_d(words)[0] == words
    assert len(spellings_of_d("dai " * 9)) == 8


@pytest.mark.parametrize(
    ("html", "words", "shown"),
    [
        ("<body><p>Mùa <i>th\u1ea3o</i> quả", "thao", "Mùa \x02thảo\x03 quả"),
        ("<body><p title='thao'>x</p><p>thảo", "thao", "x \x02thảo\x03"),
        ("<head><title>thảo</title></head><body>a thảo", "thảo", "a \x02thảo\x03"),
        ("<body><script>thao()</script>b thảo", "thao", "b \x02thảo\x03"),
        ("<body>tha\u0309o", "thao", "\x02tha\u0309o\x03"),
        ("<body>thaos khác", "thao", "thaos khác"),
        ("<body>a &amp; \x02thảo\x03", "thảo", "a & \x02thảo\x03"),
        ("<body>ĐIỆN biên", "dien", "\x02ĐIỆN\x03 biên"),
    ],
)
def test_snippets(html: str, words: str, shown: str) -> None:
    wanted = wanted_words(words)
    assert wanted is not None
    assert snippet(html, wanted) == shown
