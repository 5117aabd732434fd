"""Office documents become chapters at their headings; bombs and locked files are refused."""

import subprocess
import zipfile
from pathlib import Path

import pypandoc
import pytest

from content.builder.office import read_office
from content.errors import SourceError
from tests.content.builder.epubs import SENTENCE, picture, read, write_zip

TEXT = f"""
# Hương ước bản Nà Mẫu

Lời đầu: {SENTENCE}

## Điều 1

{SENTENCE}[^1]

[^1]: Theo lời kể.

| Việc | Phạt |
|------|------|
| trâu | gà   |

## Điều 2

![Cây đa](cay.jpg)

{SENTENCE}
"""


def write(folder: Path, name: str, text: str = TEXT) -> Path:
    (folder / "cay.jpg").write_bytes(picture(2000, 1000))
    command = [pypandoc.get_pandoc_path(), "-f", "markdown", "-s", "-o", str(folder / name)]
    command += ["-M", "title=Hương ước", "-M", "author=Trưởng bản"]
    subprocess.run(command, input=text.encode(), cwd=folder, check=True)
    return folder / name


@pytest.mark.parametrize("name", ["huong-uoc.docx", "huong-uoc.odt", "huong-uoc.rtf"])
def test_a_document_becomes_chapters(tmp_path: Path, name: str) -> None:
    found = read(read_office, tmp_path, write(tmp_path, name))
    assert [title for title, _ in found.listed][-2:] == ["Điều 1", "Điều 2"]
    assert found.html.count("<table>") == 1
    assert "trâu" in found.text
    assert found.details.language == "vi"
    assert found.work.assets[-1].filename == name
    assert found.paths[0] == "img/0001.jpg"
    assert 'width="1080"' in found.html
    # pandoc reads neither from RTF.
    if not name.endswith(".rtf"):
        assert "Theo lời kể." in found.text
        assert found.details.title == "Hương ước"
        assert found.details.creator == ("Trưởng bản",)


def test_a_document_typed_in_an_old_font_is_read(tmp_path: Path) -> None:
    # As .VnTime showed it: bytes of TCVN3, kept as letters of Latin-1.
    typed = "Céng hoµ x· héi chñ nghÜa ViÖt Nam. §éc lËp, tù do, h¹nh phóc. " * 5
    found = read(read_office, tmp_path, write(tmp_path, "cu.docx", typed))
    assert "Cộng hoà xã hội chủ nghĩa Việt Nam. Độc lập, tự do, hạnh phúc." in found.text
    assert "TCVN3 fonts" in found.reasons
    assert found.details.language == "vi"


def test_a_bomb_is_refused_before_the_converter_sees_it(tmp_path: Path) -> None:
    path = write(tmp_path, "bomb.docx")
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as document,
        document.open("word/x.xml", "w", force_zip64=True) as entry,
    ):
        for _ in range(80):
            entry.write(b"a" * (1 << 20))
    with pytest.raises(SourceError, match="unpacks to more than"):
        read(read_office, tmp_path, path)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password"),
        (b"", "damaged"),
        (b"PK\x03\x04 nothing", "damaged"),
    ],
)
def test_a_locked_or_damaged_document_is_refused(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "x.docx"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=word) as caught:
        read(read_office, tmp_path, path)
    assert caught.value.remedy


def test_a_zip_that_is_no_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="of another kind"):
        read(read_office, tmp_path, write_zip(tmp_path / "x.odt", {"a": "b"}))


def test_a_document_cannot_name_files_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("bí mật", "utf-8")
    field = rf'{{\field{{\*\fldinst INCLUDETEXT "{tmp_path}/secret.txt"}}{{\fldrslt x}}}}'
    rtf = rf"{{\rtf1 {field} y}}"
    path = tmp_path / "x.rtf"
    path.write_text(rtf, "ascii")
    assert "bí mật" not in read(read_office, tmp_path, path).text
