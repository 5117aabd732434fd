"""What is typed is understood: Telex, numbers in digits and words, other words for the same."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.errors import SearchError
from content.search.numerals import other_numerals, ways_to_say
from content.search.query import MAX_WORDS, understand, words_in
from content.search.synonyms import Synonyms, load_synonyms, read_rules
from content.search.telex import from_telex, read_telex
from content.vietnamese import canon, fold, is_syllable
from tests.content.syllables import syllables, telex


def unknown(_word: str) -> bool:
    return False


def test_telex_writes_every_syllable() -> None:
    for syllable in syllables():
        assert canon(read_telex(telex(syllable))) == canon(syllable), telex(syllable)


def test_telex_in_a_query_is_read_when_the_keys_are_no_word() -> None:
    for syllable in syllables():
        keys = telex(syllable)
        if not is_syllable(keys):
            read = from_telex(keys, is_known=unknown)
            assert read == keys or canon(read) == canon(syllable)


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ("ddieenj", "điện"),
        ("ddieejn", "điện"),
        ("dienej", "diện"),
        ("bieen", "biên"),
        ("dduwowngf", "đường"),
        ("dduowngf", "đường"),
        ("hoaf", "hòa"),
        ("quys", "quý"),
        ("nguyeenx", "nguyễn"),
    ],
)
def test_telex_is_read_in_any_order_of_its_keys(keys: str, word: str) -> None:
    assert from_telex(keys, is_known=unknown) == word


@pytest.mark.parametrize(
    "word",
    (
        "class book test text list max as of has was news windows linux "
        "hoa lai mong dien điện 36 x a123 ox"
    ).split(),
)
def test_what_is_a_word_already_is_not_read_as_telex(word: str) -> None:
    assert from_telex(word, is_known=unknown) == word


def test_what_the_library_holds_is_not_read_as_telex() -> None:
    assert from_telex("bieen", is_known=lambda word: word == "bieen") == "bieen"


@given(st.text(max_size=30))
def test_no_word_breaks_telex(word: str) -> None:
    read = from_telex(word, is_known=unknown)
    assert read == word or is_syllable(read)


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("36 pho phuong", "ba muoi sau pho phuong"),
        ("36 pho phuong", "ba sau pho phuong"),
        ("36 pho phuong", "bam sau pho phuong"),
        ("ba muoi sau pho phuong", "36 pho phuong"),
        ("bam sau pho", "36 pho"),
        ("nam 1954", "nam mot nghin chin tram nam muoi bon"),
        ("mot nghin chin tram nam muoi tu", "1954"),
        ("hai muoi lam ngay", "25 ngay"),
        ("mot tram le nam", "105"),
    ],
)
def test_numbers_in_digits_and_words_agree(said: str, same: str) -> None:
    assert tuple(same.split()) in other_numerals(said.split())


@pytest.mark.parametrize("words", ["ba me", "nam sau phong", "chin", "7", "12345", "muoi", ""])
def test_a_lone_number_word_is_left_alone(words: str) -> None:
    found = other_numerals(words.split())
    assert all("phong" in one for one in found)


@given(st.integers(min_value=10, max_value=9_999))
def test_every_number_is_read_back_from_its_words(value: int) -> None:
    digits, words, *_ = ways_to_say(value)
    assert digits == (str(value),)
    if len(words) > 1:
        assert digits in other_numerals(words)


def test_a_rule_holds_both_ways_or_one_way() -> None:
    rules = read_rules(["sách nói = sách nghe  # hai tên", "", "Mù Sang > Dào San"], "list")
    assert rules.other_ways(["nghe", "sach", "noi"]) == [("nghe", "sach", "nghe")]
    assert rules.other_ways(["sach", "nghe"]) == [("sach", "noi")]
    assert rules.other_ways(["xa", "mu", "sang"]) == [("xa", "dao", "san")]
    assert rules.other_ways(["dao", "san"]) == []


def test_a_rule_of_one_syllable_asks_for_its_accents() -> None:
    rules = read_rules(["ngô = bắp"], "list")
    assert rules.other_ways(["ngo"], [canon("ngô")]) == [("bap",)]
    assert rules.other_ways(["ngo"], [canon("ngõ")]) == []
    assert rules.other_ways(["ngo"]) == []


@pytest.mark.parametrize("line", ["one word", "= b", "a =", "a > b > c", ">"])
def test_a_line_that_is_no_rule_is_told_with_its_number(line: str) -> None:
    with pytest.raises(SearchError, match="list, line 2: is no rule"):
        read_rules(["a b = c d", line], "list")


def test_a_point_adds_its_own_rules_to_those_of_the_package(tmp_path: Path) -> None:
    local = tmp_path / "synonyms.txt"
    own = load_synonyms(local)
    assert own.other_ways(["mu", "sang"]) == [("dao", "san")]
    local.write_text("\ufeffMù Sang > Cổng Trời\n", encoding="utf-8")
    assert load_synonyms(local).other_ways(["mu", "sang"]) == [("dao", "san"), ("cong", "troi")]
    local.write_bytes(b"\xff\xfe")
    with pytest.raises(SearchError, match="UTF-8"):
        load_synonyms(local)


def test_all_is_put_together() -> None:
    query = understand("Ddieenj bieen 36", is_known=unknown, synonyms=Synonyms())
    assert query.words.exact == ("điện", "biên", "36")
    assert query.is_changed
    assert ("dien", "bien", "bam", "sau") in [one.plain for one in query.others]


def test_a_long_query_is_cut() -> None:
    assert len(words_in("điện biên " * 1_000).plain) == MAX_WORDS


@given(st.text(max_size=100))
def test_each_word_has_its_folded_form(text: str) -> None:
    words = words_in(text)
    assert len(words.exact) == len(words.plain) == len(words.canon)
    assert all(fold(word) for word in words.plain)
