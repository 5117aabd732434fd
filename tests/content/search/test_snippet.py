"""A snippet shows where the words stand, in the spelling of the text, in either normal form."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.search.query import words_in
from content.search.snippet import MARK_END, MARK_START, WINDOW_WORDS, snippet

TEXT = "Trời mưa. " * 40 + "Đèo Pha Đin dài, hoà bình về bản. " + "Nắng to. " * 40


def shown(text: str, query: str) -> str:
    marked = snippet(text, (words_in(query),))
    return marked.replace(MARK_START, "[").replace(MARK_END, "]")


@pytest.mark.parametrize("query", ["pha din", "Pha Đin", "PHA DIN"])
def test_words_are_marked_as_they_are_spelt(query: str) -> None:
    assert "Đèo [Pha Đin] dài" in shown(TEXT, query)


@pytest.mark.parametrize("query", ["hòa bình", "hoà bình", "hoa binh"])
def test_either_placement_and_normal_form_is_marked(query: str) -> None:
    assert "[hoà bình] về" in shown(TEXT, query)
    assert "[hoà bình] về" in shown(unicodedata.normalize("NFD", TEXT), query)


def test_a_lone_common_syllable_is_not_marked_beside_a_phrase() -> None:
    assert shown("Pha trà. Đèo Pha Đin dài.", "pha din") == "Pha trà. Đèo [Pha Đin] dài"
    assert shown("Pha trà.", "pha") == "[Pha] trà"


def test_a_cut_is_shown() -> None:
    text = shown(TEXT, "pha din")
    assert text.startswith("… ")
    assert text.endswith(" …")
    assert len(text.split()) <= WINDOW_WORDS + 4


def test_a_text_without_the_words_shows_its_beginning() -> None:
    assert shown("Một hai ba.", "pha din") == "Một hai ba"
    assert shown("", "x") == shown("... !", "x") == ""


def test_the_other_readings_are_marked_too() -> None:
    marked = snippet("Ba mươi sáu phố", (words_in("36 pho"), words_in("ba muoi sau pho")))
    assert marked == f"{MARK_START}Ba mươi sáu phố{MARK_END}"


@given(st.text(max_size=300), st.text(max_size=20))
def test_marks_are_always_in_pairs(text: str, query: str) -> None:
    marked = snippet(text, (words_in(query),))
    assert marked.count(MARK_START) == marked.count(MARK_END)
    plain = marked.replace(MARK_START, "").replace(MARK_END, "").strip("… ")
    visible = "".join(unicodedata.normalize("NFC", text).replace(MARK_START, "").split())
    assert "".join(plain.split()) in visible.replace(MARK_END, "")
