"""One typing error is mended when the library shows what was meant; what is right stays."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.search.query import words_in
from content.search.repair import edits, mended, near_words
from content.search.vocabulary import Vocabulary

FOREVER = float("inf")
TEXT = "dien bien phu muong thanh dien an com nha san"


def vocabulary(text: str = TEXT) -> Vocabulary:
    words = text.split()
    return holding([*words, *(f"{one}_{two}" for one, two in pairwise(words))])


def holding(terms: list[str]) -> Vocabulary:
    return Vocabulary(lambda field, term: terms.count(term) if field == "text" else 0)


def best(words: str, *, goes_on: bool = False) -> str:
    ways = mended(words_in(words), vocabulary(), FOREVER, goes_on=goes_on)
    return " ".join(ways[0].plain) if ways else ""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dien bein", "dien bien"),
        ("dien bin phu", "dien bien phu"),
        ("dieen bien", "dien bien"),
        ("muong thanhh", "muong thanh"),
        ("moung thanh", "muong thanh"),
        ("nha sam", "nha san"),
        ("muonf", "muong"),
    ],
)
def test_a_letter_missing_doubled_swapped_or_wrong_is_mended(typed: str, meant: str) -> None:
    assert best(typed) == meant


@pytest.mark.parametrize("words", ["dien bien phu", "muong", "phu muong", "dien an", ""])
def test_what_stands_in_the_library_is_not_mended(words: str) -> None:
    assert best(words) == ""


def test_of_two_words_that_may_be_wrong_the_one_that_mends_most_is_taken() -> None:
    # "an" beside "com" is known; "con" is not a word here.
    assert best("dien an con") == "dien an com"


def test_the_beginning_of_a_word_is_not_mended() -> None:
    assert best("dien bie", goes_on=True) == ""
    assert best("dein bie", goes_on=True) == ""


def test_nothing_is_mended_when_the_time_is_over() -> None:
    assert mended(words_in("dien bein"), vocabulary(), deadline=0.0) == ()


def test_what_is_far_from_every_word_stays() -> None:
    assert best("xyzxyz dien bien") == ""


def test_near_words_come_by_frequency() -> None:
    assert near_words("dienn", vocabulary()) == ["dien"]
    assert near_words("ban", holding("can can san".split())) == ["can", "san"]


@given(st.text(alphabet="abcd", min_size=1, max_size=6))
def test_every_edit_is_at_distance_one(word: str) -> None:
    found = set(edits(word))
    assert word + "x" in found
    assert all(abs(len(one) - len(word)) <= 1 for one in found)
    if len(word) > 1:
        assert word[1] + word[0] + word[2:] in found


@given(st.text(max_size=60))
def test_no_words_break_it(text: str) -> None:
    mended(words_in(text), vocabulary(), FOREVER)
