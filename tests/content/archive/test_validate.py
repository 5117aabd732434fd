"""An archive is used only when it is whole and its catalogue true; the reason is always plain."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from content.archive.reader import ArchiveReader
from content.archive.validate import check_archive
from content.builder.zim_item import EntryItem
from content.errors import ArchiveError, EntryNotFoundError
from content.terms import Form, to_json
from tests.content.zim_maker import make_archive, work


def test_a_good_archive_is_good(tmp_path: Path) -> None:
    path = make_archive(tmp_path / "a.zim", [(work("A-1", "Một"), ["x"])])
    report = check_archive(path)
    assert report.is_good
    assert report.warnings == ()
    assert [record.identifier for record in report.records] == ["A-1"]


def test_an_archive_of_others_is_one_work(tmp_path: Path) -> None:
    report = check_archive(make_archive(tmp_path / "wiki.zim", name="wikipedia_vi"))
    (record,) = report.records
    assert (record.identifier, record.form, record.path) == (
        "wikipedia_vi",
        Form.WEBSITE,
        "index.html",
    )


def test_missing_metadata_is_only_a_note(tmp_path: Path) -> None:
    report = check_archive(make_archive(tmp_path / "a.zim", metadata=("Name", "Title")))
    assert report.is_good
    assert any("Publisher" in one for one in report.warnings)


def test_every_cut_and_every_flipped_byte_is_found(tmp_path: Path) -> None:
    path = make_archive(tmp_path / "a.zim", [(work("A-1", "Một"), ["x" * 5000])])
    whole = path.read_bytes()
    for share in range(1, 20):
        path.write_bytes(whole[: len(whole) * share // 20])
        assert not check_archive(path).is_good, share
    for place in range(0, len(whole), max(1, len(whole) // 40)):
        broken = bytearray(whole)
        broken[place] ^= 0x55
        path.write_bytes(bytes(broken))
        assert not check_archive(path).is_good, place


def test_a_catalogue_that_names_what_is_not_there_is_refused(tmp_path: Path) -> None:
    record = work("A-1", "Một")
    path = make_archive(tmp_path / "a.zim", [(record, ["x"])])
    assert check_archive(path).is_good
    liar = replace(record, path="works/A-1/nowhere.html")
    lying = make_archive(
        tmp_path / "c.zim",
        extra=[EntryItem("catalogue.json", "application/json", _catalogue(liar))],
    )
    report = check_archive(lying)
    assert "nowhere.html" in report.problems[0]


def _catalogue(record: object) -> str:
    return json.dumps({"version": 1, "records": [to_json(record)]})


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"version": 9, "records": []}',
        '{"version": 1, "records": [{}]}',
        '{"version": 1, "records": [{"id": "../x", "title": "T", "form": "ebook"}]}',
        '{"version": 1, "records": [{"id": "a", "title": "T", "form": "ebook", "path": "../x"}]}',
        '{"version": 1, "records": [{"id": "a", "title": 7, "form": "ebook"}]}',
        "[" * 5000,
    ],
)
def test_a_catalogue_that_is_none_is_refused_in_plain_words(tmp_path: Path, text: str) -> None:
    item = EntryItem("catalogue.json", "application/json", text)
    report = check_archive(make_archive(tmp_path / "a.zim", extra=[item]))
    assert not report.is_good
    assert "Traceback" not in report.problems[0]


def test_a_file_that_is_no_archive_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.zim"
    path.write_bytes(b"no archive")
    with pytest.raises(ArchiveError, match=r"x\.zim"):
        ArchiveReader(path)


def test_entries_and_redirects_are_found(tmp_path: Path) -> None:
    archive = ArchiveReader(make_archive(tmp_path / "a.zim"))
    entry = archive.entry("index.html")
    assert entry.read().startswith(b"<html>")
    assert entry.size == len(entry.content)
    assert archive.entry("old").redirect_to == "index.html"
    with pytest.raises(EntryNotFoundError):
        archive.entry("nope")
