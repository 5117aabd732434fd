"""Two lists become one in which each keeps its order and a title that fits comes early."""

from hypothesis import given
from hypothesis import strategies as st

from content.library.fusion import Ranked, merged, title_share


def ranked(shares: list[float], *, is_other: bool = False) -> list[Ranked]:
    return [Ranked(rank, share, is_other) for rank, share in enumerate(shares)]


SHARES = st.lists(st.floats(0, 1), max_size=30)


@given(SHARES, SHARES)
def test_each_list_is_there_whole_and_in_its_order(ours: list[float], others: list[float]) -> None:
    order = merged(ranked(ours), ranked(others, is_other=True))
    assert [place for is_other, place in order if not is_other] == list(range(len(ours)))
    assert [place for is_other, place in order if is_other] == list(range(len(others)))


def test_ours_come_first_where_both_fit_alike() -> None:
    order = merged(ranked([0.5, 0.5, 0.5]), ranked([0.5, 0.5], is_other=True))
    assert order[0] == (False, 0)
    assert (True, 0) in order[:4]


def test_a_page_called_as_asked_comes_before_works_that_only_hold_a_word() -> None:
    assert merged(ranked([0.2, 0.0]), ranked([1.0], is_other=True))[0] == (True, 0)
    assert merged(ranked([1.0, 0.0]), ranked([1.0], is_other=True))[0] == (False, 0)


def test_the_share_of_a_title() -> None:
    assert title_share(["dien", "bien"], "Điện Biên") == 1.0
    assert 0 < title_share(["dien", "bien"], "Đường lên Điện Biên") < 1
    assert title_share(["dien"], "Chợ phiên") == 0.0
    assert title_share([], "Chợ") == title_share(["x"], "…") == 0.0
