"""A container from anywhere is read within bounds, by names that are never followed."""

import contextlib
import zipfile
from pathlib import Path

import pytest

from content.builder import safe_zip
from content.builder.safe_zip import DamagedEntryError, SafeZip
from content.errors import SourceError
from tests.content.builder.epubs import write_zip


def test_names_are_found_in_any_case_form_and_spelling(tmp_path: Path) -> None:
    entries = {"Text/Chương 1.xhtml": "x", "a\\b.txt": "y", "../../etc/passwd": "z"}
    book = SafeZip(write_zip(tmp_path / "a.zip", entries))
    assert book.find("TEXT/Chu\u031bo\u031bng%201.xhtml") == "Text/Chương 1.xhtml"
    assert book.find("a/b.txt") == "a\\b.txt"
    assert book.find("etc/passwd") is None
    assert book.read("../../etc/passwd") == b"z"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.zip"]


def test_names_in_utf_8_that_do_not_say_so_are_found(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"Ch___.txt": "x"})
    path.write_bytes(path.read_bytes().replace(b"Ch___", "Chờ".encode()))
    book = SafeZip(path)
    assert book.names() != ["Chờ.txt"]
    assert book.find("Chờ.txt") == book.names()[0]


@pytest.mark.parametrize(("size", "fits"), [(999, True), (1000, True), (1001, False)])
def test_an_entry_is_read_up_to_its_limit(tmp_path: Path, size: int, fits: bool) -> None:
    book = SafeZip(write_zip(tmp_path / "a.zip", {"a": "x" * size}))
    if fits:
        assert len(book.read("a", 1000)) == size
    else:
        with pytest.raises(SourceError, match="unpacks to more than"):
            book.read("a", 1000)


def test_all_entries_together_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_zip, "MAX_TOTAL_BYTES", 150)
    book = SafeZip(write_zip(tmp_path / "a.zip", {"a": "x" * 100, "b": "x" * 100}))
    book.read("a")
    with pytest.raises(SourceError, match="unpacks"):
        book.read("b")


@pytest.mark.parametrize(("count", "fits"), [(20, True), (21, False)])
def test_the_number_of_entries_has_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, fits: bool
) -> None:
    monkeypatch.setattr(safe_zip, "MAX_ENTRIES", 20)
    path = write_zip(tmp_path / "a.zip", {str(number): "" for number in range(count)})
    if fits:
        assert len(SafeZip(path).names()) == count
    else:
        with pytest.raises(SourceError, match="more than 20 files"):
            SafeZip(path)


def test_a_directory_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path / "a.zip", {str(number): "" for number in range(100)})
    monkeypatch.setattr(safe_zip, "MAX_DIRECTORY_BYTES", 1000)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(SourceError, match="more than"):
        SafeZip(path)


def test_a_locked_entry_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a": "x"})
    content = bytearray(path.read_bytes())
    content[content.rfind(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(SourceError, match="password"):
        SafeZip(path).read("a")


def test_an_unusual_packing_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as book:
        book.writestr("a", "x" * 100)
    with pytest.raises(DamagedEntryError, match="unusual"):
        SafeZip(tmp_path / "a.zip").read("a")


@pytest.mark.parametrize("place", range(0, 130, 7))
def test_bytes_changed_anywhere_raise_only_plain_errors(tmp_path: Path, place: int) -> None:
    path = write_zip(tmp_path / "a.zip", {"chapter.xhtml": "chữ " * 100})
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 0x5A
    path.write_bytes(content)
    with contextlib.suppress(SourceError):
        book = SafeZip(path)
        for name in book.names():
            book.read(name)
