"""Figures are as fine as the people in them allow, and nothing is lost on the way up."""

from hypothesis import given
from hypothesis import strategies as st

from content.usage.cells import OTHERS, QUIET_MOST, SPLIT, Cells, K, When, merge, place
from content.usage.events import Family, Figures, Key, Metric

VALUES = st.sampled_from(["", "a", "b", "c"])
KEYS = st.tuples(
    st.sampled_from([Family.WORK, Family.FORM, Family.POINT, Family.TRAFFIC]),
    VALUES,
    st.sampled_from(["phone", "touch"]),
    st.just(False),
)
# Visits, of them with reading, and how often each part was read and looked at.
FIGURES = st.tuples(
    st.integers(0, 2 * K), st.integers(0, 2 * K), st.integers(1, 3), st.integers(0, 9)
).map(
    lambda n: [n[0], 0, 0, 0, *(n[1] * n[2] + n[3], n[1] * n[2]), *(n[1] + n[3], n[1]) * 2, 0, 0, 0]
)
CELLS = st.dictionaries(
    st.tuples(
        st.builds("2027-03-{:02}T{:02}".format, st.integers(1, 4), st.integers(8, 10)),
        st.sampled_from(["", "a line"]),
        KEYS,
    ),
    FIGURES,
    max_size=30,
)
# Days and values that several phones met.
MET = st.sets(st.tuples(st.builds("2027-03-{:02}".format, st.integers(1, 4)), VALUES))


def placed(cells: Cells, met: set[tuple[str, str]]) -> Cells:
    def is_shared(day: When, key: Key) -> bool:
        return (day, key[1]) in met

    return merge(place(cells, is_shared))


def sums(cells: Cells) -> dict[tuple[str, str], Figures]:
    """Return what is in the cells of each family and surface, quiet visits apart."""
    found: dict[tuple[str, str], Figures] = {}
    for (_, _, key), figures in cells.items():
        before = found.get((key[0], key[2]), [0] * len(figures))
        found[key[0], key[2]] = [a + b for a, b in zip(before, figures, strict=True)]
        found[key[0], key[2]][Metric.QUIET_VISITS] = 0
    return {place: one for place, one in found.items() if any(one)}


@given(CELLS, MET)
def test_going_upward_loses_nothing(cells: Cells, met: set[tuple[str, str]]) -> None:
    assert sums(placed(cells, met)) == sums(cells)
    assert all(one >= 0 for figures in placed(cells, met).values() for one in figures)


@given(CELLS, MET)
def test_hours_and_days_hold_k_visits_of_several_phones(
    cells: Cells, met: set[tuple[str, str]]
) -> None:
    for (when, _, key), figures in placed(cells, met).items():
        if key[0] != Family.TRAFFIC and len(when) > 7:
            assert figures[Metric.VISITS] >= K
            assert key[0] not in SPLIT or (when[:10], key[1]) in met


@given(CELLS, MET)
def test_a_month_tells_shared_days_in_full_and_of_quiet_days_that_they_were(
    cells: Cells, met: set[tuple[str, str]]
) -> None:
    once = [1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1]
    shared: Cells = {cell: one for cell, one in cells.items() if (cell[0][:10], cell[2][1]) in met}
    quiet = {cell: one for cell, one in cells.items() if cell not in shared}
    told, full = placed(cells, met), placed(shared, met)
    for cell, figures in told.items():
        if cell[2][0] in SPLIT and cell[2][1] != OTHERS:
            more = [a - b for a, b in zip(figures, full.get(cell, [0] * 13), strict=True)]
            assert more in ([0] * 13, once)
    # And they do say it, when it was read on one of them.
    for (when, line, key), figures in quiet.items():
        if key[0] in SPLIT and key[1] != OTHERS and figures[0] and figures[5] and figures[7]:
            assert told[when[:7], line, key][Metric.QUIET_VISITS] == QUIET_MOST


@given(st.lists(st.tuples(CELLS, MET), max_size=4))
def test_days_that_come_one_by_one_and_late_are_cut_as_if_at_once(
    days: list[tuple[Cells, set[tuple[str, str]]]],
) -> None:
    whole: Cells = {}
    for cells, met in days:
        whole = merge(whole, placed(cells, met))
    assert whole == merge(*(placed(cells, met) for cells, met in days))
    assert all(one[Metric.QUIET_VISITS] <= QUIET_MOST for one in whole.values())
    assert merge(whole) == whole, "twice is once"


def test_the_shape_of_a_quiet_month() -> None:
    key = (Family.WORK, "w", "phone", False)
    day = [3, 0, 0, 0, 9, 7, 5, 4, 3, 3, 0, 0, 0]
    kept = placed({("2027-03-01T08", "", key): day, ("2027-03-02T08", "", key): day}, set())
    assert kept == {
        ("2027-03", "", key): [1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1],
        ("2027-03", "", (Family.WORK, "", "phone", False)): [
            5, 0, 0, 0, 17, 13, 9, 7, 5, 5, 0, 0, 0,
        ],
    }  # fmt: skip
