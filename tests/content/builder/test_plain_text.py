"""Text files become chapters where a line says so, and verse, prose and lists keep their shape."""

from pathlib import Path

import pytest

from content.builder.plain_text import is_heading, read_plain_text
from content.errors import SourceError
from tests.content.builder.epubs import SENTENCE, picture, read
from tests.content.builder.old_encodings import tcvn3, windows_1258


def write(folder: Path, text: str | bytes, name: str = "truyện.txt") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "line",
    [
        "Chương 1",
        "CHƯƠNG II: Về làng",
        "Phần thứ nhất",
        "Hồi thứ 12",
        "Quyển ba",
        "Lời nói đầu",
        "PHỤ LỤC: Bảng giá",
        "Chuong 3",
        "Chapter IV",
        "Bài 5. Nuôi gà thả vườn.",
    ],
)
def test_a_line_that_begins_a_chapter(line: str) -> None:
    assert is_heading(line)


@pytest.mark.parametrize(
    "line",
    [
        "Phần lớn người dân sống bằng nghề nông.",
        "Bài học đầu tiên",
        "Hỏi ba má",
        "Mục đích của lớp học",
        "Phần một của câu chuyện này đã được bà kể lại cho chúng tôi nghe vào đêm qua.",
        "Chương trình 135",
        "",
        "Tập hai, ba lần,",
    ],
)
def test_a_line_that_only_looks_like_it(line: str) -> None:
    assert not is_heading(line)


def test_chapters_begin_at_their_headings(tmp_path: Path) -> None:
    text = (
        "Tựa\n\nPhần một\n\nChương 1\nĐi chợ\n\nbản cũ\n\nChương 2\n\nvề nhà\nPhần 3 kể rằng\nhết\n"
    )
    found = read(read_plain_text, tmp_path, write(tmp_path, text))
    assert found.listed == [("truyện", 1), ("Phần một", 1), ("Chương 1", 2), ("Chương 2", 2)]
    assert found.drafts[2]["text"].splitlines() == ["Chương 1", "Đi chợ", "bản cũ"]


def test_verse_keeps_its_lines_and_broken_prose_is_joined(tmp_path: Path) -> None:
    prose = (
        "Ngày xưa ở bản Nà Mẫu có một cây đa to, bà con thường ngồi\nở đó kể chuyện cho nhau nghe."
    )
    text = (
        f"Trăm năm trong cõi người ta,\nChữ tài chữ mệnh khéo là ghét nhau.\n\n{prose}\n\n* * *\n"
    )
    html = read(read_plain_text, tmp_path, write(tmp_path, text)).html
    assert "người ta,<br>Chữ tài" in html
    assert "ngồi ở đó" in html or "ngồi<br>" in html
    assert "<hr>" in html


def test_long_lines_are_paragraphs_each(tmp_path: Path) -> None:
    lines = [SENTENCE * 3, "Một câu ngắn.", SENTENCE * 2]
    found = read(read_plain_text, tmp_path, write(tmp_path, "\n".join(lines)))
    assert found.text.splitlines() == [line.strip() for line in lines]


def test_signs_of_html_are_only_signs(tmp_path: Path) -> None:
    found = read(read_plain_text, tmp_path, write(tmp_path, "a < b && <script>x</script>"))
    assert "<script" not in found.html
    assert found.text == "a < b && <script>x</script>"


def test_markdown_is_read_with_its_pictures(tmp_path: Path) -> None:
    (tmp_path / "cây.jpg").write_bytes(picture())
    text = (
        "# Nuôi gà\n\n## Chuồng\n\n- **khô**\n- ráo\n\n![Cây](cây.jpg)\n\n## Ăn\n\n"
        "<script>x</script>\n\n![Xa](/etc/passwd)\n"
    )
    found = read(read_plain_text, tmp_path, write(tmp_path, text, "nuoi-ga.md"))
    assert found.listed == [("Nuôi gà", 1), ("Chuồng", 1), ("Ăn", 1)]
    assert "<strong>khô</strong>" in found.html
    assert 'src="img/0001.jpg"' in found.html
    assert "script" not in found.html
    assert found.paths == ["img/0001.jpg", "text.md"]


@pytest.mark.parametrize("encode", [tcvn3, windows_1258])
def test_old_fonts_are_read_and_this_is_told(tmp_path: Path, encode: object) -> None:
    assert callable(encode)
    found = read(read_plain_text, tmp_path, write(tmp_path, encode(SENTENCE * 5)))
    assert "nà mẫu, điện biên có một cây đa to" in found.text.lower()
    assert found.details.language == "vi"
    assert "is written in" in found.reasons
    kept = found.work.assets[0]
    assert kept.media_type == "text/plain; charset=utf-8"
    assert "cây đa" in kept.file.read_text("utf-8")


def test_a_long_text_without_chapters_is_cut(tmp_path: Path) -> None:
    found = read(read_plain_text, tmp_path, write(tmp_path, (SENTENCE * 4 + "\n\n") * 1000))
    assert len(found.drafts) > 3
    assert max(len(one["html"].encode()) for one in found.drafts) <= 110_000
    assert found.titles[:2] == ["truyện", "truyện (2)"]
    assert found.text.count("Điện Biên") == 4000


@pytest.mark.parametrize("text", [b"", b" \r\n\t\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(SourceError, match="nothing to read"):
        read(read_plain_text, tmp_path, write(tmp_path, text))
