"""A PDF becomes pages with picture, text and places of words; a bad one harms only itself."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from content.builder.pdf import read_pdf
from content.builder.spool import Details, SourceJob, SourceOptions, Spool, SpooledWork, load_spool
from content.errors import SourceError
from tests.content.builder.old_encodings import tcvn3
from tests.content.builder.pdfs import Page, Pdf, photograph

WORDS = Page([(42, 535.5, "Wxyz here"), (42, 500, "second line")])


class Desk:
    """Reads PDFs one after the other and keeps what was reported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reports: list[tuple[int, int]] = []
        self.cover = ""
        self._count = 0

    def read(self, *documents: Pdf | bytes, **options: Any) -> tuple[Details, SpooledWork]:
        self._count += 1
        files = []
        for number, one in enumerate(documents, start=1):
            path = self.folder / f"{self._count}-{number}.pdf"
            path.write_bytes(one.made() if isinstance(one, Pdf) else one)
            files.append(path)
        self.reports.clear()
        spool = Spool(
            self.folder / f"spool-{self._count}",
            report=lambda done, total: self.reports.append((done, total)),
        )
        try:
            job = SourceJob(tuple(files), SourceOptions(**options), self.folder / "cache")
            details = read_pdf(job, spool)
            self.cover = spool.cover
            spool.finish(details)
        finally:
            spool._lines.close()
        work = load_spool(spool.folder)
        assert work is not None
        return details, work


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def drafts(work: SpooledWork) -> list[dict[str, Any]]:
    return list(work.drafts())


def reasons(work: SpooledWork) -> list[str]:
    return [one.reason for one in work.problems]


def asset(work: SpooledWork, path: str) -> Image.Image:
    (found,) = [one for one in work.assets if one.path == path]
    return Image.open(io.BytesIO(found.file.read_bytes()))


def test_each_page_has_pictures_text_and_words(desk: Desk) -> None:
    _, work = desk.read(Pdf([WORDS, Page([(40, 400, "<b>two & three")])]))
    first, second = drafts(work)
    assert first["part"]["kind"] == "page"
    assert [(one["width"], one["media_type"]) for one in first["part"]["pictures"]] == [
        (720, "image/webp"),
        (1440, "image/webp"),
        (720, "image/jpeg"),
    ]
    for one in first["part"]["pictures"]:
        with asset(work, one["path"]) as picture:
            assert picture.size == (one["width"], one["height"])
    assert [word[4] for word in first["words"]] == ["Wxyz", "here", "second", "line"]
    assert second["html"] == "<p>&lt;b&gt;two &amp; three</p>"
    assert second["text"] == "<b>two & three"
    assert desk.reports == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("turn", "corner"),
    [(0, (1000, 850)), (90, (8950, 1000)), (180, (8300, 8950)), (270, (850, 8300))],
)
def test_words_lie_where_the_turned_page_shows_them(
    desk: Desk, turn: int, corner: tuple[int, int]
) -> None:
    page = Page([(42, 535.5, "Wxyz")], more=f"/Rotate {turn}")
    _, work = desk.read(Pdf([page]))
    (draft,) = drafts(work)
    ((x, y, width, height, _),) = draft["words"]
    assert abs(x - corner[0]) < 60
    assert abs(y - corner[1]) < 60
    with asset(work, "img/0001-large.webp") as picture:
        grey = picture.convert("L").point(lambda shade: 255 if shade < 128 else 0)
        left, top, right, bottom = grey.getbbox() or (0, 0, 0, 0)
    across, down = picture.size
    assert abs(left / across - x / 10_000) < 0.004
    assert abs(top / down - y / 10_000) < 0.004
    assert abs(right / across - (x + width) / 10_000) < 0.004
    assert abs(bottom / down - (y + height) / 10_000) < 0.004
    assert (across > down) == (turn in {90, 270})


def test_a_word_torn_at_the_end_of_a_line_is_found_whole(desk: Desk) -> None:
    lines = [
        (40, 400, "This is a page with a long line of print that ends in hyphen-"),
        (40, 386, "ated words and goes on for quite a while until it ends"),
        (40, 372, "here."),
    ]
    _, work = desk.read(Pdf([Page(lines)]))
    (draft,) = drafts(work)
    assert "hyphenated words" in draft["text"]
    assert "\n" not in draft["text"]
    assert not any(letter < " " for letter in draft["text"])
    words = [word[4] for word in draft["words"]]
    assert words[words.index("hyphen-") + 1] == "ated"


def test_text_in_fonts_of_before_unicode_is_read_as_it_looks(desk: Desk) -> None:
    said = "ngày xưa ở bản nà mẫu có một cây đa to, bà con thường ngồi đó kể chuyện như thế"
    _, work = desk.read(Pdf([Page([(20, 500, tcvn3(said))], box=(700, 600))]))
    (draft,) = drafts(work)
    assert draft["text"] == said
    assert [word[4] for word in draft["words"]] == said.split()


def test_the_outline_lists_its_pages_and_no_others(desk: Desk) -> None:
    contents = [("Mở đầu", 1), ("\tPhần một", 2), ("\tPhần hai", 2), ("Kết", 4)]
    _, work = desk.read(Pdf([WORDS] * 4, contents))
    parts = [one["part"] for one in drafts(work)]
    shown = [(one.get("title", ""), one.get("level", 1), one.get("listed", True)) for one in parts]
    assert shown == [("Mở đầu", 1, True), ("Phần một", 2, True), ("", 1, False), ("Kết", 1, True)]


def test_without_an_outline_no_page_is_listed(desk: Desk) -> None:
    _, work = desk.read(Pdf([WORDS] * 3))
    assert not any(one["part"].get("listed", True) for one in drafts(work))


def test_the_first_page_is_the_cover_and_the_file_a_download(desk: Desk) -> None:
    document = Pdf([WORDS])
    _, work = desk.read(document)
    assert desk.cover == "img/cover.jpg"
    (download,) = [one for one in work.assets if one.filename]
    assert (download.path, download.filename) == ("document.pdf", "1-1.pdf")
    assert download.file.read_bytes() == document.made()
    _, work = desk.read(document, originals=False, jpeg_fallback=False)
    assert [one.path for one in work.assets] == ["img/0001.webp", "img/0001-large.webp"]


def test_it_says_of_itself_what_is_worth_hearing(desk: Desk) -> None:
    info = {
        "Title": "Địa chí\r\nMường Mẫu",
        "Author": "Lò Văn A; Vàng Thị B",
        "Keywords": "xòe, hội",
    }
    details, work = desk.read(Pdf([WORDS], info=info))
    assert (details.title, details.creator, details.subject, details.date) == (
        "Địa chí Mường Mẫu",
        ("Lò Văn A", "Vàng Thị B"),
        ("xòe", "hội"),
        "",
    )
    assert not work.problems


@pytest.mark.parametrize(
    "title", ["untitled", "Microsoft Word - dia chi.doc", "scan0001.tif", "1 2 3"]
)
def test_rubbish_from_a_program_is_told_and_not_taken(desk: Desk, title: str) -> None:
    details, work = desk.read(Pdf([WORDS], info={"Title": title, "Author": "Administrator"}))
    assert (details.title, details.creator) == ("", ())
    assert len(reasons(work)) == 2
    assert title in reasons(work)[0]
    assert all(one.remedy for one in work.problems)


def test_a_password_that_only_forbids_printing_does_not_matter(desk: Desk) -> None:
    contents = [("Chương", 1)]
    details, work = desk.read(Pdf([WORDS], contents, {"Title": "Sổ tay"}, user=""))
    (draft,) = drafts(work)
    assert (details.title, draft["part"]["title"]) == ("Sổ tay", "Chương")
    assert "second line" in draft["text"]


def test_a_locked_pdf_is_refused_with_what_to_do(desk: Desk) -> None:
    with pytest.raises(SourceError, match="locked with a password") as caught:
        desk.read(Pdf([WORDS], user="secret"))
    assert "without one" in caught.value.remedy


@pytest.mark.parametrize("length", [0, 5, 60, 400])
def test_a_pdf_cut_short_is_refused(desk: Desk, length: int) -> None:
    with pytest.raises(SourceError, match="damaged") as caught:
        desk.read(Pdf([WORDS]).made()[:length])
    assert caught.value.remedy


def test_a_pdf_without_pages_is_refused(desk: Desk) -> None:
    with pytest.raises(SourceError, match="without pages"):
        desk.read(Pdf([]))


def test_pages_without_text_are_counted_and_the_remedy_named(desk: Desk) -> None:
    picture = Page(picture=photograph(600, 800))
    _, work = desk.read(Pdf([picture, WORDS, picture, picture]))
    (problem,) = work.problems
    assert problem.reason.startswith("pages 1, 3-4: no text")
    assert "--ocr" in problem.remedy


def test_pages_of_impossible_size_stay_white_and_the_others_are_drawn(desk: Desk) -> None:
    pages = [
        Page([(0, 0, "x")], box=(1, 14_400)),
        Page([(100, 100, "wall")], box=(14_400, 14_400)),
        Page([(10, 10, "strip")], box=(150, 14_400)),
        Page([(1, 1, "o")], box=(3, 3)),
        WORDS,
    ]
    _, work = desk.read(Pdf(pages))
    found = drafts(work)
    assert [one["text"] for one in found] == ["", "wall", "strip", "o", "Wxyz here\nsecond line"]
    assert reasons(work) == ["page 1: impossible size, left white"]
    for draft in found:
        for one in draft["part"]["pictures"]:
            assert one["width"] * one["height"] < 12_000_000


def test_a_picture_too_large_to_decode_leaves_its_page_white_and_nothing_else(desk: Desk) -> None:
    out = io.BytesIO()
    Image.new("RGB", (8_000, 8_000)).save(out, "JPEG", progressive=True, subsampling=0, quality=5)
    large = Page(picture=photograph(10_000, 10_000, 90))
    _, work = desk.read(Pdf([Page(picture=out.getvalue()), large, WORDS]), originals=False)
    assert reasons(work)[0] == "page 1: holds a picture too large to decode, left white"
    with asset(work, "img/0002.webp") as picture:
        grey = picture.convert("L").getpixel((300, 300))
    assert isinstance(grey, (int, float))
    assert abs(grey - 90) < 4


def test_a_picture_that_cannot_be_shown_is_told(desk: Desk) -> None:
    whole = photograph(900, 900, 40)
    _, work = desk.read(Pdf([Page(picture=whole[:200] + bytes(len(whole) - 200)), WORDS]))
    assert any(one.startswith("page 1: ") for one in reasons(work))
    assert len(drafts(work)) == 2


def test_several_files_make_one_work(desk: Desk) -> None:
    _, work = desk.read(Pdf([WORDS], [("Tập một", 1)]), Pdf([WORDS, WORDS], [("Tập hai", 1)]))
    assert [one["part"].get("title", "") for one in drafts(work)] == ["Tập một", "Tập hai", ""]
    assert desk.reports == [(1, 3), (2, 3), (3, 3)]
    downloads = [one.path for one in work.assets if one.filename]
    assert downloads == ["document.pdf", "document-2.pdf"]


def test_scripts_and_attached_files_are_never_looked_at(desk: Desk) -> None:
    page = Page([(40, 400, "plain")], more="/AA<</O<</S/JavaScript/JS(app.alert\\(1\\))>>>>")
    _, work = desk.read(Pdf([page]), originals=False)
    (draft,) = drafts(work)
    assert draft["html"] == "<p>plain</p>"
    assert {one.media_type for one in work.assets} == {"image/webp", "image/jpeg"}


def test_the_same_file_gives_the_same_bytes(desk: Desk) -> None:
    results = []
    for _ in "ab":
        _, work = desk.read(Pdf([WORDS, Page(picture=photograph(600, 800))]))
        results.append(
            (
                [one.file.read_bytes() for one in work.assets],
                (work.folder / "parts.jsonl").read_bytes(),
            )
        )
    assert results[0] == results[1]
