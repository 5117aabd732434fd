"""Staff print a report, readers see what is recorded of them; both in Vietnamese first."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from content.usage import phones as phones_module
from content.usage.cells import K
from content.usage.events import Metric
from kiosk.app import create_app
from kiosk.cli import cli
from kiosk.config import KioskConfig
from kiosk.ui.charts import bars
from kiosk.ui.sheet import Sheet, Table, as_csv, as_text
from tests.content.sync.reports_server import Acceptor, invite
from tests.content.usage.point import Point


@pytest.fixture
def busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Point:
    # So that the sketch takes five phones for five.
    monkeypatch.setattr(phones_module, "BITS", 1 << 12)
    point = Point(tmp_path)
    for visitor in range(K):
        point.see("/read/w2/1", f"10.0.0.{visitor}")
        point.see("/search?q=tho", f"10.0.0.{visitor}", found=False)
    point.see("/read/w4/1", "10.0.0.99")
    point.wait(31)
    point.flush()
    return point


def run(point: Point, *arguments: str) -> Result:
    config = point.state.parent / "diemdoc.toml"
    config.write_text(
        '[kiosk]\npoint_name = "Điểm đọc Mường Mẫu"\npopulation = 4200\nvisits_goal = 900\n'
    )
    where = ["--state", str(point.state), "--config", str(config)]
    return CliRunner().invoke(cli, ["usage", *arguments, *where], catch_exceptions=False)


def test_text_names_the_figures_in_vietnamese(busy: Point) -> None:
    text = run(busy, "report", "--month", "2027-03").output
    for words in (
        "Báo cáo sử dụng thư viện",
        "Điểm đọc Mường Mẫu · 01/03/2027 – 31/03/2027",
        "Lượt truy cập",
        "So với kế hoạch",
        "4,5",
        "Sách 2 – Người viết",
        "các tài liệu khác",
        "tho",
    ):
        assert words in text
    assert "Sách 4" not in text
    assert "Report of use" in run(busy, "report", "--period", "2027-Q1", "--language", "en").output


def test_where_there_may_have_been_more_every_form_says_so(busy: Point) -> None:
    exact = run(busy, "report", "--month", "2027-03").output
    assert "trở lên" not in exact
    busy.wait(86_400)
    for _ in range(3):
        busy.see("/read/w2/1", "10.0.0.99")
        busy.wait(1_900)
    busy.flush()

    def report(*more: str) -> str:
        return run(busy, "report", "--month", "2027-03", *more).output

    (row,) = [line for line in report().splitlines() if "Sách 2 – Người viết" in line]
    assert row.split()[-5:] == [str(K + 1)] * 3 + ["trở", "lên"]
    assert "những ngày có chưa đến ba máy mở" in report()
    assert "or more" in report("--language", "en")
    rows = list(csv.reader(io.StringIO(report("--format", "csv"), newline="")))
    # Excel can still add the numbers up.
    assert ["Sách 2 – Người viết", *[str(K + 1)] * 3, "trở lên"] in rows
    assert "<td>trở lên</td>" in report("--format", "html")
    facts = json.loads(report("--json"))
    works = {one["id"]: (one["Visits"], one["at_least"]) for one in facts["works"]}
    assert works == {"w2": (K + 1, True), "": (3, False)}
    assert facts["point"]["Visits"] == K + 4


def test_csv_opens_in_excel_with_vietnamese_right(busy: Point, tmp_path: Path) -> None:
    out = tmp_path / "thang.csv"
    run(busy, "report", "--month", "2027-03", "--format", "csv", "-o", str(out))
    data = out.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert ["Lượt truy cập", str(K + 1), "", ""] in rows


def test_a_title_is_no_formula() -> None:
    sheet = Sheet("T", "", (Table("", ("a", "b"), (("=HYPERLINK(1)", 1), ("@x", None))),))
    rows = list(csv.reader(io.StringIO(as_csv(sheet))))
    assert ["'=HYPERLINK(1)", "1"] in rows
    assert ["'@x", ""] in rows
    assert "–" in as_text(sheet)


def test_json_and_counter_are_for_programs(busy: Point) -> None:
    facts = json.loads(run(busy, "report", "--month", "2027-03", "--json").output)
    assert facts["traffic"]["Visits"] == K + 1
    assert facts["point"]["Total_Item_Requests"] == K + 1
    made = json.loads(run(busy, "report", "--month", "2027-03", "--format", "counter-tr").output)
    assert made["Report_Header"]["Report_ID"] == "TR"


def test_html_stands_alone_and_has_charts_and_a_place_to_sign(busy: Point) -> None:
    page = run(busy, "report", "--month", "2027-03", "--format", "html").output
    assert "<svg" in page
    assert "ký, ghi rõ họ tên" in page
    assert "@page { size: A4" in page
    assert "<script" not in page
    assert "http://" not in page
    assert "src=" not in page


def test_wrong_times_are_told_in_plain_words(busy: Point) -> None:
    assert run(busy, "report", "--from", "2027-03-01").exit_code == 2
    with pytest.raises(Exception, match="is no time"):
        run(busy, "report", "--month", "March")
    assert run(busy, "report", "--month", "2027-03", "--format", "pdf").exit_code == 2


@pytest.mark.browser
def test_a_pdf_is_printed_where_chromium_is(busy: Point, tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("no Chromium here")
    out = tmp_path / "thang.pdf"
    run(busy, "report", "--month", "2027-03", "--format", "pdf", "-o", str(out))
    assert out.read_bytes().startswith(b"%PDF")


def test_queue_says_what_it_would_do(busy: Point) -> None:
    busy.wait(40 * 86_400)
    busy.flush()
    busy.flush()
    facts = json.loads(run(busy, "queue", "--dry-run", "--json").output)
    assert facts == {"months": ["2027-03"], "dry_run": True}
    assert "2027-03" in run(busy, "queue").output
    assert "Nothing new" in run(busy, "queue").output


def test_a_month_that_is_over_is_handed_over_by_stick(busy: Point, tmp_path: Path) -> None:
    busy.wait(40 * 86_400)
    busy.flush()
    busy.flush()
    where = ["--state", str(busy.state)]
    stick = invite(tmp_path / "stick", Acceptor().desk(""))
    made = CliRunner().invoke(cli, ["point", "enrol", str(stick), "--name", "Mẫu", *where])
    assert made.exit_code == 0, made.output
    facts = json.loads(run(busy, "export", str(stick), "--json").output)
    # The request to be known, how the point stands, and March.
    assert facts["waiting"] == 3
    sealed = list((stick / "diemdoc-outbox").glob("*.sealed"))
    assert len(sealed) == 3
    assert not any(b"2027-03" in one.read_bytes() for one in sealed)
    assert "Nothing new" in run(busy, "queue").output


def test_a_chart_shows_a_gap_as_a_gap() -> None:
    drawn = bars([("1", 3), ("2", None), ("<3>", 0)], 'a "title"')
    assert drawn.count('class="gap"') == 1
    assert drawn.count('class="bar"') == 2
    assert "<3>" not in drawn
    assert 'aria-label="a &#34;title&#34;"' in drawn
    assert "svg" in bars([], "")


def test_privacy_shows_exactly_what_is_recorded_today(busy: Point, tmp_path: Path) -> None:
    config = KioskConfig(library=tmp_path / "library", state=str(busy.state), usage_socket="x")
    client = create_app(config).test_client()
    page = client.get("/privacy").text
    for words in ("Máy này ghi lại những gì?", "Máy không biết ai đọc", "8h", "Sách 2", "tho"):
        assert words in page
    # What one reader did stands under the month; shown while it grows, it would tell of her.
    assert "Sách 4" not in page
    rows = client.get("/privacy.json").json
    assert rows is not None
    told = {
        (row["when"], row["about"], row["value"], row["device"], row["by_program"]): row
        for row in rows["recorded"]
    }
    today = {
        (when, *key): figures
        for (when, _, key), figures in busy.cells().items()
        if when.startswith("2027-03-10")
    }
    assert set(told) == set(today)
    for key, figures in today.items():
        assert told[key].get("Visits", 0) == figures[Metric.VISITS]


def test_privacy_says_when_nothing_is_counted(tmp_path: Path) -> None:
    client = create_app(KioskConfig(library=tmp_path / "library")).test_client()
    assert "Máy này không đếm gì cả" in client.get("/privacy").text
    assert client.get("/privacy.json").json == {"day": "", "recorded": []}
    (tmp_path / "library-state").mkdir()
    (tmp_path / "library-state" / "usage.json").write_text("{")
    assert client.get("/privacy").status_code == 200
