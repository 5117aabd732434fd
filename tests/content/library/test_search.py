"""One search finds works, places inside them and pages of archives of others, in time."""

import datetime as dt
import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from content.archive.packed import write_packed
from content.catalogue.records import Query
from content.errors import ConfigError
from content.library import change
from content.library.library import Library
from content.library.results import hit_as_json, page_as_json, page_from_json
from content.library.search import Wish
from content.library.settings import TABLE, SearchSettings
from content.settings import read_settings
from content.store.layout import StoreLayout
from kiosk.cli import cli
from tests.content.kiwix_maker import Article, make_indexed
from tests.content.zim_maker import make_archive, work

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
ARTICLES = [
    Article("A/ruong.html", "Ruộng bậc thang", "Ruộng bậc thang ở Mù Cang Chải và Sa Pa."),
    Article("A/lua.html", "Lúa nước", "Lúa nước trồng trên ruộng bậc thang từ lâu đời."),
    Article("A/einstein.html", "Albert Einstein", "Nhà vật lý Albert Einstein sinh ở Ulm."),
    Article("A/dua.html", "Dưa hấu", "Dưa hấu đỏ của Mai An Tiêm."),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layers")
    fields = work("E-1", "Kỹ thuật làm ruộng bậc thang", ["x", "y"], date="1986", place=("Sa Pa",))
    diary = work("E-2", "Nhật ký mùa gặt", ["x"], date="2024", collection="Địa chí")
    make_archive(
        folder / "ours.zim",
        [
            (fields, ["Đắp bờ ruộng bậc thang.", "Dẫn nước vào ruộng bậc thang."]),
            (diary, ["Cả bản ra ruộng gặt lúa."]),
        ],
    )
    make_indexed(folder / "wiki.zim", ARTICLES)
    make_indexed(folder / "plain.zim", ARTICLES[:1], has_index=False)
    files = [folder / f"{name}.zim" for name in ("ours", "wiki", "plain")]
    change.add(folder / "library", files, now=NOW, report=lambda *_: None)
    return folder / "library"


def titles(root: Path, words: str, **more: object) -> list[str]:
    page = Library(root).search(Wish(words, **more))  # type: ignore[arg-type]
    return [one.entry_title or one.summary.title for one in page.hits]


def test_works_places_and_pages_of_others_are_one_list(root: Path) -> None:
    page = Library(root).search("ruong bac thang")
    kinds = [(hit_as_json(one)["kind"], hit_as_json(one)["title"]) for one in page.hits]
    assert ("work", "Kỹ thuật làm ruộng bậc thang") in kinds[:3]
    assert kinds.count(("entry", "Ruộng bậc thang")) == 2
    assert ("entry", "Lúa nước") in kinds
    entry = next(hit_as_json(one) for one in page.hits if one.is_entry)
    assert (entry["id"], entry["archive"], entry["path"]) == ("wiki", "wiki", "A/ruong.html")
    ours = next(one for one in page.hits if one.summary.identifier == "E-1")
    assert ours.place_count == len(ours.places) == 2
    assert "\x02ruộng bậc thang\x03" in ours.places[0].snippet
    assert page.total == len(page.hits)
    assert dict(page.facets["form"])["website"] == 3


def test_d_typed_for_the_letter_with_a_bar_finds_others_too(root: Path) -> None:
    assert "Dưa hấu" in titles(root, "dua hau do")


def test_pages_of_others_come_first_where_only_they_know_the_words(root: Path) -> None:
    assert titles(root, "albert einstein")[0] == "Albert Einstein"
    page = Library(root).search("lua nuoc trong")
    assert page.understood == ""


def test_filters_ask_the_archive_of_a_page(root: Path) -> None:
    assert (
        titles(root, "ruong bac thang", query=Query(form="ebook"))
        == [
            "Kỹ thuật làm ruộng bậc thang",
            "Nhật ký mùa gặt",
        ][: len(titles(root, "ruong bac thang", query=Query(form="ebook")))]
    )
    only = Library(root).search(Wish("ruong bac thang", Query(form="website")))
    assert only.hits
    assert all(one.is_entry for one in only.hits)
    period = Library(root).search(Wish("ruong", Query(period="1980-1989")))
    assert [one.summary.identifier for one in period.hits] == ["E-1"]
    assert Library(root).search(Wish("ruong", Query(place="sa pa"))).total == 1
    assert Library(root).search(Wish("ruong", Query(collection="Không có"))).total == 0


def test_pages_of_a_list_follow_on_each_other(root: Path) -> None:
    whole = titles(root, "ruong bac thang")
    parts = [
        titles(root, "ruong bac thang", limit=2, offset=offset)
        for offset in range(0, len(whole), 2)
    ]
    assert [one for part in parts for one in part] == whole
    assert titles(root, "ruong bac thang", limit=2, offset=1_000) == []


def test_titles_of_archives_of_others_are_suggested(tmp_path: Path) -> None:
    path = make_archive(tmp_path / "ours.zim", [(work("E-1", "Lúa nếp nương", ["x"]), ["Gieo."])])
    wiki = make_indexed(tmp_path / "wiki.zim", ARTICLES)
    root = tmp_path / "library"
    change.add(root, [path, wiki], now=NOW, report=lambda *_: None)
    library = Library(root)
    assert [one.words for one in library.suggest("lua")] == ["Lúa nếp nương"]
    layout = StoreLayout(root)
    layout.packed.mkdir(exist_ok=True)
    for one in library.books.generation.archives:
        write_packed(layout.archives / one.file, layout.packed_of(one.file))
    fresh = Library(root)
    said = [(one.words, one.kind) for one in fresh.suggest("lua")]
    assert said == [("Lúa nếp nương", "work"), ("Lúa nước", "part")]
    assert [one.words for one in fresh.suggest("bac thang")] == ["Ruộng bậc thang"]
    assert len(fresh.suggest("lua", limit=1)) == 1


def test_other_orders(root: Path) -> None:
    by_title = titles(root, "ruong", query=Query(form="ebook", sort="title"))
    assert by_title == sorted(by_title)
    ours = Library(root).search(Wish("ruong", Query(form="ebook", sort="title")))
    assert all(one.places for one in ours.hits)  # the ones shown have their places


def test_when_the_time_is_over_it_says_so(root: Path) -> None:
    begun = time.monotonic()
    page = Library(root).search(Wish("ruong bac thang", budget_s=0.0))
    assert page.partial
    assert time.monotonic() - begun < 1


def test_places_of_one_work_in_its_order(root: Path) -> None:
    places = Library(root).places("E-1", "ruong bac thang")
    assert [one.number for one in places] == [1, 2]
    assert Library(root).places("nope", "ruong") == ()


def test_a_page_goes_over_the_socket_and_back(root: Path) -> None:
    for words in ("ruong bac thang", "khongco xyzt"):
        page = Library(root).search(Wish(words, explain=True))
        assert page_from_json(json.loads(json.dumps(page_as_json(page)))) == page


def test_words_of_the_point_are_heeded_as_soon_as_they_are_saved(root: Path) -> None:
    library = Library(root)
    state = library.state
    assert library.search("con trau den").total == 0
    words = root / "words.txt"
    try:
        words.write_text("con trâu đen = mùa gặt\n", encoding="utf-8")
        assert library.state != state
        assert library.search("con trau den").hits[0].summary.identifier == "E-2"
        words.write_text("không phải luật\n", encoding="utf-8")
        assert library.search("mua gat").hits[0].summary.identifier == "E-2"
    finally:
        words.unlink()


def test_local_history_comes_first_where_two_are_as_good(tmp_path: Path) -> None:
    texts = ["Chuyện kể bên bếp lửa."]
    make_archive(
        tmp_path / "two.zim",
        [
            (work("A", "Chuyện kể", texts), texts),
            (work("B", "Chuyện kể", texts, collection="Địa chí Lai Châu"), texts),
        ],
    )
    change.add(tmp_path / "l", [tmp_path / "two.zim"], now=NOW, report=lambda *_: None)
    for gain, first in ((0.2, "B"), (0.0, "A")):
        found = Library(tmp_path / "l", SearchSettings(local_gain=gain)).search("chuyen ke")
        assert found.hits[0].summary.identifier == first


def test_settings_are_read_from_their_table(tmp_path: Path) -> None:
    path = tmp_path / "d.toml"
    path.write_text('[search]\nengine = "fts5"\nlocal_gain = 1\n', encoding="utf-8")
    assert read_settings(path).table(TABLE, SearchSettings) == SearchSettings("fts5", 1.0)
    path.write_text("[search]\nengine = 3\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="engine must be"):
        read_settings(path).table(TABLE, SearchSettings)


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, arguments)
    return done.exit_code, done.stdout, done.stderr


def test_the_command_prints_what_the_web_shows(root: Path) -> None:
    where = ("--library", str(root))
    status, out, _ = run("search", "ruong bac thang", "--json", *where)
    assert status == 0
    hits = json.loads(out)
    expected = {"id", "title", "creator", "form", "archive", "path", "score", "snippet", "kind"}
    assert all(set(one) >= expected for one in hits)
    assert [one["title"] for one in hits] == titles(root, "ruong bac thang")
    status, out, _ = run("search", "ruong", "--period", "1980-1989", "--explain", *where)
    assert "# title" in out
    assert "Kỹ thuật" in out
    status, out, said = run("search", "qqqq zzzz", *where)
    assert (status, out) == (0, "")
    assert "Nothing found" in said
    assert run("search", "x", "--sort", "worst", *where)[0] == 2


def test_a_shell_completes_values_and_words(root: Path) -> None:
    environment = {
        "_DIEMDOC_COMPLETE": "bash_complete",
        "COMP_WORDS": f"diemdoc search --library {root} --period 19",
        "COMP_CWORD": "5",
    }
    done = CliRunner().invoke(cli, [], env=environment, prog_name="diemdoc")
    assert "plain,1980-1989" in done.output
    environment |= {"COMP_WORDS": f"diemdoc search --library {root} nhat", "COMP_CWORD": "4"}
    done = CliRunner().invoke(cli, [], env=environment, prog_name="diemdoc")
    assert "Nhật ký mùa gặt" in done.output


def test_the_command_checks_the_points_own_words(root: Path) -> None:
    where = ("--library", str(root))
    assert "is not there" in run("library", "words", *where)[1]
    words = root / "words.txt"
    try:
        words.write_text("con trâu đen = mùa gặt\n", encoding="utf-8")
        facts = json.loads(run("library", "words", "--json", *where)[1])
        assert facts["rules"] == 2
        words.write_text("không phải luật\n", encoding="utf-8")
        done = CliRunner().invoke(cli, ["library", "words", *where])
        assert "line 1" in str(done.exception)
    finally:
        words.unlink()
