"""What staff ask for is done beside the app, one at a time, and may be cut off at any point."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from content.library.library import Library
from content.store.generation import current
from content.store.layout import StoreLayout
from content.sync.run import Site
from content.sync.settings import SyncSettings
from kiosk.tasks.board import Board, Kind, NoWorkerError, Stage, Task, TaskBusyError, uploads_of
from kiosk.tasks.settings import TaskSettings, from_text
from kiosk.tasks.work import Job, do_task
from kiosk.tasks.worker import Worker
from tests.content.zim_maker import make_archive

DONE_S = 20


@pytest.fixture
def library(library_root: Path, tmp_path: Path) -> Path:
    """Return a library of one's own to change."""
    shutil.copytree(library_root, tmp_path / "library")
    return tmp_path / "library"


@contextmanager
def working(library: Path, state: Path) -> Iterator[Board]:
    goes_on = threading.Event()
    goes_on.set()
    worker = Worker(library, state, look_s=0.05)
    thread = threading.Thread(target=worker.run, args=(goes_on.is_set,))
    thread.start()
    board = Board(state)
    wait_until(lambda: board.has_worker)
    try:
        yield board
    finally:
        goes_on.clear()
        thread.join(20)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DONE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def end_of(board: Board) -> Task:
    wait_until(lambda: (task := board.task()) is not None and not task.is_open)
    task = board.task()
    assert task is not None
    return task


def test_an_archive_is_added_taken_back_and_what_was_uploaded_is_let_go(
    library: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    uploads_of(state).mkdir(parents=True)
    upload = make_archive(uploads_of(state) / "new.zim", name="new")
    with working(library, state) as board:
        board.ask(Kind.ADD, files=[str(upload)], uploads=[str(upload)])
        task = end_of(board)
        assert task.stage == Stage.DONE, task
        assert task.result["outcomes"][0]["did"] == "added"
        assert "new" in [one.name for one in Library(library).archives()]
        wait_until(lambda: not upload.exists())
        board.ask(Kind.ROLL_BACK)
        assert end_of(board).stage == Stage.DONE
        assert "new" not in [one.name for one in Library(library).archives()]


def test_a_failure_is_told_by_its_code(library: Path, tmp_path: Path) -> None:
    with working(library, tmp_path / "state") as board:
        board.ask(Kind.REMOVE, name="nope")
        task = end_of(board)
    assert (task.stage, task.problem) == (Stage.FAILED, "store")
    assert "nope" in task.detail


def test_one_thing_at_a_time_and_nothing_without_a_worker(library: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with pytest.raises(NoWorkerError):
        Board(state).ask(Kind.ROLL_BACK)
    with Board(state).work() as is_ours:
        assert is_ours
        board = Board(state)
        board.ask(Kind.REMOVE, name="others")
        with pytest.raises(TaskBusyError):
            board.ask(Kind.ROLL_BACK)
        with Board(state).work() as is_second:
            assert not is_second


@pytest.mark.parametrize("by", ["staff", "the machine"])
def test_a_task_that_is_ended_in_the_middle_leaves_the_library_whole(
    library: Path, tmp_path: Path, by: str
) -> None:
    state = tmp_path / "state"
    before = current(StoreLayout(library)).number
    # A pipe that nobody fills: the child waits in the middle of its copy.
    stuck = tmp_path / "stuck.zim"
    os.mkfifo(stuck)
    with working(library, state) as board:
        task = board.ask(Kind.ADD, files=[str(stuck)])
        wait_until(lambda: (now := board.task()) is not None and now.stage == Stage.UNDER_WAY)
        child = wait_for_child(task.identifier)
        if by == "staff":
            board.stop()
        else:
            os.kill(child, signal.SIGKILL)
        ended = end_of(board)
        wanted = (Stage.STOPPED, "") if by == "staff" else (Stage.FAILED, "cut-off")
        assert (ended.stage, ended.problem) == wanted
        assert current(StoreLayout(library)).number == before
        board.ask(Kind.REMOVE, name="others")
        assert end_of(board).stage == Stage.DONE


def wait_for_child(identifier: str) -> int:
    found: list[int] = []

    def look() -> bool:
        command = ["pgrep", "-f", f"kiosk.tasks.work.*{identifier}"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        found[:] = [int(one) for one in done.stdout.split()]
        return bool(found)

    wait_until(look)
    return found[0]


def test_a_worker_that_died_leaves_a_task_that_is_told_as_cut_off(
    library: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    with Board(state).work():
        task = Board(state).ask(Kind.VERIFY)
        Board(state).tell(task.identifier, stage=Stage.UNDER_WAY)
    with working(library, state) as board:
        assert end_of(board).problem == "cut-off"


def test_everything_is_verified_and_what_is_bad_is_named(library: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    held = current(StoreLayout(library)).archives[0]
    path = StoreLayout(library).archives / held.file
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    with Board(state).work():
        task = Board(state).ask(Kind.VERIFY)
    assert do_task(Board(state), task, Job(Site(library, state)))
    ended = Board(state).task()
    assert ended is not None
    assert ended.result == {"archives": 2, "bad": [held.title]}


def test_the_slow_checks_are_made_step_by_step_when_nothing_is_asked(
    library: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-m", "kiosk.tasks.work", str(library), str(state), "{}", "health"],
            check=True,
            capture_output=True,
        )
    proven = (state / "proven.json").read_text("utf-8")
    assert '"database": {"generation": 1' in proven
    assert ".zim" in proven
    assert (state / "health.json").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"kind": "x"}', "\0"])
def test_a_damaged_board_is_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "task.json").write_text(text)
    assert Board(tmp_path).task() is None


def test_uploads_that_nobody_wants_any_more_are_let_go_at_the_start(
    library: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    folder = uploads_of(state)
    folder.mkdir(parents=True)
    for name, age in (("left.zim", 60), ("asked.zim", 60), ("old.part", 7200), ("new.part", 60)):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (time.time() - age,) * 2)
    asked = str(folder / "asked.zim")
    with Board(state).work():
        Board(state).ask(Kind.ADD, files=[asked], uploads=[asked])
    with working(library, state) as board:
        assert end_of(board).result["outcomes"][0]["did"] == "refused"
        wait_until(lambda: sorted(one.name for one in folder.iterdir()) == ["new.part"])


def test_settings_reach_the_child_as_they_are() -> None:
    told = TaskSettings(sync=SyncSettings(sources=("https://tỉnh.example/kho",), rate_kb=80))
    assert from_text(told.to_text()) == told


def test_the_light_of_the_box_follows_what_is_done_with_a_stick(
    library: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    light = state / "tasks" / "light"
    archive = make_archive(tmp_path / "sach.zim", name="sach")
    with working(library, state) as board:
        board.ask(Kind.ADD, files=[str(archive)])
        assert end_of(board).stage == Stage.DONE
        assert not light.exists(), "no stick was used"
        board.ask(Kind.STICK, folder=str(tmp_path / "pulled out"))
        wait_until(light.exists)
        assert end_of(board).stage == Stage.FAILED
        wait_until(lambda: light.read_text() == "failed")
        board.ask(Kind.ADD, files=[str(archive)], from_stick=True)
        wait_until(lambda: light.read_text() == "working")
        assert end_of(board).stage == Stage.DONE
        wait_until(lambda: light.read_text() == "safe")
