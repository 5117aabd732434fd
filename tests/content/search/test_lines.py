"""A text folded by a table is the text folded word by word, and keeps how each word is spelt."""

import string
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from content.search.analysis import MAX_LETTERS, exact_words, folded_words, line
from content.search.lines import TextLine
from content.search.query import words_in
from tests.content.syllables import syllables

SYLLABLES = syllables()
VIETNAMESE = "".join(sorted(set("".join(SYLLABLES))))
LETTERS = VIETNAMESE + VIETNAMESE.upper() + string.printable + "–—‘’“”…•·«»°\u00a0"
ODD = "\u0301\u0323\u1ea4ßﬁİςğꪀกᄀ漢\u200b\u2003½²ⅷ\ud800\x1c\x85"


def by_words(text: str) -> str:
    return line(folded_words(text.lower().split()))


def has_long_word(text: str) -> bool:
    return max(map(len, text.lower().split()), default=0) > MAX_LETTERS


@given(st.text(LETTERS, max_size=300))
def test_letters_of_the_table_are_folded_as_words_are(text: str) -> None:
    if not has_long_word(text):
        assert TextLine(text).plain.strip() == by_words(text).strip()


@given(st.text(LETTERS + ODD, max_size=100))
def test_other_letters_are_folded_word_by_word(text: str) -> None:
    if not has_long_word(text):
        assert TextLine(text).plain.strip() == by_words(text).strip()


@given(held=st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=30), data=st.data())
def test_a_phrase_of_the_text_stands_in_it_exactly(held: list[str], data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(held) - 1))
    asked = words_in(" ".join(held[begin : begin + 6]))
    titled = " ".join(held).title()
    for text in (TextLine(titled), TextLine(unicodedata.normalize("NFD", titled))):
        assert text.share(asked) == text.exact_share(asked) == 1.0


@given(
    held=st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=30),
    asked=st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=6),
)
def test_shares_are_those_of_exact_and_folded_words(held: list[str], asked: list[str]) -> None:
    words = words_in(" ".join(asked))
    text = TextLine(" ".join(held))
    plain, exact = by_words(" ".join(held)), line(exact_words(held))
    assert text.share(words) == sum(one in plain for one in words.together) / len(words.together)
    wanted = words.exact_together
    assert text.exact_share(words) == sum(
        one in exact and folded in plain for one, folded in wanted.items()
    ) / len(wanted)


def test_a_sign_between_words_parts_them() -> None:
    text = TextLine("Phong Thổ – Lai Châu,\n ngày “7/5”")
    assert text.plain.split("  ") == [" phong tho", "lai chau ngay 75 "]
    assert text.share(words_in("tho lai")) == 0.0
    assert text.exact_share(words_in("lai châu")) == 1.0
    assert text.exact_share(words_in("lai chấu")) == 0.0


def test_the_same_words_in_other_accents_do_not_hide_those_that_were_typed() -> None:
    text = TextLine("Sáng ra phố chợ, tối ăn phở chợ")
    assert text.exact_share(words_in("phở chợ")) == 1.0
    assert text.exact_share(words_in("phơ chợ")) == 0.0
