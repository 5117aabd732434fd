"""Found words are marked where they stand, and marking makes nothing else of a page."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.markup import clean
from kiosk.ui.snippets import Box, boxes, mark_html, mark_text, words_to_mark


def test_words_are_marked_in_their_own_spelling_whatever_was_typed() -> None:
    for typed in ("dien bien", "điện biên", "Ðiện Biên".replace("Ð", "Đ")):
        assert '<mark id="found">Điện Biên</mark>' in mark_html("<p>Ở Điện Biên.</p>", typed)


def test_a_lone_common_syllable_is_not_marked_when_more_was_asked_for() -> None:
    marked = mark_html("<p>Điện lực và Điện Biên</p>", "dien bien")
    assert marked.count("<mark") == 1
    assert mark_html("<p>Điện lực</p>", "dien").count("<mark") == 1


def test_only_text_is_marked() -> None:
    html = '<p title="điện biên > x" id="dien">A &amp; amp <b>điện</b> biên</p>'
    assert mark_html(html, "amp") == html.replace(" amp <", ' <mark id="found">amp</mark> <')
    marked = mark_html(html, "dien bien")
    assert 'title="điện biên > x"' in marked
    assert '<b><mark id="found">điện</mark></b> <mark>biên</mark>' in marked


@given(st.text(max_size=80), st.text(max_size=40), st.text(max_size=20))
def test_marks_and_nothing_else_are_added(text: str, attribute: str, words: str) -> None:
    html = clean(f'<p title="{attribute}">{text}<b>{words}</b></p>', lambda _name, _value: None)
    marked = mark_html(html, words)
    assert (
        re.sub(r'<mark(?: id="found")?>|</mark>', "", marked) == re.sub(r"</?mark>", "", html)
        or "<mark" in html
    )
    assert marked.count("<mark") - html.count("<mark") == marked.count("</mark>") - html.count(
        "</mark>"
    )


def test_plain_text_is_escaped_and_a_mark_stays_in_its_paragraph() -> None:
    marked = mark_text("<script>bản\nmường</script>", "ban muong")
    assert "<script>" not in marked
    lines = marked.split("\n")
    assert [line.count("<mark") for line in lines] == [1, 1]
    assert [line.count("</mark>") for line in lines] == [1, 1]


def test_boxes_of_found_words() -> None:
    rows = [[10, 20, 30, 40, "Xã"], [50, 20, 30, 40, "MƯỜNG"], [90, 20, 30, 40, "Mẫu,"]]
    data = json.dumps({"version": 1, "words": rows}).encode()
    assert boxes(data, "muong mau") == (Box(50, 20, 30, 40), Box(90, 20, 30, 40))
    assert boxes(data, "") == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"words": 3}',
        b'{"words": [[1, 2]]}',
        b'{"words": [["a", 2, 3, 4, "x"]]}',
        b'{"words": [[1, 2, 3, 4]]}',
        b"[" * 100_000,
    ],
)
def test_boxes_that_cannot_be_read_are_none(data: bytes) -> None:
    assert boxes(data, "x") == ()


def test_a_box_stays_on_the_page() -> None:
    data = json.dumps({"words": [[-5, 10**30, 20_000, 40, "x"]]}).encode()
    assert boxes(data, "x") == (Box(0, 10_000, 10_000, 40),)


def test_a_page_marks_what_its_snippet_marked() -> None:
    assert words_to_mark("sach noi", "… \x02sách nói\x03 hay") == "sach noi"
    assert words_to_mark("sach noi", "… \x02sách nghe\x03 hay") == "sách nghe"
    assert words_to_mark("sach noi", "không có") == "sach noi"
