"""Vietnamese words compare and sort as people expect, in every form they can be stored."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.vietnamese import fold, is_syllable, normalize, sort_bytes, sort_key


def test_fold_takes_marks_and_the_bar_of_d() -> None:
    assert fold("  Điện\u00a0Biên   PHỦ ") == "dien bien phu"
    assert fold("ĐƯỜNG") == "duong"


@given(st.text(max_size=50))
def test_fold_is_the_same_for_every_normal_form(text: str) -> None:
    folded = fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == folded
    assert fold(normalize(text)) == folded


@given(st.text(alphabet="aăâbdđeêgoôơuưyáàảãạếềểễệ ", max_size=30))
def test_fold_twice_is_fold_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_sorts_as_a_vietnamese_dictionary() -> None:
    words = "a à ả á ạ anh ăn ân da dê dế đa đê e ê o ong ô ơn u ư".split()
    shuffled = [*words[10:], *words[:10]]
    assert sorted(shuffled, key=sort_key) == words
    assert sorted(shuffled, key=sort_bytes) == words


def test_digits_come_before_letters() -> None:
    assert sorted(["b", "2", "a", "10"], key=sort_key)[:2] == ["10", "2"]


@pytest.mark.parametrize(
    "word",
    "điện nghiêng khuya quốc giường gì thuở hoà hòa xoong uỷ ủy quyển yêu khuỷu Mông".split(),
)
def test_knows_syllables(word: str) -> None:
    assert is_syllable(word)
    assert is_syllable(unicodedata.normalize("NFD", word))


@pytest.mark.parametrize("word", ["xyz", "strength", "table", "", "điiện", "ngng", "a1"])
def test_knows_what_is_no_syllable(word: str) -> None:
    assert not is_syllable(word)
