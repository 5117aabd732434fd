"""A catalogue is read as librarians keep it: any separator, any encoding, any names of columns."""

import json
from pathlib import Path

import pytest

from content.builder.table import column_of, read_table
from content.errors import RecipeError
from tests.content.builder.old_encodings import windows_1258

TEXT = "dc:identifier;dc:title;dc:creator;files\nA-1;Điện Biên Phủ;Nguyễn Ái; a.epub \n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_reads_unicode_in_every_dress(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "catalog.csv"
    path.write_bytes(TEXT.encode(encoding))
    rows, _ = read_table(path)
    assert rows[0].one("title") == "Điện Biên Phủ"
    assert rows[0].all("files", "|") == ("a.epub",)
    assert rows[0].where == "line 2"


def test_reads_windows_1258_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "catalog.csv"
    path.write_bytes(windows_1258(TEXT))
    rows, remarks = read_table(path)
    assert rows[0].one("title") == "Điện Biên Phủ"
    assert any("1258" in remark for remark in remarks)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_finds_the_separator(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "catalog.csv"
    path.write_text(TEXT.replace(";", separator), encoding="utf-8")
    rows, _ = read_table(path)
    assert rows[0].one("identifier") == "A-1"


def test_knows_vietnamese_names_of_columns() -> None:
    assert column_of("Nhan đề") == "title"
    assert column_of("\ufeffTÁC GIẢ") == "creator"
    assert column_of("dcterms:Creator") == "creator"
    assert column_of("màu bìa") == ""


def test_names_a_column_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "catalog.csv"
    path.write_text("files,title,màu bìa,pages\na.epub,A,đỏ,3\n", encoding="utf-8")
    _, remarks = read_table(path)
    assert any("màu bìa" in remark for remark in remarks)
    assert not any("pages" in remark for remark in remarks)


def test_refuses_a_file_without_known_columns(tmp_path: Path) -> None:
    path = tmp_path / "catalog.csv"
    path.write_text("x,y\n1,2\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="line 1"):
        read_table(path)


def test_reads_json_with_lists(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    work = {"id": "A", "title": "B", "files": ["1.mp3", "2.mp3"], "subject": ["x", "y"]}
    path.write_text(json.dumps([work]), encoding="utf-8")
    rows, _ = read_table(path)
    assert rows[0].all("files", "|") == ("1.mp3", "2.mp3")
    assert rows[0].all("subject", ";") == ("x", "y")


@pytest.mark.parametrize("text", ["{", "[1]", '"x"', "[" * 100_000])
def test_refuses_json_that_is_no_list_of_works(tmp_path: Path, text: str) -> None:
    path = tmp_path / "catalog.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=r"catalog\.json"):
        read_table(path)
