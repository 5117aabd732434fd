"""A new library is served without a restart; a disk that goes is told plainly and may come back."""

import shutil
import threading
import time
from pathlib import Path

import pytest

from content.archive.packed import write_packed
from content.library import change
from content.store.layout import StoreLayout
from kiosk.packing import keep_packed, pack_one
from tests.content.zim_maker import make_archive
from tests.kiosk.conftest import NOW
from tests.kiosk.serving.conftest import PAGE, Served, make_library, serving

PAGE_AT = "/content/others/dien.html"
GZIP = {"Accept-Encoding": "gzip"}


def soon(served: Served, path: str, status: int) -> bytes:
    """Return the body as soon as the status is the one wanted."""
    deadline = time.monotonic() + 8
    while True:
        answer, body = served.get(path)
        if answer.status == status:
            return body
        assert time.monotonic() < deadline, f"still {answer.status}"
        time.sleep(0.05)


def test_a_new_generation_is_served_and_no_request_fails(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library", tmp_path, page=PAGE)
    bad: list[int] = []
    goes_on = threading.Event()

    with serving(library) as served:

        def read() -> None:
            while not goes_on.is_set():
                answer, _ = served.get(PAGE_AT)
                if answer.status != 200:
                    bad.append(answer.status)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for one in readers:
            one.start()
        for turn in range(3):
            scratch = tmp_path / f"turn{turn}"
            scratch.mkdir()
            make_library(library, scratch, page=PAGE.replace("nay", f"nay {turn}"))
        deadline = time.monotonic() + 8
        while b"nay 2" not in served.get(PAGE_AT)[1]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        goes_on.set()
        for one in readers:
            one.join()
    assert bad == []


def test_an_archive_that_was_taken_out_is_not_found(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library", tmp_path)
    with serving(library) as served:
        assert served.get(PAGE_AT)[0].status == 200
        change.remove(library, "others", report=lambda *_: None)
        assert "Không có trang này" in soon(served, PAGE_AT, 404).decode()


def test_a_disk_that_is_pulled_out_is_told_and_comes_back(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library", tmp_path)
    with serving(library) as served:
        assert served.get(PAGE_AT)[0].status == 200
        (library / "archives").rename(tmp_path / "pulled")
        page = soon(served, PAGE_AT, 503).decode()
        assert "Ổ đĩa chứa sách không trả lời" in page
        assert served.get(PAGE_AT)[0].headers["Retry-After"] == "10"
        (tmp_path / "pulled").rename(library / "archives")
        assert soon(served, PAGE_AT, 200).decode() == PAGE


def test_a_library_that_is_gone_whole_comes_back_too(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library", tmp_path)
    with serving(library) as served:
        assert served.get(PAGE_AT)[0].status == 200
        library.rename(tmp_path / "pulled")
        soon(served, PAGE_AT, 503)
        (tmp_path / "pulled").rename(library)
        assert soon(served, PAGE_AT, 200).decode() == PAGE


def test_a_sidecar_is_taken_in_and_gives_the_same_page(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library", tmp_path)
    layout = StoreLayout(library)
    (archive,) = layout.archives.iterdir()
    with serving(library) as served:
        _, before = served.get(PAGE_AT, GZIP)
        assert pack_one(layout, archive.name)
        deadline = time.monotonic() + 8
        # The sidecar's level packs better than what is packed while a reader waits.
        while len(served.get(PAGE_AT, GZIP)[1]) >= len(before):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert served.get(PAGE_AT)[1].decode() == PAGE


def test_a_broken_sidecar_is_let_go_and_everything_still_works(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library", tmp_path)
    layout = StoreLayout(library)
    (archive,) = layout.archives.iterdir()
    layout.packed.mkdir()
    for content in (b"", b"SQLite format 3\0" + b"x" * 5_000, b"nonsense" * 100):
        layout.packed_of(archive.name).write_bytes(content)
        with serving(library) as served:
            assert served.get(PAGE_AT)[1].decode() == PAGE
        assert not layout.packed_of(archive.name).exists()


def test_the_packing_process_makes_what_is_missing_and_clears_with_the_archive(
    tmp_path: Path,
) -> None:
    library = make_library(tmp_path / "library", tmp_path)
    layout = StoreLayout(library)
    (archive,) = layout.archives.iterdir()
    looks = iter(range(100))
    keep_packed(library, lambda: next(looks) < 20, look_s=0.01)
    assert layout.packed_of(archive.name).is_file()
    other = make_archive(tmp_path / "more.zim", name="more")
    change.remove(library, "others", report=lambda *_: None)
    change.add(library, [other], now=NOW, report=lambda *_: None)
    for _ in range(3):  # until no kept generation needs the old one
        change.rebuild_current(library, report=lambda *_: None)
    assert not archive.exists()
    assert not layout.packed_of(archive.name).exists()


def test_packing_that_is_cut_off_leaves_nothing_half(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library", tmp_path)
    layout = StoreLayout(library)
    (archive,) = layout.archives.iterdir()
    assert not pack_one(layout, archive.name, lambda: False)
    assert list(layout.packed.iterdir()) == []
    (layout.packed / f".{archive.stem}.packed.1.new").write_bytes(b"left by a power cut")
    write_packed(archive, layout.packed_of(archive.name))
    change.rebuild_current(library, report=lambda *_: None)
    assert [one.name for one in layout.packed.iterdir()] == [f"{archive.stem}.packed"]


def test_without_room_nothing_is_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = make_library(tmp_path / "library", tmp_path)
    layout = StoreLayout(library)
    (archive,) = layout.archives.iterdir()
    usage = shutil.disk_usage(tmp_path)._replace(free=250_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert not pack_one(layout, archive.name)
    assert not layout.packed_of(archive.name).exists()
