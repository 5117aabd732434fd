"""Words are found inside a work without accents and marked where they stand."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ui.inside import MAX_BOXES, Box, boxes, find_inside

TEXTS = [
    (1, "Xã Mường Mẫu có bảy bản.\nMường Mẫu ở ven suối."),
    (2, "Chợ phiên họp ở bản Pá Hạ."),
    (3, "Người Mường xem mẫu vải ở chợ phiên."),
]


def page(*words: tuple[int, int, int, int, str]) -> bytes:
    return json.dumps({"version": 1, "words": words}).encode()


@pytest.mark.parametrize("query", ["muong mau", "Mường  Mẫu", "MUONG, mau!", "mường mau"])
def test_finds_words_side_by_side_with_and_without_accents(query: str) -> None:
    (only,) = find_inside(TEXTS, query)
    assert only.number == 1
    assert only.count == 2
    assert "\x02Mường\x03 \x02Mẫu\x03" in only.snippet


def test_words_apart_are_found_only_where_nowhere_together() -> None:
    assert [one.number for one in find_inside(TEXTS, "chợ phiên")] == [2, 3]
    (apart,) = find_inside(TEXTS, "vải mường")
    assert (apart.number, apart.count) == (3, 0)


def test_a_part_of_a_word_is_not_the_word() -> None:
    assert find_inside(TEXTS, "muon") == ()
    assert find_inside(TEXTS, "an") == ()


@pytest.mark.parametrize("query", ["", "  ", "!?", "\x00", "(", "a" * 5000])
def test_a_query_of_no_words_finds_nothing(query: str) -> None:
    assert find_inside(TEXTS, query) == ()
    assert boxes(page((1, 2, 3, 4, "x")), query) == ()


def test_a_snippet_is_short_and_begins_and_ends_at_words() -> None:
    text = "dài lắm " * 300 + "hoa ban nở trắng rừng " + "và dài nữa " * 300
    (found,) = find_inside([(1, text)], "hoa ban")
    assert len(found.snippet) < 250
    assert found.snippet.startswith("… ")
    assert found.snippet.endswith(" …")
    assert "\x02hoa\x03 \x02ban\x03 nở" in found.snippet


def test_a_book_of_a_million_letters_is_searched_within_a_second() -> None:
    text = "một hai ba bốn năm sáu bảy tám " * 3300
    start = time.process_time()
    assert find_inside([(number, text) for number in range(10)], "tám một") != ()
    assert time.process_time() - start < 6


@given(st.text(max_size=200), st.text(max_size=40))
def test_any_text_and_query_are_searched(text: str, query: str) -> None:
    for found in find_inside([(1, text)], query):
        assert found.snippet.count("\x02") - text.count("\x02") >= 0


def test_the_boxes_of_words_side_by_side_are_marked_and_no_others() -> None:
    data = page(
        (10, 10, 50, 20, "Xã"),
        (100, 10, 50, 20, "Mường"),
        (200, 10, 50, 20, "Mẫu,"),
        (300, 10, 50, 20, "mường"),
    )
    assert boxes(data, "muong mau") == (Box(100, 10, 50, 20), Box(200, 10, 50, 20))
    # Nowhere side by side: each of them.
    assert len(boxes(data, "mau xa")) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        b"[]",
        b'{"words": 5}',
        b'{"words": [[1, 2, 3, "a"], {"x": 1}, null, [1, 2, 3, 4, 5]]}',
        b'{"words": [[1, 2, 3, 99999, "a"], [true, 2, 3, 4, "a"], [-1, 2, 3, 4, "a"]]}',
    ],
)
def test_bad_boxes_mark_nothing(data: bytes) -> None:
    assert boxes(data, "a") == ()


def test_marks_are_bounded() -> None:
    data = page(*[(number, 0, 1, 1, "a") for number in range(2 * MAX_BOXES)])
    assert len(boxes(data, "a")) == MAX_BOXES
