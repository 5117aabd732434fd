"""What an engine is asked: what stands nowhere or says little is left out."""

from math import inf

from content.search import asked
from content.search.query import Query, words_in
from content.search.vocabulary import Vocabulary


def vocabulary(**counts: int) -> Vocabulary:
    return Vocabulary(lambda field, term: counts.get(f"{field}_{term}", 0), lambda: 300_000)


def of_text(words: str, held: Vocabulary) -> list[str]:
    wanted = asked.parts(Query(words_in(words)), held, (), inf)
    return [term.text for term in wanted.terms if term.field == "text"]


def test_pairs_that_stand_in_no_text_are_not_asked_for() -> None:
    held = vocabulary(text_a_b=7, text_c_d=9)
    assert of_text("a b c d", held) == ["a_b", "c_d"]
    assert of_text("x y z", held) == []


def test_the_commonest_pairs_are_left_out_while_they_say_little() -> None:
    held = vocabulary(text_a_b=5, text_b_c=8, text_c_d=150_000, text_d_e=3)
    assert of_text("a b c d e", held) == ["a_b", "b_c", "d_e"]
    common = vocabulary(text_a_b=150_000, text_b_c=160_000)
    assert of_text("a b c", common) == ["a_b", "b_c"]
    assert of_text("a b", common) == ["a_b"]


def test_words_that_stand_in_no_record_are_not_asked_for() -> None:
    held = vocabulary(title_a=2, names_b=1, about_a_b=1, about_a=2, **{"title_=ddieen5": 1})
    wanted = asked.works(Query(words_in("a b điện")), held, (), inf)
    assert {(term.field, term.text) for term in wanted.terms} == {
        ("title", "a"), ("names", "b"), ("title", "=ddieen5"),
        ("title", "a_b"), ("names", "a_b"), ("about", "a_b"),
    }  # fmt: skip


def test_a_lone_word_of_a_long_query_is_not_asked_for_where_a_text_holds_all() -> None:
    held = vocabulary(title_a=2, title_b=2, title_c=2, title_d=2, title_a_b=1, about_a_b=1)
    marked = Vocabulary(lambda field, term: term == "=ddieen5" or held.in_field(field, term), int)

    def of_title(words: str) -> list[str]:
        wanted = asked.works(Query(words_in(words)), marked, (), inf, by_pairs=True)
        return [term.text for term in wanted.terms if term.field == "title"]

    assert of_title("a b c d") == ["a_b"]
    assert of_title("a b c điện") == ["a_b"]
    assert of_title("a b c") == ["a", "b", "c", "a_b"]
    assert of_title("d c b a") == ["d", "c", "b", "a"]
