"""A report says what was counted, for any time, in the terms of the field."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.errors import UsageError
from content.sync.outbox import Outbox
from content.sync.usage_reports import load_noise, queue_reports
from content.usage.cells import Cells, K, merge, place
from content.usage.counter_report import Institution, counter_report
from content.usage.events import Family, Metric, Work, no_figures
from content.usage.figures import read, report_of
from content.usage.handover import Noise, handover
from content.usage.ledger import LEDGER_FILE, Ledger
from content.usage.periods import before, between, period
from content.usage.report import is_least
from tests.content.usage.point import Point

SCHEMA = Path(__file__).resolve().parents[4] / "shared/schemas/counter/COUNTER_API.json"
HOME = Institution("Điểm đọc Mường Mẫu", "point", "Điểm Đọc")
MADE = datetime(2027, 4, 1, tzinfo=UTC)


def test_periods_are_named_as_librarians_do() -> None:
    assert (period("2026-02").first, period("2026-02").last) == (
        date(2026, 2, 1),
        date(2026, 2, 28),
    )
    assert period("2028-02").days == 29
    assert period("2026-Q4").first == date(2026, 10, 1)
    assert period("2026").days == 365
    assert before(period("2026-01")).name == "2025-12"
    assert before(period("2026-Q1")).name == "2025-Q4"
    assert before(period("2026-03-01")).name == "2026-02-28"
    assert before(between(date(2026, 3, 3), date(2026, 3, 9))).first == date(2026, 2, 24)
    for wrong in ("2026-13", "2026-Q5", "x", "2026-02-30", "0000", "2026-1"):
        with pytest.raises(UsageError, match="is no time"):
            period(wrong)
    with pytest.raises(UsageError, match="earlier day first"):
        between(date(2026, 3, 3), date(2026, 3, 2))


@pytest.fixture
def busy(tmp_path: Path) -> Point:
    """A point with a morning of a class (w2), one quiet reader (w4) and sound (w1)."""
    point = Point(tmp_path)
    for visitor in range(K):
        point.see("/read/w2/1", f"10.0.0.{visitor}")
        point.see("/read/w2/2", f"10.0.0.{visitor}")
        point.see("/content/w1/sound.mp3", f"10.0.0.{visitor}", server=b"c", sent=4_800_000)
        point.see("/search?q=tho", f"10.0.0.{visitor}", found=False)
    point.see("/read/w4/1", "10.0.0.99")
    point.see("/api/search?q=x", "10.0.0.99")
    point.wait(31)
    point.flush()
    return point


def test_a_report_of_a_month_holds_everything(busy: Point) -> None:
    this = report_of(busy.state, period("2027-03"))
    assert this.traffic[Metric.VISITS] == K + 1
    assert this.point[Metric.TOTAL_ITEM_REQUESTS] == 4 * K + 1
    assert this.point[Metric.UNIQUE_TITLE_REQUESTS] == 2 * K + 1
    assert [work.identifier for work, _ in this.works] == ["w1", "w2", ""]
    assert this.hours[8] == K + 1
    assert this.split[Family.FORM]["audiobook"][Metric.TOTAL_ITEM_REQUESTS] == 2 * K
    assert this.unmet == (("tho", K),)
    assert this.days[date(2027, 3, 10)][Metric.VISITS] == K + 1
    assert this.only_by_month == 0


def test_a_day_tells_what_is_known_of_it_and_how_much_is_not(busy: Point) -> None:
    this = report_of(busy.state, period("2027-03-10"))
    assert this.traffic[Metric.VISITS] == K + 1
    assert [work.identifier for work, _ in this.works] == ["w1", "w2"]
    assert this.point[Metric.TOTAL_ITEM_REQUESTS] + this.only_by_month == 4 * K + 1
    nothing = report_of(busy.state, period("2027-04"))
    assert not any(nothing.traffic)
    assert nothing.days == {}


def test_the_same_is_reported_before_and_after_days_are_put_away(busy: Point) -> None:
    first = report_of(busy.state, period("2027-03"))
    for _ in range(40):
        busy.wait(86_400)
        busy.flush()
    again = report_of(busy.state, period("2027-03"))
    assert (again.point, again.works, again.unmet) == (first.point, first.works, first.unmet)


def validator(name: str) -> jsonschema.Draft202012Validator:
    if not SCHEMA.is_file():
        pytest.skip("the COUNTER schema is not on this machine")
    whole = json.loads(SCHEMA.read_bytes())
    schema = {"$ref": f"#/components/schemas/{name}", "components": whole["components"]}
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", ["PR", "TR"])
@pytest.mark.parametrize("month", ["2027-03", "2027-Q1", "2026"])
def test_the_official_schema_accepts_the_export(busy: Point, name: str, month: str) -> None:
    asked = period(month)
    cells, works = read(busy.state, asked.first.isoformat(), asked.last.isoformat())
    made = counter_report(name, cells, works, asked, HOME, MADE)
    check = validator(name)
    if (name, month) == ("TR", "2027-03"):
        assert "Sách 4" not in json.dumps(made, ensure_ascii=False)
        assert made["Report_Header"]["Exceptions"][0]["Code"] == 3040
    assert [error.message for error in check.iter_errors(made)] == []
    broken = json.loads(json.dumps(made))
    broken["Report_Header"]["Release"] = "5"
    assert list(check.iter_errors(broken))
    if month != "2026":
        figures = json.dumps(made["Report_Items"])
        requests = 4 * K + 1 if name == "PR" else 2 * K
        assert f'"Total_Item_Requests": {{"2027-03": {requests}}}' in figures
    else:
        assert made["Report_Header"]["Exceptions"][0]["Code"] == 3030


def test_counter_reports_are_of_whole_months() -> None:
    with pytest.raises(UsageError, match="whole months"):
        counter_report("PR", {}, {}, period("2027-03-10"), HOME, MADE)
    with pytest.raises(UsageError, match="no report"):
        counter_report("XX", {}, {}, period("2027-03"), HOME, MADE)


CELLS = st.dictionaries(
    st.tuples(
        st.builds("2027-03-{:02}T{:02}".format, st.integers(1, 4), st.integers(8, 10)),
        st.just(""),
        st.tuples(
            st.sampled_from([Family.WORK, Family.FORM, Family.POINT]),
            st.sampled_from(["a", "b", "c"]),
            st.sampled_from(["phone", "touch"]),
            st.just(False),
        ),
    ),
    st.integers(1, 2 * K).map(lambda n: [n, 0, 0, 0, 3 * n, 2 * n, 2 * n, n, n, n, 0, 0, 0]),
    max_size=30,
)


@given(CELLS)
def test_what_leaves_the_box_has_no_cell_of_fewer_than_k(cells: Cells) -> None:
    works = {name: Work(name, name.upper()) for name in "abc"}
    placed = merge(place(cells, lambda _day, key: key[1] != "c"))
    made = handover("2027-03", placed, works, Noise(0.0, b""))
    assert all(one["Visits"] >= K for *_, one in made["cells"])
    for family in (Family.WORK, Family.FORM):
        told = sum(one["Visits"] for _, kind, _, one in made["cells"] if kind == family)
        whole = sum(
            figures[Metric.VISITS] for (_, _, key), figures in cells.items() if key[0] == family
        )
        assert whole - K < told <= whole
    named = {value for _, kind, value, _ in made["cells"] if kind == Family.WORK and value}
    assert set(made["works"]) == named


def test_what_leaves_the_box_names_no_small_work_and_no_small_search(busy: Point) -> None:
    busy.see("/search?q=nguyen+van+a", "10.0.0.99", found=False)
    busy.wait(31)
    busy.flush()
    cells, works = read(busy.state, "2027-03-01", "2027-03-31")
    text = json.dumps(handover("2027-03", cells, works, Noise(0.0, b"")), ensure_ascii=False)
    assert "w2" in text
    assert "tho" in text
    for secret in ("w4", "Sách 4", "nguyen", "10.0.0", "Android"):
        assert secret not in text


def test_what_leaves_the_box_says_where_there_may_have_been_more(busy: Point) -> None:
    busy.wait(86_400)
    busy.see("/read/w2/1", "10.0.0.99")
    busy.wait(31)
    busy.flush()
    cells, works = read(busy.state, "2027-03-01", "2027-03-31")
    made = handover("2027-03", cells, works, Noise(0.0, b""))
    # The hour of the class stands by itself; what one reader read the day after with the others.
    rows = {tuple(cell): one for *cell, one in made["cells"]}
    assert "Quiet_Visits" not in rows["2027-03-10T08", "work", "w2"]
    for number in range(K):
        busy.wait(86_400)
        for visitor in range(K - 1):
            busy.see("/read/w2/1", f"10.0.{number}.{visitor}")
        busy.wait(31)
        busy.flush()
    cells, works = read(busy.state, "2027-03-01", "2027-03-31")
    for epsilon in (0.0, 9.0):
        made = handover("2027-03", cells, works, Noise(epsilon, b""))
        rows = {tuple(cell): one for *cell, one in made["cells"]}
        assert rows["2027-03", "work", "w2"]["Quiet_Visits"] == 1
        assert "Quiet_Visits" not in rows.get(("2027-03", "work", ""), {})
    assert rows["2027-03", "work", "w2"]["Visits"] in range(K * (K - 1), K * (K - 1) + 3)
    this = report_of(busy.state, period("2027-03"))
    ((work, figures), (_, others)) = [one for one in this.works if one[0].identifier != "w1"]
    assert (work.identifier, is_least(figures), is_least(others)) == ("w2", True, False)
    assert this.point[Metric.VISITS] == (K + 1) + 1 + K * (K - 1)
    told = sum(one[Metric.TOTAL_ITEM_REQUESTS] for _, one in this.works)
    assert told == this.point[Metric.TOTAL_ITEM_REQUESTS]


def test_counter_says_that_quiet_days_are_told_in_part(busy: Point) -> None:
    for number in range(K):
        busy.wait(86_400)
        busy.see("/content/w1/sound.mp3", f"10.0.{number}.9", server=b"c", sent=4_800_000)
    busy.wait(31)
    busy.flush()
    asked = period("2027-03")
    cells, works = read(busy.state, "2027-03-01", "2027-03-31")
    for name, words in (("PR", "as Other"), ("TR", "once a month")):
        made = counter_report(name, cells, works, asked, HOME, MADE)
        (exception,) = made["Report_Header"]["Exceptions"]
        assert exception["Code"] == 3040
        assert words in exception["Data"]
        assert [error.message for error in validator(name).iter_errors(made)] == []


def test_noise_is_the_same_when_asked_again_and_about_as_large_as_stated(tmp_path: Path) -> None:
    noise = load_noise(tmp_path, 0.5)
    assert (tmp_path / "noise.key").stat().st_mode & 0o777 == 0o600
    drawn = [noise.on(1_000, str(number)) - 1_000 for number in range(4_000)]
    assert drawn == [load_noise(tmp_path, 0.5).on(1_000, str(n)) - 1_000 for n in range(4_000)]
    # Laplace of scale b = 1 / epsilon = 2: mean 0, mean of its size b.
    assert abs(sum(drawn) / len(drawn)) < 0.2
    assert 1.8 < sum(map(abs, drawn)) / len(drawn) < 2.2
    assert min(noise.on(0, str(number)) for number in range(500)) == 0
    assert Noise(0.0, b"").on(7, "x") == 7


def bodies(outbox: Outbox) -> list[dict[str, Any]]:
    return [json.loads(json.loads(data)["signed"])["body"] for _, data in outbox.waiting()]


def test_a_month_that_is_over_goes_to_the_outbox_once_and_again_when_corrected(
    busy: Point, tmp_path: Path
) -> None:
    outbox = Outbox(tmp_path / "outbox")
    assert queue_reports(busy.state, outbox, busy.reading(), 0.0) == []
    busy.wait(30 * 86_400)
    busy.flush()
    busy.flush()
    assert queue_reports(busy.state, outbox, busy.reading(), 0.0, dry_run=True) == ["2027-03"]
    assert bodies(outbox) == []
    assert queue_reports(busy.state, outbox, busy.reading(), 0.0) == ["2027-03"]
    assert queue_reports(busy.state, outbox, busy.reading(), 0.0) == []
    ledger_day: Cells = {("2027-03-11", "", (Family.POINT, "", "phone", False)): no_figures()}
    ledger_day[next(iter(ledger_day))][Metric.VISITS] = K
    ledger = Ledger(busy.state / LEDGER_FILE)
    ledger.add("late", ledger_day, [], date(2027, 4, 9))
    ledger.close()
    assert queue_reports(busy.state, outbox, busy.reading(), 0.0) == ["2027-03"]
    first, second = bodies(outbox)
    assert second["total"]["Visits"] == first["total"]["Visits"] + K
