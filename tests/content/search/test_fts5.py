"""Words are found however they are typed; no query ever fails."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.errors import SearchError
from content.search.engine import Index
from content.search.fts5 import Fts5Engine
from content.search.snippet import MARK_END, MARK_START

WORKS = [
    ("Đường lên Điện Biên", ["Lò Văn Mẫu", "Lịch sử"], ["Đèo Pha Đin dài ba mươi hai cây số."]),
    ("Hà Nội băm sáu phố phường", ["Thạch Lam"], ["Người ta ăn phở sáng, ăn phở trưa."]),
    ("Diễn biến thời tiết", ["Ban soạn"], ["Trời có thể mưa, đường lên bản trơn."]),
    ("Truyện Kiều", ["Nguyễn Du"], ["Trăm năm trong cõi người ta.", "Hoà bình và hạnh phúc."]),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    path = tmp_path_factory.mktemp("index") / "search.sqlite"
    writer = Fts5Engine().create(path)
    for work, (title, names, texts) in enumerate(WORKS, start=1):
        writer.add_work(work, title, names, "")
        for number, text in enumerate(texts, start=1):
            writer.add_part(work, number, f"Chương {number}", f"works/{work}/{number}.html", text)
    writer.close()
    opened = Fts5Engine().open(path)
    yield opened
    opened.close()


def best(index: Index, query: str) -> int:
    found = index.search(query, among=None, detailed=range(10))
    return found.works[0].work if found.works else 0


@pytest.mark.parametrize(
    "query",
    [
        "Điện Biên",
        unicodedata.normalize("NFD", "Điện Biên"),
        "điện biên đường",
        "duong len dien",
        "pha đin",
        "pha din",
        "lo van mau",
    ],
)
def test_finds_the_work_however_it_is_typed(index: Index, query: str) -> None:
    assert best(index, query) == 1


@pytest.mark.parametrize("query", ["dien bien", "DIEN BIEN", "bien dien"])
def test_without_accents_every_word_that_may_be_meant_is_found(index: Index, query: str) -> None:
    found = index.search(query, among=None, detailed=range(10))
    assert {one.work for one in found.works[:2]} == {1, 3}


@pytest.mark.parametrize(
    ("query", "work"), [("phở", 2), ("thach lam", 2), ("kieu", 4), ("hòa bình", 4)]
)
def test_finds_by_text_author_title_and_new_tone_place(index: Index, query: str, work: int) -> None:
    assert best(index, query) == work


def test_the_place_inside_is_shown_with_its_true_spelling(index: Index) -> None:
    found = index.search("pha din", among=None, detailed=range(10)).works[0]
    assert found.places[0].path == "works/1/1.html"
    assert f"{MARK_START}Pha Đin{MARK_END}" in found.places[0].snippet


def test_only_the_works_asked_for_are_found(index: Index) -> None:
    found = index.search("duong len", among={3}, detailed=range(10))
    assert [one.work for one in found.works] == [3]


def test_suggests_what_begins_so(index: Index) -> None:
    assert index.suggest("duong l", 5) == ("Đường lên Điện Biên",)
    assert index.suggest("lam", 5) == ("Thạch Lam",)
    assert index.suggest("", 5) == ()
    assert index.suggest("%_", 5) == ()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_no_query_fails(index: Index, query: str) -> None:
    found = index.search(query, among=None, detailed=range(3))
    assert len(found.works) <= len(WORKS)
    index.suggest(query, 5)


@pytest.mark.parametrize(
    "query", ['"', "* OR *", "NEAR(", "a" * 10_000, "AND AND", "title:x", "^-"]
)
def test_words_of_the_query_language_are_only_words(index: Index, query: str) -> None:
    index.search(query, among=None, detailed=range(3))


def test_a_missing_index_is_told(tmp_path: Path) -> None:
    with pytest.raises(SearchError):
        Fts5Engine().open(tmp_path / "nope.sqlite")
