"""Staff look after the point by pages alone: books, updates, health, settings; safe to repeat."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from content.sync.outbox import Outbox
from kiosk.tasks.board import Board, Kind, Stage, uploads_of
from provisioning.privileged.client import PrivilegedDoor
from tests.content.zim_maker import make_archive
from tests.kiosk.staff.conftest import OURS, PIN, Console, Maker

PAGES = [
    "/staff/",
    "/staff/books",
    "/staff/books/remove/others",
    "/staff/update",
    "/staff/health",
    "/staff/messages",
    "/staff/settings",
    "/staff/start",
    "/staff/poster",
    "/staff/usage",
    "/staff/machine/reboot",
    "/staff/machine/power-off",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_in_vietnamese_and_runs_only_our_own_files(
    console: Console, path: str
) -> None:
    page = console.get(path)
    assert page.status_code == 200
    assert '<html lang="vi"' in page.text
    assert "Đến thư viện" in page.text
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    console.browser.set_cookie("locale", "en")
    assert "To the library" in console.get(path).text


def test_an_archive_is_sent_straight_to_the_disk_and_asked_to_be_added(
    console: Console, worker: Board, tmp_path: Path
) -> None:
    data = make_archive(tmp_path / "x.zim", name="new").read_bytes()
    answer = console.post("/staff/books/upload", file=(io.BytesIO(data), "../../Sách mới.zim"))
    assert answer.headers["Location"] == "/staff/books?told=asked"
    task = console.task()
    assert task.kind == Kind.ADD
    (sent,) = task.arguments["files"]
    assert Path(sent).parent == uploads_of(console.state)
    assert Path(sent).read_bytes() == data
    assert list(uploads_of(console.state).iterdir()) == [Path(sent)]
    assert "Đang thêm sách" in console.get("/staff/books").text


@pytest.mark.parametrize(
    ("name", "words"), [("x.pdf", "không phải tệp ZIM"), ("", "chưa chọn tệp")]
)
def test_what_is_no_archive_is_refused_and_leaves_nothing(
    console: Console, worker: Board, name: str, words: str
) -> None:
    answer = console.post("/staff/books/upload", file=(io.BytesIO(b"x" * 5_000), name))
    assert words in console.get(answer.headers["Location"]).text
    assert list(uploads_of(console.state).iterdir()) == []
    assert worker.task() is None


def test_a_file_that_does_not_fit_is_refused_before_it_is_read(console: Console) -> None:
    answer = console.browser.post(
        "/staff/books/upload",
        headers=OURS,
        input_stream=io.BytesIO(),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(10**15)},
    )
    assert answer.status_code == 409
    assert "không đủ chỗ" in answer.text


def test_without_a_worker_it_is_told_and_the_upload_is_let_go(
    console: Console, tmp_path: Path
) -> None:
    data = make_archive(tmp_path / "x.zim", name="new").read_bytes()
    answer = console.post("/staff/books/upload", file=(io.BytesIO(data), "x.zim"))
    assert answer.status_code == 409
    assert "Khởi động lại máy" in answer.text or "khởi động lại máy" in answer.text
    assert list(uploads_of(console.state).iterdir()) == []


def test_a_file_that_is_being_added_is_not_replaced_by_one_of_its_name(
    console: Console, worker: Board, tmp_path: Path
) -> None:
    data = make_archive(tmp_path / "x.zim", name="new").read_bytes()
    for wanted in (303, 409):
        answer = console.post("/staff/books/upload", file=(io.BytesIO(data), "x.zim"))
        assert answer.status_code == wanted
    assert [one.name for one in uploads_of(console.state).iterdir()] == ["x.zim"]


def test_removing_asks_once_more_and_one_thing_is_done_at_a_time(
    console: Console, worker: Board
) -> None:
    assert "Gỡ bỏ “" in console.get("/staff/books/remove/others").text
    assert worker.task() is None
    assert console.post("/staff/books/remove/others").status_code == 303
    assert (console.task().kind, console.task().arguments) == (Kind.REMOVE, {"name": "others"})
    busy = console.post("/staff/books/undo")
    assert (busy.status_code, "Máy đang làm việc khác" in busy.text) == (409, True)
    assert console.get("/staff/books/remove/nope").status_code == 404


def test_a_task_is_followed_stopped_and_its_end_told(console: Console, worker: Board) -> None:
    console.post("/staff/health/remedy/verify")
    task = console.task()
    worker.tell(task.identifier, stage=Stage.UNDER_WAY, step="Con nai", done=1, total=4)
    told = console.get("/staff/task").json
    assert (told["open"], told["percent"], told["step"]) == (True, 25, "Con nai")
    console.post("/staff/task/stop")
    assert worker.shall_stop
    worker.tell(task.identifier, stage=Stage.STOPPED)
    assert "Thư viện vẫn như cũ" in console.get("/staff/health").text
    assert console.get("/staff/task").json["open"] is False


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("tampered", "không khớp chữ ký"),
        ("insufficient-space", "không đủ chỗ"),
        ("cut-off", "bị ngắt giữa chừng"),
        ("some-new-code", "Có gì đó không ổn"),
    ],
)
def test_a_failure_is_told_in_words_with_what_to_do(
    console: Console, worker: Board, problem: str, words: str
) -> None:
    console.post("/staff/books/undo")
    worker.tell(console.task().identifier, stage=Stage.FAILED, problem=problem, detail="<b>x</b>")
    page = console.get("/staff/books").text
    assert words in page
    assert "<b>x</b>" not in page


def test_sticks_are_listed_and_only_what_lies_on_them_is_taken(
    make_console: Maker, library: Path, tmp_path: Path
) -> None:
    sticks = tmp_path / "sticks"
    (sticks / "KINGSTON" / "metadata").mkdir(parents=True)
    (sticks / "OTHER").mkdir()
    make_archive(sticks / "OTHER" / "sach.zim", name="sach")
    (sticks / "OTHER" / "link.zim").symlink_to("/etc/passwd")
    (sticks / "away").symlink_to("/etc")
    console = make_console(library=library, sticks=str(sticks)).sign_in()
    page = console.get("/staff/update").text
    assert "KINGSTON" in page
    assert "sach.zim" in page
    assert "link.zim" not in page
    assert "away" not in page
    assert "Điểm này chưa theo tỉnh nào" in page
    with Board(console.state).work():
        for file in ("link.zim", "../KINGSTON/x.zim", "nope.zim", ""):
            assert console.post("/staff/update/stick/OTHER/add", file=file).status_code == 404
        assert console.post("/staff/update/stick/away").status_code == 404
        assert console.post("/staff/update/stick/OTHER").status_code == 404
        console.post("/staff/update/stick/OTHER/add", file="sach.zim")
        wanted = [str(sticks / "OTHER" / "sach.zim")]
        assert console.task().arguments == {"files": wanted, "from_stick": True}


def test_an_update_needs_an_address_and_goes_there(console: Console, worker: Board) -> None:
    answer = console.post("/staff/update/start")
    assert "Chưa có địa chỉ của tỉnh" in console.get(answer.headers["Location"]).text
    console.post("/staff/settings", point_name="A", locale="vi", source="https://tinh.example/kho")
    console.post("/staff/update/start")
    assert console.task().arguments == {"sources": ["https://tinh.example/kho"]}


def test_remedies_go_through_the_door_and_restarting_asks_once_more(console: Console) -> None:
    now = int(datetime.now(UTC).timestamp())
    assert console.get("/staff/machine/reboot").status_code == 200
    assert console.door.asked == []
    console.post("/staff/machine/reboot")
    console.post("/staff/health/remedy/restart-wifi")
    console.post("/staff/health/remedy/set-clock", seconds=str(now))
    assert console.door.asked == [
        ("reboot", {}),
        ("restart-wifi", {}),
        ("set-time", {"seconds": now}),
    ]
    for seconds in ("", "x", "12", "99999999999999", "-5", "²"):
        assert console.post("/staff/health/remedy/set-clock", seconds=seconds).status_code == 400
    for path in ("/staff/health/remedy/nope", "/staff/machine/halt", "/staff/health/remedy/"):
        assert console.post(path).status_code == 404
    assert len(console.door.asked) == 3


def test_a_version_that_waits_is_told_and_installed_with_one_tap(console: Console) -> None:
    assert "install-software" not in console.get("/staff/health").text
    folder = console.config.library / "software"
    folder.mkdir(parents=True)
    (folder / "waiting.json").write_text('{"version": "9.1.0"}')
    page = console.get("/staff/health").text
    assert "Có phần mềm mới: bản 9.1.0" in page
    assert "Cài ngay" in page
    console.post("/staff/health/remedy/install-software")
    # Root looks itself: the app cannot name a version or a file.
    assert console.door.asked == [("install-software", {})]


def test_a_computer_without_a_door_says_so(console: Console, tmp_path: Path) -> None:
    door = PrivilegedDoor(tmp_path / "door")
    console.browser.application.extensions["door"] = door
    page = console.get("/staff/health").text
    assert "/staff/machine/reboot" not in page
    answer = console.post("/staff/machine/reboot")
    assert (answer.status_code, "không cho làm việc đó" in answer.text) == (409, True)


def test_settings_hold_at_once_in_every_worker_and_a_wrong_one_changes_nothing(
    console: Console, make_console: Maker
) -> None:
    other = make_console(library=console.config.library)
    form = {"point_name": "Pa Ủ", "place": "Bản A", "contact": "chị Lan", "locale": "en"}
    assert console.post("/staff/settings", **form).status_code == 303
    page = other.get("/").text
    assert "Pa Ủ" in page
    assert "chị Lan" in page
    assert '<html lang="en"' in page
    wrong = console.post("/staff/settings", **{**form, "source": "javascript:alert(1)"})
    assert wrong.status_code == 400
    assert 'aria-invalid="true"' in wrong.text
    assert "Pa Ủ" in other.get("/").text


def test_a_copy_of_the_settings_restores_another_box_and_holds_no_secret(
    console: Console, make_console: Maker, tmp_path: Path
) -> None:
    console.post("/staff/settings", point_name="Pa Ủ", locale="vi", contact="anh Sùng")
    copy = console.get("/staff/settings/copy").data
    assert PIN.encode() not in copy
    assert b"scrypt" not in copy
    other = make_console(library=tmp_path / "other").sign_in()
    for _ in range(2):
        answer = other.post("/staff/settings/restore", file=(io.BytesIO(copy), "copy.json"))
        assert answer.headers["Location"] == "/staff/settings?told=restored"
    assert "anh Sùng" in other.get("/").text
    good = json.loads(copy)
    for bad in (
        b"",
        b"\x00",
        b"[]",
        b"[" * 90_000,
        json.dumps({**good, "version": 2}).encode(),
        json.dumps({**good, "choices": {"pin": "1"}}).encode(),
        json.dumps({**good, "choices": {"point_name": 5}}).encode(),
        json.dumps({**good, "choices": {"point_name": "x" * 300}}).encode(),
    ):
        answer = other.post("/staff/settings/restore", file=(io.BytesIO(bad), "copy.json"))
        assert answer.status_code == 409
    assert "anh Sùng" in other.get("/").text


def test_a_provinces_code_waits_in_the_outbox(console: Console) -> None:
    form = {"point_name": "Pa Ủ", "locale": "vi", "place": "Pa Ủ", "province_code": "LC-7K2M-94"}
    console.post("/staff/start", **form)
    console.post("/staff/start", **form)
    waiting = list(Outbox(console.state / "outbox").waiting())
    assert len(waiting) == 1
    assert b"LC-7K2M-94" in waiting[0][1]


def test_a_file_that_is_no_root_is_refused(console: Console) -> None:
    answer = console.post("/staff/settings/province", file=(io.BytesIO(b"{}"), "root.json"))
    assert (answer.status_code, "Không dùng được tệp này" in answer.text) == (409, True)


def test_the_poster_has_both_codes_and_the_points_name(console: Console) -> None:
    page = console.get("/staff/poster?ssid=%C4%90i%E1%BB%83m%20%C4%90%E1%BB%8Dc").text
    assert "1. Vào Wi-Fi" in page
    assert "2. Mở thư viện" in page
    answer = console.get("/staff/poster/a5.svg")
    assert answer.mimetype == "image/svg+xml"
    assert 'width="148mm" height="210mm"' in answer.text
    assert "Mường Mẫu" in answer.text
    assert console.get("/staff/poster/a3.svg").status_code == 404


def test_a_box_without_chromium_offers_the_drawing_instead(
    console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = console.get("/staff/poster/a4.pdf")
    assert (answer.status_code, "tệp SVG" in answer.text) == (409, True)


def test_a_month_that_was_counted_is_shown_as_its_sheet(console: Console) -> None:
    page = console.get("/staff/usage?period=2026-11")
    assert page.status_code == 200
    assert "Mường Mẫu" in page.text
    assert "<table" in page.text
    assert console.get("/staff/usage?period=nope").status_code == 409
