"""Staff follow a province and take its books, by wire or stick; what is not its own is told."""

import io
from pathlib import Path

import pytest

from content.library import change
from content.library.library import Library
from content.sync.invitation import keep_desk
from content.sync.run import Site
from content.usage.cells import K
from kiosk.health import sync_age
from kiosk.health.check import Machine
from kiosk.tasks.board import Board, Stage
from kiosk.tasks.work import Job, do_task
from provisioning.sticks import refuse
from tests.content.sync.province_desk import Province, media_archive, web
from tests.content.sync.reports_server import Acceptor, invite, reports_server
from tests.content.usage.point import Point
from tests.content.zim_maker import make_archive
from tests.kiosk.conftest import NOW
from tests.kiosk.staff.conftest import Console, Maker

ITEMS = {f"p{number}.jpg": bytes([number]) * 40_000 for number in range(3)}


@pytest.fixture
def province(tmp_path: Path) -> Province:
    found = Province(tmp_path / "desk")
    media_archive(found.folder() / "a.zim", ITEMS, title="Truyện cổ Mảng")
    found.publish()
    return found


@pytest.fixture
def console(make_console: Maker, tmp_path: Path, province: Province) -> Console:
    made = make_console(sticks=str(tmp_path / "sticks")).sign_in()
    answer = made.post("/staff/settings/province", file=(io.BytesIO(province.root), "root.json"))
    assert answer.headers["Location"] == "/staff/settings?told=trusted"
    return made


def carry_out(console: Console, path: str) -> Stage:
    with Board(console.state).work():
        assert console.post(path).status_code == 303
    board = Board(console.state)
    do_task(board, console.task(), Job(Site(console.config.library, console.state)))
    return console.task().stage


def test_staff_are_told_of_a_stick_that_is_not_read(console: Console, tmp_path: Path) -> None:
    folder = tmp_path / "sticks"
    folder.mkdir()
    assert "FAT32" not in console.get("/staff/update").text
    refuse("sda1", "sda1: is formatted as ntfs", folder=folder)
    page = console.get("/staff/update").text
    assert "sda1" in page
    assert "FAT32" in page
    assert "Cắm USB" not in page


def test_books_come_by_wire_and_their_age_is_known(console: Console, province: Province) -> None:
    with web(province.tree) as server:
        console.post("/staff/settings", point_name="A", locale="vi", source=server.address)
        assert carry_out(console, "/staff/update/start") == Stage.DONE
        page = console.get("/staff/update").text
        assert "Mới hoặc mới hơn: Truyện cổ Mảng" in " ".join(page.split())
        assert carry_out(console, "/staff/update/start") == Stage.DONE
        assert "Mọi thứ đã là bản mới nhất" in console.get("/staff/update").text
    assert [one.origin for one in Library(console.config.library).archives()] == ["province"]
    (found,) = sync_age.check(Machine(console.config.library, console.state))
    assert found.code == "update-good"


def test_the_provinces_code_is_sent_with_the_update(
    console: Console, province: Province, tmp_path: Path
) -> None:
    acceptor = Acceptor()
    with reports_server(acceptor) as reports, web(province.tree) as server:
        keep_desk(console.state / "outbox", acceptor.desk(reports.address))
        console.post("/staff/settings/enrol", province_code="LC-1")
        console.post("/staff/settings", point_name="Pa Ủ", locale="vi", source=server.address)
        assert carry_out(console, "/staff/update/start") == Stage.DONE
        assert "Đã gửi cho tỉnh 2 tin" in console.get("/staff/update").text
        assert carry_out(console, "/staff/update/start") == Stage.DONE
        assert "Đã gửi cho tỉnh" not in console.get("/staff/update").text
    message, standing = acceptor.counted.values()
    assert standing.kind == "health"
    assert (message.kind, message.body["name"]) == ("enrolment", "Mường Mẫu")


def test_an_update_hands_over_the_months_that_are_over_and_says_so(
    console: Console, province: Province, tmp_path: Path
) -> None:
    recorder = Point(tmp_path / "counting")
    for visitor in range(K):
        recorder.see("/read/w2/1", f"10.0.0.{visitor}")
    recorder.wait(40 * 86_400)
    recorder.flush()
    recorder.flush()
    for file in recorder.state.iterdir():
        file.rename(console.state / file.name)
    assert "Chưa có tỉnh nào nhận số liệu" in console.get("/staff/update").text
    acceptor = Acceptor()
    with reports_server(acceptor) as reports, web(province.tree) as server:
        keep_desk(console.state / "outbox", acceptor.desk(reports.address))
        assert "Chưa gửi số liệu nào cho tỉnh" in console.get("/staff/update").text
        console.post("/staff/settings/enrol", province_code="LC-1")
        console.post("/staff/settings", point_name="Pa Ủ", locale="vi", source=server.address)
        reports.modes = ["", "lost reply"]
        assert carry_out(console, "/staff/update/start") == Stage.DONE
        page = console.get("/staff/update").text
        assert "Có 1 tháng đang chờ gửi" in page
        assert "2 tin cho tỉnh vẫn đang chờ" in page
        assert carry_out(console, "/staff/update/start") == Stage.DONE
    months = [one.body["month"] for one in acceptor.counted.values() if one.kind == "report"]
    assert months == ["2027-03"]
    for path in ("/staff/", "/staff/update"):
        assert "đến hết tháng 03/2027" in console.get(path).text
        assert "đang chờ gửi" not in console.get(path).text


def test_an_invitation_and_the_counts_go_by_stick_alone(console: Console, tmp_path: Path) -> None:
    """From a stick of the province to its receipts, with no network at all."""
    acceptor, stick = Acceptor(), tmp_path / "sticks" / "USB"
    stick.mkdir(parents=True)
    page = console.get("/staff/update").text
    assert "Ghi số liệu ra USB" not in page
    assert "mời điểm này" not in page
    assert console.post("/staff/update/stick/USB/counts").status_code == 404
    invite(stick, acceptor.desk(""))
    assert "mời điểm này" in console.get("/staff/update").text
    answer = console.post("/staff/update/stick/USB/invitation")
    assert answer.headers["Location"] == "/staff/update?told=invited"
    assert "Ghi số liệu ra USB" in console.get("/staff/update").text
    console.door.is_there = False
    answer = console.post("/staff/update/stick/USB/counts")
    assert answer.headers["Location"] == "/staff/update?told=written"
    for path in sorted((stick / "diemdoc-outbox").glob("*.sealed")):
        path.with_suffix(".receipt").write_bytes(acceptor.unseal(path.read_bytes()))
    assert {one.kind for one in acceptor.counted.values()} == {"enrolment", "health"}
    (message,) = (one for one in acceptor.counted.values() if one.kind == "enrolment")
    assert message.body["name"] == "Mường Mẫu"
    console.post("/staff/update/stick/USB/counts")
    assert not list((stick / "diemdoc-outbox").glob("*.sealed"))
    assert "mời điểm này" not in console.get("/staff/update").text


def test_on_a_box_root_lets_the_stick_be_written(console: Console, tmp_path: Path) -> None:
    (tmp_path / "sticks" / "sda1").mkdir(parents=True)
    keep_desk(console.state / "outbox", Acceptor().desk(""))
    console.post("/staff/update/stick/sda1/counts")
    assert console.door.asked == [("write-stick", {"device": "sda1"})]
    assert console.post("/staff/update/stick/sdb1/counts").status_code == 404


def test_a_stick_that_cannot_be_written_is_told_and_nothing_is_lost(
    console: Console, tmp_path: Path
) -> None:
    stick = tmp_path / "sticks" / "USB"
    stick.mkdir(parents=True)
    (stick / "diemdoc-outbox").write_text("a file where the folder should be")
    keep_desk(console.state / "outbox", Acceptor().desk(""))
    console.door.is_there = False
    answer = console.post("/staff/update/stick/USB/counts")
    assert "Số liệu chưa ghi được ra USB" in console.get(answer.headers["Location"]).text


def test_what_cannot_be_told_does_not_undo_an_update(console: Console, province: Province) -> None:
    with web(province.tree) as server:
        desk = Acceptor().desk("http://127.0.0.1:9")
        keep_desk(console.state / "outbox", desk)
        console.post("/staff/settings", point_name="A", locale="vi", source=server.address)
        (console.state / "usage.db").write_bytes(b"no database at all, however long it is")
        assert carry_out(console, "/staff/update/start") == Stage.DONE
    assert "Truyện cổ Mảng" in console.get("/staff/update").text


def test_a_stick_says_what_it_brings_before_it_is_taken(
    console: Console, province: Province, tmp_path: Path
) -> None:
    province.copy(tmp_path / "sticks" / "USB")
    assert "Truyện cổ Mảng" in console.get("/staff/update").text
    assert carry_out(console, "/staff/update/stick/USB") == Stage.DONE
    assert "Mọi thứ trong USB đã có ở đây rồi" in console.get("/staff/update").text


def test_a_change_is_taken_back_and_put_in_use_again(
    console: Console, province: Province, tmp_path: Path
) -> None:
    def titles() -> list[str]:
        return [one.title for one in Library(console.config.library).archives()]

    province.copy(tmp_path / "sticks" / "USB")
    change.add(
        console.config.library,
        [make_archive(tmp_path / "a.zim", name="truoc")],
        now=NOW,
        report=lambda *_: None,
    )
    before = titles()
    assert carry_out(console, "/staff/update/stick/USB") == Stage.DONE
    after = titles()
    assert "Dùng lại thay đổi" not in console.get("/staff/books").text
    assert carry_out(console, "/staff/books/undo") == Stage.DONE
    assert titles() == before
    assert "Dùng lại thay đổi" in console.get("/staff/books").text
    assert carry_out(console, "/staff/books/redo") == Stage.DONE
    assert titles() == after
    page = console.get("/staff/books").text
    assert "Thay đổi đang được dùng lại" in page
    assert 'action="/staff/books/redo"' not in page
    assert carry_out(console, "/staff/books/redo") == Stage.FAILED


def test_a_stick_of_elsewhere_is_told_and_nothing_is_taken(
    console: Console, tmp_path: Path
) -> None:
    other = Province(tmp_path / "other", "Điện Biên")
    media_archive(other.folder() / "b.zim", ITEMS)
    other.publish()
    other.copy(tmp_path / "sticks" / "USB")
    page = console.get("/staff/update").text
    assert "không khớp chữ ký" in page or "của tỉnh khác" in page
    assert carry_out(console, "/staff/update/stick/USB") == Stage.FAILED
    assert Library(console.config.library).archives() == ()


def test_a_server_that_is_not_there_is_told_with_what_to_do(console: Console) -> None:
    console.post("/staff/settings", point_name="A", locale="vi", source="http://127.0.0.1:9")
    assert carry_out(console, "/staff/update/start") == Stage.FAILED
    assert "Không đọc được máy chủ của tỉnh" in console.get("/staff/update").text
