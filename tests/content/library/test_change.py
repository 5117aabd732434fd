"""A change of the library is whole or did not happen, whatever cuts it off; readers read on."""

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from content.catalogue.records import Query
from content.errors import (
    ArchiveUnavailableError,
    EntryNotFoundError,
    InsufficientSpaceError,
    LibraryBusyError,
    StoreError,
)
from content.library import change
from content.library.library import Library
from content.library.shelf import read_shelf_table
from content.store.change import begin, redo, roll_back
from content.store.generation import numbers, switch
from content.store.layout import StoreLayout
from tests.content.zim_maker import make_archive, work

NOW = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)


def quiet(_words: str, _done: int, _total: int) -> None:
    """Report nothing."""


def add(root: Path, *files: Path, **more: int) -> tuple[change.Outcome, ...]:
    return change.add(root, files, now=NOW, report=quiet, **more)  # type: ignore[arg-type]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def first(tmp_path: Path) -> Path:
    texts = ["Điện Biên có đèo Pha Đin.", "Chợ phiên họp sáng chủ nhật."]
    record = work(
        "A-1", "Đường lên Điện Biên", texts, creator=("Lò Văn Mẫu",), collection="Địa chí"
    )
    return make_archive(tmp_path / "first.zim", [(record, texts)])


@pytest.fixture
def second(tmp_path: Path) -> Path:
    return make_archive(tmp_path / "second.zim", [(work("B-1", "Sách thứ hai"), ["Hai."])])


def test_what_is_added_is_there(root: Path, first: Path) -> None:
    (outcome,) = add(root, first)
    assert (outcome.did, outcome.name, outcome.works) == ("added", "first", 1)
    library = Library(root)
    record = library.record("A-1")
    assert record is not None
    assert library.text(record, 1).startswith("Điện Biên")
    assert library.book("A-1") == "first"
    assert library.entry("first", "works/A-1/0001.html").size > 0
    assert library.archives()[0].added == "2026-11-24"
    assert library.counts("collection") == (("Địa chí", 1),)


def test_an_empty_library_answers_emptily(root: Path) -> None:
    library = Library(root)
    assert library.generation == 0
    assert library.summaries(Query()).total == 0
    assert library.search("x").total == 0
    assert library.suggest("x") == ()
    assert library.record("x") is None
    with pytest.raises(EntryNotFoundError):
        library.entry("x", "y")


def test_adding_the_same_twice_changes_nothing(root: Path, first: Path) -> None:
    add(root, first)
    number = Library(root).generation
    assert add(root, first)[0].did == "kept"
    assert Library(root).generation == number


def test_a_new_edition_replaces_the_old(root: Path, first: Path, tmp_path: Path) -> None:
    add(root, first)
    edition = tmp_path / "other.zim"
    make_archive(edition, [(work("A-1", "Bản mới"), ["Mới."])], name="first")
    assert add(root, edition)[0].did == "replaced"
    library = Library(root)
    assert len(library.archives()) == 1
    assert library.summaries(Query()).items[0].title == "Bản mới"


def test_a_broken_archive_is_refused_and_the_good_one_added(
    root: Path, first: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.zim"
    broken.write_bytes(first.read_bytes()[:-100])
    outcomes = add(root, broken, first)
    assert [one.did for one in outcomes] == ["refused", "added"]
    note = json.loads((root / "quarantine" / "broken.zim.json").read_text())
    assert note["reason"]
    assert broken.exists()


def test_an_open_library_sees_the_change_without_a_restart(
    root: Path, first: Path, second: Path
) -> None:
    add(root, first)
    library = Library(root)
    assert library.summaries(Query()).total == 1
    held = library.entry("first", "works/A-1/0001.html")
    add(root, second)
    assert library.summaries(Query()).total == 2
    change.remove(root, "first", report=quiet)
    assert library.record("A-1") is None
    assert b"Pha" in held.read()


def test_rolling_back_and_on(root: Path, first: Path, second: Path) -> None:
    add(root, first)
    add(root, second)
    assert [one.name for one in roll_back(StoreLayout(root)).archives] == ["first"]
    assert Library(root).summaries(Query()).total == 1
    with pytest.raises(StoreError, match="no earlier"):
        roll_back(StoreLayout(root))
    add(root, second)
    assert Library(root).summaries(Query()).total == 2


def names(root: Path) -> list[str]:
    return [one.name for one in Library(root).archives()]


def test_what_was_rolled_back_can_be_put_in_use_again(
    root: Path, first: Path, second: Path
) -> None:
    layout = StoreLayout(root)
    add(root, first)
    add(root, second)
    change.remove(root, "first", report=quiet)
    with pytest.raises(StoreError, match="no change was taken back"):
        redo(layout)
    roll_back(layout)
    roll_back(layout)
    assert names(root) == ["first"]
    redo(layout)
    assert sorted(names(root)) == ["first", "second"]
    roll_back(layout)
    redo(layout)
    redo(layout)
    assert names(root) == ["second"]
    with pytest.raises(StoreError, match="no change was taken back"):
        redo(layout)


def test_a_change_after_rolling_back_leaves_nothing_to_redo(
    root: Path, first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = StoreLayout(root)
    add(root, first)
    add(root, second)
    roll_back(layout)
    # Cut off at the worst moment: all is built under the number that was rolled back, not in use.
    monkeypatch.setattr("content.store.change.switch", _cut_off_after(1))
    with pytest.raises(KeyboardInterrupt):
        add(root, second)
    monkeypatch.undo()
    assert numbers(layout) == [1, 2]
    with pytest.raises(StoreError, match="no change was taken back"):
        redo(layout)
    assert names(root) == ["first"]


def _cut_off_after(calls: int) -> Callable[..., None]:
    left = iter(range(calls))

    def cut(layout: StoreLayout, number: int, undone: Sequence[int] = ()) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        switch(layout, number, undone)

    return cut


def test_an_unreadable_current_can_be_rolled_back(root: Path, first: Path, second: Path) -> None:
    add(root, first)
    add(root, second)
    (root / "current").write_text("garbage")
    with pytest.raises(StoreError, match="rollback"):
        Library(root).archives()
    assert len(roll_back(StoreLayout(root)).archives) == 2


def test_removing_an_unknown_name_says_which_there_are(root: Path, first: Path) -> None:
    add(root, first)
    with pytest.raises(StoreError, match="first"):
        change.remove(root, "nope", report=quiet)


def test_old_files_go_when_no_kept_generation_needs_them(
    root: Path, first: Path, second: Path, tmp_path: Path
) -> None:
    add(root, first)
    change.remove(root, "first", report=quiet)
    for number in range(4):
        edition = tmp_path / f"e{number}.zim"
        make_archive(edition, [(work("B-1", f"Bản {number}"), ["x"])], name="second")
        add(root, edition)
    assert len(list((root / "generations").iterdir())) == 3
    assert not list((root / "archives").glob("first-*"))
    assert len(list((root / "archives").iterdir())) == 3


def test_too_little_room_changes_nothing(root: Path, first: Path) -> None:
    with pytest.raises(InsufficientSpaceError, match="MB"):
        add(root, first, floor_bytes=10**15)
    assert Library(root).generation == 0


def test_two_changes_at_once_are_refused(root: Path, first: Path) -> None:
    with begin(StoreLayout(root)), pytest.raises(LibraryBusyError):
        add(root, first)


def test_verify_finds_a_changed_byte(root: Path, first: Path) -> None:
    add(root, first)
    assert [one.did for one in change.verify(root, report=quiet)] == ["kept"]
    (path,) = (root / "archives").iterdir()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    (outcome,) = change.verify(root, report=quiet)
    assert outcome.did == "refused"
    assert outcome.reason


def test_a_disk_that_is_pulled_out_is_told_and_comes_back(root: Path, first: Path) -> None:
    add(root, first)
    (path,) = (root / "archives").iterdir()
    away = path.rename(root / "away")
    library = Library(root)
    with pytest.raises(ArchiveUnavailableError):
        library.entry("first", "works/A-1/0001.html")
    assert library.record("A-1") is not None
    away.rename(path)
    assert library.entry("first", "works/A-1/0001.html").size > 0


def test_paper_books_stand_in_the_same_catalogue(root: Path, first: Path, tmp_path: Path) -> None:
    add(root, first)
    table = tmp_path / "tu-sach.csv"
    table.write_text(
        "Nhan đề;Tác giả;Ký hiệu;Số bản;Mã\nTắt đèn;Ngô Tất Tố;ĐV 13;2;\nĐường lên;;;1;A-1\n",
        encoding="utf-8-sig",
    )
    books = read_shelf_table(table, place="Tủ 1", added="2026-11-24")
    change.import_shelf(root, books, "Tủ 1", report=quiet)
    library = Library(root)
    found = library.search("tat den")
    assert found.hits[0].summary.has_paper
    assert library.holdings(found.hits[0].summary.identifier)[0].shelf_mark == "ĐV 13"
    assert {one.archive for one in library.holdings("A-1")} == {"first", ""}
    change.remove(root, "first", report=quiet)
    assert Library(root).search("tat den").total == 1


# Each name is called by a change; the process is killed at its N-th call.
KILL = """
import os, signal, sys
from pathlib import Path
import datetime as dt
name, count, root, file = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
calls = 0
def watch(event, _arguments):
    global calls
    if event == name:
        calls += 1
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
from content.library import change
sys.addaudithook(watch)
change.add(root, [file], now=dt.datetime.now(dt.UTC), report=lambda *_: None)
"""


def test_killed_at_any_write_it_is_old_or_new_and_the_next_change_mends_it(
    root: Path, first: Path, second: Path
) -> None:
    add(root, first)
    killed = 0
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    for event in ("open", "os.rename", "os.mkdir", "os.remove", "sqlite3.connect", "shutil.rmtree"):
        for count in (1, 2, 3, 5, 8, 13, 21):
            command = [sys.executable, "-c", KILL, event, str(count), str(root), str(second)]
            done = subprocess.run(command, env=environment, capture_output=True, check=False)
            killed += done.returncode == -9
            library = Library(root)
            names = {one.name for one in library.archives()}
            assert names in ({"first"}, {"first", "second"})
            assert library.summaries(Query()).total == len(names)
            assert library.search("dien bien").total == 1
            if "second" in names:
                change.remove(root, "second", report=quiet)
    assert killed >= 15
    add(root, second)
    assert list((root / "staging").iterdir()) == []
    assert len(list((root / "generations").iterdir())) <= 3
    assert Library(root).summaries(Query()).total == 2
