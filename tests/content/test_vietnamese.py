"""Vietnamese words compare and sort as people expect, in every form they can be stored."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.vietnamese import (
    canon,
    fold,
    is_syllable,
    normalize,
    parted,
    sort_bytes,
    sort_key,
    with_tone,
)
from tests.content.syllables import new_placement, syllables


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


def test_there_are_as_many_syllables_as_the_language_may_have() -> None:
    assert 10_000 < len(syllables()) < 20_000


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("hoà", "hoa2"),
        ("hòa", "hoa2"),
        ("điện", "ddieen5"),
        ("ĐƯỜNG", "dduwowng2"),
        ("khuỷu", "khuyu3"),
        ("mong", "mong"),
        ("36", "36"),
        ("Книга", "книга"),
    ],
)
def test_the_exact_form_is_ascii_with_the_tone_at_the_end(word: str, form: str) -> None:
    assert canon(word) == form
    assert canon(unicodedata.normalize("NFD", word)) == canon(form) == form


def test_every_syllable_has_an_exact_form_of_its_own_however_it_is_written() -> None:
    forms: dict[str, str] = {}
    for syllable in syllables():
        form = canon(syllable)
        assert form.isascii()
        assert forms.setdefault(form, syllable) == syllable
        for same in (
            new_placement(syllable),
            unicodedata.normalize("NFD", syllable),
            syllable.upper(),
        ):
            assert canon(same) == form


def test_every_syllable_is_one_and_folds_alike_in_every_form() -> None:
    for syllable in syllables():
        plain = fold(syllable)
        assert is_syllable(syllable)
        assert is_syllable(plain)
        assert plain.isascii()
        assert fold(new_placement(syllable)) == plain
        assert fold(unicodedata.normalize("NFD", syllable.upper())) == plain


def test_every_syllable_is_taken_apart_and_put_together_again() -> None:
    for syllable in syllables():
        bare, tone = parted(syllable)
        assert with_tone(bare, tone) == syllable
        assert parted(bare) == (bare, "")


@pytest.mark.parametrize(
    ("bare", "old", "new"),
    [
        ("hoa", "hòa", "hoà"),
        ("thuy", "thùy", "thuỳ"),
        ("khoe", "khòe", "khoè"),
        ("quy", "quỳ", "quỳ"),
        ("gia", "già", "già"),
        ("hoan", "hoàn", "hoàn"),
        ("ngoai", "ngoài", "ngoài"),
        ("đương", "đường", "đường"),
        ("tiêu", "tiều", "tiều"),
        ("mua", "mùa", "mùa"),
    ],
)
def test_a_tone_stands_where_each_spelling_puts_it(bare: str, old: str, new: str) -> None:
    assert with_tone(bare, "\u0300") == old
    assert with_tone(bare, "\u0300", is_old=False) == new


@given(st.text(max_size=50))
def test_no_text_has_no_exact_form(text: str) -> None:
    assert canon(unicodedata.normalize("NFD", text)) == canon(normalize(text))
