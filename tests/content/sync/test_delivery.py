"""Reports reach the province by the network or by stick, once, and nobody else reads them."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from content.clock import BUILT, Reading, Trust
from content.errors import CaptivePortalError, CarrierError, MissingFileError, TamperedError
from content.repository.volume import DirectoryCarrier
from content.sync.backoff import LONGEST_WAIT
from content.sync.invitation import parse_desk, read_invitation
from content.sync.message import Kind
from content.sync.outbox import Outbox
from content.sync.post import Post
from content.sync.standing import from_body, standing_of, to_body
from kiosk.cli import cli
from tests.content.sync.province_desk import NOW, Province, Reader, media_archive
from tests.content.sync.reports_server import Acceptor, ReportsServer, invite, reports_server

READING = Reading(BUILT, Trust.FLOOR, BUILT, BUILT)


class Point:
    """A point whose commands are run as staff run them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(exist_ok=True)
        self.outbox = Outbox(root / "state/outbox")

    def run(self, *words: str) -> Result:
        places = ["--library", str(self.root / "library"), "--state", str(self.root / "state")]
        return CliRunner().invoke(cli, [*words, *places])

    def facts(self, *words: str) -> dict[str, object]:
        done = self.run(*words, "--json")
        found: dict[str, object] = json.loads(done.stdout)
        return found


@pytest.fixture
def point(tmp_path: Path) -> Point:
    return Point(tmp_path / "point")


def test_enrolment_and_reports_by_the_network(point: Point, tmp_path: Path) -> None:
    acceptor = Acceptor()
    with reports_server(acceptor) as server:
        stick = invite(tmp_path / "stick", acceptor.desk(server.address))
        enrolled = point.run("point", "enrol", str(stick), "--name", "Mường Mẫu")
        assert enrolled.exit_code == 0, enrolled.output
        point.outbox.put(Kind.REPORT, {"requests": 7}, READING)
        assert "not enrolled yet" in point.run("point", "show").stdout
        assert point.facts("outbox", "deliver")["delivered"] == 3
        assert server.paths == ["/api/v1/enrolments", "/api/v1/reports", "/api/v1/reports"]
        assert point.outbox.is_enrolled
        assert point.facts("outbox", "deliver") == {
            "delivered": 0,
            "refused": [],
            "waiting": 0,
            "problem": "",
            "after": None,
        }
    kinds = [one.kind for one in acceptor.counted.values()]
    assert kinds == [Kind.ENROLMENT, Kind.REPORT, Kind.HEALTH]


def test_lost_requests_and_replies_count_once(point: Point) -> None:
    acceptor = Acceptor()
    point.outbox.enrol("LC-1", "x", "", READING)
    for number in range(6):
        point.outbox.put(Kind.REPORT, {"requests": number}, READING)
    with reports_server(acceptor) as server:
        server.modes = ["", "lost reply", "lost request", "", "lost reply", "lost reply", "broken"]
        post, key = Post(server.address), acceptor.key.public_key()
        rounds = [point.outbox.deliver(post, key, NOW + n * LONGEST_WAIT) for n in range(7)]
    assert rounds[-1].waiting == 0
    assert sum(one.delivered for one in rounds) == 7
    assert sum(bool(one.problem) for one in rounds) == 5
    reports = [one for one in acceptor.counted.values() if one.kind == Kind.REPORT]
    assert sorted(one.body["requests"] for one in reports) == list(range(6))


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("portal", CaptivePortalError),
        ("redirect", CaptivePortalError),
        ("broken", CarrierError),
        ("lost request", CarrierError),
    ],
)
def test_what_is_no_answer_is_named(point: Point, mode: str, error: type[Exception]) -> None:
    point.outbox.put(Kind.REPORT, 1, READING)
    ((_, data),) = point.outbox.waiting()
    with reports_server(Acceptor()) as server:
        server.modes = [mode]
        with pytest.raises(error):
            Post(server.address)(data)


def failing(server: ReportsServer, point: Point) -> Result:
    server.modes = ["broken"]
    return point.run("outbox", "deliver")


def test_after_a_failure_it_waits_unless_told_otherwise(point: Point, tmp_path: Path) -> None:
    acceptor = Acceptor()
    with reports_server(acceptor) as server:
        stick = invite(tmp_path / "stick", acceptor.desk(server.address))
        point.run("point", "enrol", str(stick), "--name", "x")
        failed = failing(server, point)
        assert failed.exit_code == 80
        assert "status 500" in failed.stderr
        waits = point.run("outbox", "deliver")
        assert "not tried again before" in waits.stdout
        assert len(server.paths) == 1
        assert point.facts("outbox", "deliver", "--now")["delivered"] == 2


def test_a_clock_that_was_ahead_does_not_silence_the_point(point: Point) -> None:
    acceptor = Acceptor()
    point.outbox.enrol("LC-1", "x", "", READING)

    def broken(data: bytes) -> bytes:
        raise CarrierError("lost")

    point.outbox.deliver(broken, acceptor.key.public_key(), NOW + 1000 * LONGEST_WAIT)
    found = point.outbox.deliver(acceptor.take, acceptor.key.public_key(), NOW)
    assert found.delivered == 1


def test_by_stick_there_and_back(point: Point, tmp_path: Path) -> None:
    acceptor = Acceptor()
    stick = invite(tmp_path / "stick", acceptor.desk(""))
    point.run("point", "enrol", str(stick), "--name", "Mường Mẫu", "--commune", "03390")
    point.outbox.put(Kind.REPORT, {"requests": 7}, READING)
    assert "by stick only" in str(point.run("outbox", "deliver").exception)
    assert point.facts("outbox", "export", str(stick))["waiting"] == 3
    sealed = sorted((stick / "diemdoc-outbox").glob("*.sealed"))
    assert len(sealed) == 3
    assert not any(b"requests" in one.read_bytes() for one in sealed)
    for path in sealed * 2:
        path.with_suffix(".receipt").write_bytes(acceptor.unseal(path.read_bytes()))
    assert len(acceptor.counted) == 3
    back = point.facts("outbox", "export", str(stick))
    assert (back["delivered"], back["waiting"]) == (3, 0)
    assert list((stick / "diemdoc-outbox").glob("*.sealed")) == []
    assert point.outbox.is_enrolled


def test_a_refused_code_is_told_and_the_next_one_takes_its_place(
    point: Point, tmp_path: Path
) -> None:
    acceptor = Acceptor()
    with reports_server(acceptor) as server:
        desk = acceptor.desk(server.address)
        point.run("point", "enrol", str(invite(tmp_path / "s", desk, "WRONG")), "--name", "x")
        refused = point.run("outbox", "deliver")
        assert refused.exit_code == 80
        assert "the province refused: unknown code" in refused.stderr
        point.run("point", "enrol", "LC-1", "--name", "x")
        assert point.facts("outbox", "deliver")["waiting"] == 0
    assert point.outbox.is_enrolled


def test_the_signed_lists_say_where_reports_go(point: Point, tmp_path: Path) -> None:
    acceptor = Acceptor()
    unknown = point.run("point", "enrol", "LC-1", "--name", "x")
    assert "does not know where its reports go" in str(unknown.exception)
    with reports_server(acceptor) as server:
        desk = acceptor.desk(server.address)
        table = "".join(f'{name} = "{value}"\n' for name, value in desk.as_facts().items())
        collection = '[[collection]]\nid = "sach"\n'
        province = Province(tmp_path / "desk", collections=f"{collection}[reports]\n{table}")
        media_archive(province.folder() / "a.zim", {})
        province.publish()
        (tmp_path / "root.json").write_bytes(province.root)
        source = ["--root", str(tmp_path / "root.json"), "--from", str(province.tree)]
        assert point.run("sync", *source).exit_code == 0
        assert point.run("point", "enrol", "LC-1", "--name", "x").exit_code == 0
        assert point.facts("outbox", "deliver")["delivered"] == 2
    other = Acceptor().desk("https://thuvien.example.vn")
    table = "".join(f'{name} = "{value}"\n' for name, value in other.as_facts().items())
    province.desk.settings.write_text(f"{collection}[reports]\n{table}")
    province.publish()
    assert point.run("sync", *source).exit_code == 0
    targets = next((tmp_path / "point/state/trust/metadata").glob("*/targets.json"))
    signed = json.loads(targets.read_bytes())["signed"]["custom"]["reports"]
    assert parse_desk(signed) == other


def test_how_a_point_stands_is_told_once_a_day(province_point: tuple[Reader, Point]) -> None:
    reader, point = province_point
    assert point.outbox.is_health_due(NOW)
    point.outbox.put(Kind.HEALTH, 1, READING)
    assert not point.outbox.is_health_due(BUILT)
    assert point.outbox.is_health_due(BUILT + LONGEST_WAIT)
    assert point.outbox.is_health_due(BUILT - LONGEST_WAIT), "the clock went back"
    point.outbox.put(Kind.HEALTH, 2, READING)
    assert [one.body for _, one in point.outbox.messages()] == [2]
    standing = standing_of(reader.site.root, "03390", ("sach",))
    assert list(standing.archives) == ["a"]
    assert from_body(json.loads(json.dumps(to_body(standing)))) == standing


@pytest.fixture
def province_point(tmp_path: Path) -> tuple[Reader, Point]:
    province = Province(tmp_path / "desk")
    media_archive(province.folder() / "a.zim", {})
    province.publish()
    reader = Reader(tmp_path / "point", province)
    reader.sync(DirectoryCarrier(province.tree))
    return reader, Point(tmp_path / "point")


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"archives": {"a": 1}},
        {"archives": []},
        {"free_bytes": -1},
        {"disk_bytes": True},
        {"commune": "x" * 300},
        {"collections": None},
    ],
)
def test_a_standing_that_cannot_be_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    body = to_body(standing_of(tmp_path / "none", "", ()))
    assert from_body(body).local == 0
    with pytest.raises(ValueError, match=r"is not|holds|lacks"):
        from_body({**body, **change})


def test_a_hostile_stick_is_refused(point: Point, tmp_path: Path) -> None:
    acceptor = Acceptor()
    stick = tmp_path / "stick"
    stick.mkdir()
    with pytest.raises(MissingFileError, match="no invitation"):
        read_invitation(stick)
    invite(stick, acceptor.desk(""))
    path = stick / "diemdoc-outbox/invitation.json"
    for text in (
        "[]",
        "{",
        '{"version": 2, "code": "x"}',
        '{"version": 1, "code": 5}',
        "x" * 20_000,
    ):
        path.write_text(text)
        with pytest.raises(TamperedError, match="invitation"):
            read_invitation(stick)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(CarrierError, match="no regular file"):
        read_invitation(stick)
    for raw in ({"address": "file:///etc"}, {"address": "", "receipt_key": "00"}, None, 5):
        with pytest.raises(ValueError, match="must be"):
            parse_desk(raw)
    path.unlink()
    point.run("point", "enrol", str(invite(stick, acceptor.desk(""))), "--name", "x")
    forged = stick / f"diemdoc-outbox/{point.outbox.point[:16]}-00000001.receipt"
    forged.write_bytes(Acceptor().take(next(point.outbox.waiting())[1]))
    assert "not signed" in str(point.run("outbox", "export", str(stick)).exception)
    assert len(list(point.outbox.waiting())) == 1
