"""Staff who sign in see figures against the plan, gaps as gaps; points bring what they tell."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from flask.testing import FlaskClient
from sqlalchemy import select, update

from content.errors import ContentError
from content.sync.message import Kind, Verdict, verify_receipt
from content.sync.outbox import FOLDER, Outbox
from content.usage.events import Metric
from kiosk.cli import cli
from province import accounts
from province.accounts import MAX_FAILURES, set_password
from province.app import create_app
from province.config import Commune, ProvinceConfig, load_config
from province.enrolments import invite
from province.errors import ProvinceConfigError, ProvinceError
from province.reports import per_person, year_report
from province.tables import cell
from province.views.api import MAX_REFUSED
from tests.content.usage.test_report import validator
from tests.province.fleet import HEALTH, NOW, READING, Province, data_of, usage_body

KEY = "a key for programs only"
COMMUNES = (Commune("1", "Mường Tè", 4_000), Commune("2", "Đoàn Kết", 20_000), Commune("3", "Xa"))
HERE = {"Origin": "http://localhost"}


@pytest.fixture
def config(database_address: str, tmp_path: Path) -> ProvinceConfig:
    return ProvinceConfig(
        state=str(tmp_path / "keys"),
        database=database_address,
        counter_key=KEY,
        commune=COMMUNES,
    )


@pytest.fixture
def province(config: ProvinceConfig, database_address: str) -> Iterator[Province]:
    made = Province(database_address, config.folder)
    yield made
    made.close()


@pytest.fixture
def told(province: Province, tmp_path: Path) -> Province:
    """Two points told of some months, one of none; a month is missing in between."""
    province.now = NOW - timedelta(days=900)
    first = province.point(tmp_path / "a", "Điểm đọc Mường Tè", "1")
    second = province.point(tmp_path / "b", "Điểm đọc Đoàn Kết", "2")
    third = province.point(tmp_path / "c", "Trường Đoàn Kết", "2")
    province.now = NOW
    for number in (1, 2, 4, 5):
        province.send(data_of(first, Kind.REPORT, usage_body(f"2025-0{number}", 100)))
    for number in (4, 5):
        province.send(data_of(second, Kind.REPORT, usage_body(f"2025-0{number}", 30)))
    province.send(data_of(third, Kind.REPORT, usage_body("2025-05", 7)))
    province.send(data_of(first, Kind.HEALTH, HEALTH))
    return province


@pytest.fixture
def client(config: ProvinceConfig) -> Iterator[FlaskClient]:
    app = create_app(config)
    yield app.test_client()
    app.extensions["database"].dispose()


@pytest.fixture
def staff(client: FlaskClient, province: Province) -> FlaskClient:
    set_password(province.database, "lan", "a long password")
    form = {"name": "lan", "password": "a long password"}
    assert client.post("/sign-in", data=form, headers=HERE).status_code == 303
    return client


def test_points_bring_messages_and_get_receipts(
    client: FlaskClient, province: Province, tmp_path: Path
) -> None:
    outbox = Outbox(tmp_path / "a")
    outbox.enrol(invite(province.database, "A", "1", NOW), "A", "1", READING)
    routes = iter(["enrolments", "reports"])

    def send(data: bytes) -> bytes:
        return bytes(client.post(f"/api/v1/{next(routes)}", data=data).data)

    outbox.put(Kind.REPORT, usage_body("2027-05"), READING)
    assert outbox.deliver(send, province.receipt_key, NOW).delivered == 2
    refused = client.post("/api/v1/reports", data=b"{}")
    assert refused.status_code == 422
    assert verify_receipt(refused.data, province.receipt_key).verdict == Verdict.REFUSED
    for _ in range(MAX_REFUSED):
        last = client.post("/api/v1/enrolments", data=b"{}")
    assert last.status_code == 429
    assert client.post("/api/v1/reports", data=b"x" * 5_000_000).status_code in {413, 429}
    assert client.get("/healthz").json == {"status": "ok"}


@pytest.mark.parametrize(
    "path",
    ["/", "/reports/", "/reports/2027", "/reports/2027.csv", "/reports/2027.json",
     "/reports/2027/print", "/desk/points", "/desk/points.json"],
)  # fmt: skip
def test_nothing_is_shown_without_signing_in(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in"


def test_signing_in_leads_to_the_page_that_was_asked_for(
    client: FlaskClient, province: Province
) -> None:
    set_password(province.database, "lan", "a long password")
    client.get("/desk/points")
    form = {"name": "lan", "password": "a long password"}
    assert client.post("/sign-in", data=form).status_code == 403, "from nowhere"
    assert client.post("/sign-in", data=form, headers={"Origin": "http://evil"}).status_code == 403
    answer = client.post("/sign-in", data=form, headers=HERE)
    assert answer.headers["Location"] == "/desk/points"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert client.get("/desk/points").status_code == 200
    accounts.remove(province.database, "lan")
    assert client.get("/desk/points").status_code == 303
    with pytest.raises(ProvinceError, match="no account"):
        accounts.remove(province.database, "lan")


def test_wrong_passwords_lock_an_account_for_a_while(province: Province) -> None:
    set_password(province.database, "lan", "a long password")

    def right(minutes: int) -> bool:
        when = NOW + timedelta(minutes=minutes)
        return accounts.sign_in(province.database, "lan", "a long password", when)

    for _ in range(MAX_FAILURES - 1):
        assert not accounts.sign_in(province.database, "lan", "wrong", NOW)
    assert right(0), "one try was left"
    for _ in range(MAX_FAILURES):
        assert not accounts.sign_in(province.database, "lan", "wrong", NOW)
    assert not right(14)
    assert right(16)
    assert not accounts.sign_in(province.database, "nobody", "a long password", NOW)
    for name, password in (("", "a long password"), ("x", "short")):
        with pytest.raises(ProvinceError, match="needs"):
            set_password(province.database, name, password)


def test_a_gap_is_a_gap_and_never_zero(told: Province) -> None:
    report = year_report(
        told.database, 2025, {one.code: one for one in COMMUNES}, date(2025, 6, 10)
    )
    assert report.months == tuple(f"2025-0{number}" for number in range(1, 6))
    assert [one.name for one in report.communes] == ["Đoàn Kết", "Mường Tè"]
    assert report.total("visits") == 4 * 100 + 2 * 30 + 7
    assert report.total("visits", in_month="2025-03") is None
    assert report.total("visits", commune="2", in_month="2025-01") is None
    assert report.told["2", "2025-04"].told == 1
    assert not report.told["2", "2025-04"].is_whole
    assert report.told["2", "2025-05"].is_whole
    assert report.gaps == 1 + 7
    # 800 titles in four months of 4,000 people are 0.6 a year each.
    assert per_person(report, COMMUNES[0]) == pytest.approx(0.6)
    assert per_person(report, COMMUNES[2]) is None


def test_the_page_the_print_the_table_and_the_facts_say_the_same(
    told: Province, staff: FlaskClient
) -> None:
    page = staff.get("/reports/2025").text
    for words in ("Hoạt động của các điểm đọc", "35.000", "467", "30*", "–", 'class="gap"'):
        assert words in page
    assert "ký, ghi rõ họ tên" in staff.get("/reports/2025/print").text
    data = staff.get("/reports/2025.csv").data
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert ["Đoàn Kết", "", "", "", "30*", "37", *[""] * 7] in rows
    facts: Any = staff.get("/reports/2025.json").json
    assert facts["total"]["visits"] == 467
    assert facts["months"][2]["visits"] is None
    assert facts["missing_reports"] == 8 + 3 * 7
    assert staff.get("/reports/1999").status_code == 404
    assert staff.get("/nothing").status_code == 404


def test_points_are_listed_with_how_they_stand(told: Province, staff: FlaskClient) -> None:
    page = staff.get("/desk/points").text
    for words in ("Điểm đọc Mường Tè", "Đoàn Kết", "qua mạng", "lần cập nhật 12", "gần đầy"):
        assert words in page
    facts: Any = staff.get("/desk/points.json").json
    assert {one["last_month"] for one in facts} == {"2025-05"}


def test_a_code_is_given_out_on_the_page(staff: FlaskClient, province: Province) -> None:
    form = {"name": "Điểm đọc <b>mới</b>", "commune": "1"}
    assert staff.post("/desk/points", data=form).status_code == 403
    page = staff.post("/desk/points", data=form, headers=HERE).text
    assert 'class="code"' in page
    assert "<b>mới" not in page
    assert staff.post("/desk/points", data={"name": ""}, headers=HERE).status_code == 400


@pytest.mark.parametrize("name", ["PR", "TR"])
def test_programs_fetch_counter_reports_that_the_official_schema_accepts(
    told: Province, client: FlaskClient, name: str
) -> None:
    base, when = "/counter/r51", "begin_date=2025-04&end_date=2025-05"
    place = f"{base}/reports/{name.lower()}?customer_id=province"
    answer = client.get(f"{place}&{when}&api_key={KEY}")
    made: Any = answer.json
    assert [error.message for error in validator(name).iter_errors(made)] == []
    requests = 3 * (100 + 30 + 7)
    assert f'"2025-05": {requests}' in json.dumps(made)
    for query, status, code in (
        (f"{place}&{when}", 401, 2020),
        (f"{place}&{when}&api_key=x", 401, 2020),
        (f"{place}&begin_date=x&end_date=y&api_key={KEY}", 400, 3020),
        (f"{base}/reports/xx?customer_id=province&{when}&api_key={KEY}", 400, 1030),
        (f"{base}/reports/pr?customer_id=zz&{when}&api_key={KEY}", 403, 2010),
    ):
        refused = client.get(query)
        assert (refused.status_code, refused.json and refused.json["Code"]) == (status, code)


def test_counter_says_what_is_told_in_part_also_beside_figures_of_older_points(
    told: Province, client: FlaskClient
) -> None:
    place = "/counter/r51/reports/tr?customer_id=province&begin_date=2025-04&end_date=2025-05"
    before: Any = client.get(f"{place}&api_key={KEY}").json
    assert "Exceptions" not in before["Report_Header"]
    with told.database.begin() as connection:
        rows = connection.execute(select(cell).where(cell.c.family == "work")).all()
        for number, row in enumerate(rows):
            # As stored before quiet visits were told, and since.
            figures = json.loads(row.figures)[: Metric.QUIET_VISITS] + [1] * (number % 2)
            where = (cell.c.point == row.point, cell.c.month == row.month, cell.c.family == "work")
            connection.execute(update(cell).where(*where).values(figures=json.dumps(figures)))
    made: Any = client.get(f"{place}&api_key={KEY}").json
    (exception,) = made["Report_Header"].pop("Exceptions")
    assert exception["Code"] == 3040
    assert made["Report_Items"] == before["Report_Items"]


def test_programs_learn_what_there_is(told: Province, client: FlaskClient) -> None:
    status: Any = client.get("/counter/r51/status").json
    assert status[0]["Service_Active"] is True
    listed: Any = client.get(f"/counter/r51/reports?api_key={KEY}").json
    assert {one["Report_ID"] for one in listed} == {"PR", "TR"}
    assert listed[0]["First_Month_Available"] == "2025-01"
    members: Any = client.get(f"/counter/r51/members?api_key={KEY}").json
    assert len(members) == 4
    check = validator("Report")
    assert isinstance(check, jsonschema.Draft202012Validator)
    assert not [error for one in listed for error in check.iter_errors(one)]
    assert client.get("/counter/r51/members").status_code == 401


def test_the_commands_do_the_same(tmp_path: Path) -> None:
    settings = tmp_path / "province.toml"
    settings.write_text(
        f'[province]\nstate = "{tmp_path / "state"}"\n'
        '[[province.commune]]\ncode = "1"\nname = "Mường Tè"\npopulation = 4000\n',
        encoding="utf-8",
    )
    stick = tmp_path / "stick"
    stick.mkdir()

    def run(*arguments: str) -> str:
        place = ["--config", str(settings)]
        done = CliRunner().invoke(cli, ["province", *arguments, *place], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    facts = json.loads(run("enrol", "Mường Tè", "--commune", "1", "--stick", str(stick), "--json"))
    outbox = Outbox(tmp_path / "a")
    outbox.enrol(facts["code"], "", "", READING)
    outbox.put(Kind.REPORT, usage_body("2026-01"), READING)
    keys = json.loads((stick / FOLDER / "invitation.json").read_bytes())
    assert keys["sealing_key"] == facts["sealing_key"]
    sealing = X25519PublicKey.from_public_bytes(bytes.fromhex(facts["sealing_key"]))
    outbox.export(stick, sealing)
    assert run("take", str(stick)).count("accepted") == 2
    assert run("take", str(stick)).count("known") == 2
    assert "Mường Tè" in run("points")
    assert json.loads(run("points", "--json"))[0]["carrier"] == "stick"
    assert "Mường Tè" in run("report", "--year", "2026")
    assert json.loads(run("report", "--year", "2026", "--json"))["total"]["visits"] == 40
    assert "<svg" in run("report", "--year", "2026", "--format", "html")
    secret = tmp_path / "password"
    secret.write_text("a long password\n")
    assert "can sign in" in run("account", "lan", "--password-file", str(secret))
    assert "no longer" in run("account", "lan", "--remove")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[province]\nx = 1", "unknown setting 'x'"),
        ("[province]\nname = 1", "name must be a text"),
        ("[province]\nworkers = 0", "workers must be 1 to 32"),
        ("[province]\nlocale = 'xx'", "locale must be vi or en"),
        ("[province]\ncounter_key = 'short'", "16 letters"),
        ("[province]\ncommune = 3", r"tables \[\[province.commune\]\]"),
        ("[[province.commune]]\nname = 'x'", "needs code and name"),
        ("[[province.commune]]\ncode = '1'\nname = 'x'\ny = 2", "knows code"),
        ("province = 3", "must be a table"),
        ("[province", "not valid TOML"),
    ],
)
def test_wrong_settings_are_told(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "province.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProvinceConfigError, match=words):
        load_config(path)
    assert issubclass(ProvinceConfigError, ContentError)
    with pytest.raises(ProvinceConfigError, match="cannot be read"):
        load_config(tmp_path / "nope.toml")


def test_every_setting_is_in_the_reference() -> None:
    page = Path(__file__).resolve().parents[2] / "docs/reference/province-settings.md"
    lines = page.read_text("utf-8").splitlines()
    headings = {line.strip("# `") for line in lines if line.startswith("### ")}
    assert headings == {one.name for one in fields(ProvinceConfig)}
