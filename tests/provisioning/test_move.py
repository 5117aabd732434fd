"""The library moves to a larger disk whole, while the one that was stays as it is."""

from pathlib import Path

import pytest

from content.errors import LibraryBusyError
from content.library import change
from content.store.change import begin
from content.store.generation import current
from content.store.layout import StoreLayout
from provisioning import move
from provisioning.errors import StorageError
from provisioning.move import move_library
from tests.content.zim_maker import make_archive
from tests.kiosk.conftest import NOW


def quiet(_name: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def content_of(root: Path) -> dict[str, bytes]:
    left = {"lock", "staging", "incoming"}
    return {
        str(one.relative_to(root)): one.read_bytes()
        for one in root.rglob("*")
        if one.is_file() and one.relative_to(root).parts[0] not in left
    }


@pytest.fixture
def library(tmp_path: Path) -> Path:
    root = tmp_path / "card/library"
    for name in ("one", "two"):
        file = make_archive(tmp_path / f"{name}.zim", name=name)
        change.add(root, [file], now=NOW, report=quiet)
    return root


def test_the_new_disk_holds_the_same_library(library: Path, tmp_path: Path) -> None:
    before = content_of(library)
    target = tmp_path / "disk/library"
    copied = move_library(library, target, report=quiet)
    assert content_of(target) == content_of(library) == before
    assert current(StoreLayout(target)) == current(StoreLayout(library))
    assert copied == sum(len(data) for name, data in before.items() if name != "current")


def test_cut_off_at_any_file_it_holds_none_and_goes_on(library: Path, tmp_path: Path) -> None:
    files = len(content_of(library)) - 1
    target = tmp_path / "disk/library"
    copied = []
    for number in range(files):
        calls = 0

        def pull(name: str, _done: int, _total: int) -> None:
            nonlocal calls
            calls += 1
            if calls > 1:
                raise OSError(5, f"the disk was pulled out at {name}")

        with pytest.raises(OSError, match="pulled out") if number < files - 1 else _nothing():
            move_library(library, target, report=pull)
        copied.append(sum(1 for one in target.rglob("*") if one.is_file()))
        if number < files - 1:
            assert not (target / "current").exists()
    assert copied == [*range(1, files), files + 1]
    assert content_of(target) == content_of(library)


class _nothing:  # noqa: N801 -- reads as pytest.raises does
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


def test_a_second_move_is_refused_and_changes_nothing(library: Path, tmp_path: Path) -> None:
    target = tmp_path / "disk/library"
    move_library(library, target, report=quiet)
    before = content_of(target)
    with pytest.raises(StorageError, match="holds a library already"):
        move_library(library, target, report=quiet)
    assert content_of(target) == before


@pytest.mark.parametrize(("spare", "fits"), [(-1, False), (0, True), (1, True)])
def test_250_mb_stay_free(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spare: int, fits: bool
) -> None:
    wanted = sum(len(data) for name, data in content_of(library).items() if name != "current")
    monkeypatch.setattr(move, "free_bytes", lambda _folder: wanted + 250_000_000 + spare)
    target = tmp_path / "disk/library"
    if fits:
        move_library(library, target, report=quiet)
        return
    with pytest.raises(StorageError, match="use a larger disk"):
        move_library(library, target, report=quiet)
    assert content_of(target) == {}


def test_a_library_that_is_being_changed_waits(library: Path, tmp_path: Path) -> None:
    with begin(StoreLayout(library)), pytest.raises(LibraryBusyError):
        move_library(library, tmp_path / "disk/library", report=quiet)


def test_a_folder_without_a_library_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="holds no library"):
        move_library(tmp_path, tmp_path / "x", report=quiet)
