"""Pages without text are recognised, turned upright, and never twice: a second run takes it up."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from content.builder.ocr import Ocr, run_tesseract
from content.builder.pdf import read_pdf
from content.builder.spool import SourceJob, SourceOptions, Spool, SpooledWork, load_spool
from content.builder.tesseract_table import read_table
from content.errors import MissingToolError, SourceError
from tests.content.builder.pdfs import Page, Pdf, has_font, scan

NAMES = ["nhất", "hai", "ba", "bốn", "năm"]
VERSE = ["Ngày xưa ở bản Nà Mẫu", "có một cây đa to, bà con", "thường ngồi đó kể chuyện"]
COLLECTION = Path(__file__).parents[4] / "shared" / "collection" / "scans"
needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None or not has_font(),
    reason="tesseract or the font DejaVu is not installed",
)
HEAD = "level\tpage\tblock\tpar\tline\tword\tleft\ttop\twidth\theight\tconf\ttext\n"


class Recorder:
    """Answers as tesseract; notes what it was asked."""

    def __init__(self, *tables: str, languages: str = "vie osd", status: int = 0) -> None:
        self.calls: list[Sequence[str]] = []
        self.images: list[Image.Image] = []
        self._tables = list(tables)
        self._languages = languages
        self._status = status

    def __call__(
        self, command: Sequence[str], picture: bytes, timeout_s: float
    ) -> subprocess.CompletedProcess[bytes]:
        assert timeout_s > 0
        if "--list-langs" in command:
            return subprocess.CompletedProcess(command, 0, self._languages.encode(), b"")
        if "--version" in command:
            return subprocess.CompletedProcess(command, 0, b"tesseract 5.3.0\n", b"")
        self.calls.append(command)
        self.images.append(Image.open(io.BytesIO(picture)))
        table = self._tables.pop(0) if self._tables else HEAD
        return subprocess.CompletedProcess(command, self._status, table.encode(), b"")


def table(*words: str, confidence: float = 95.0, size: tuple[int, int] = (1000, 500)) -> str:
    rows = [f"1\t1\t0\t0\t0\t0\t0\t0\t{size[0]}\t{size[1]}\t-1\t"]
    for number, word in enumerate(words):
        left = 100 + 60 * number
        rows.append(f"5\t1\t1\t1\t1\t{number + 1}\t{left}\t50\t50\t20\t{confidence}\t{word}")
    return HEAD + "\n".join(rows) + "\n"


def paper() -> Image.Image:
    image = Image.new("L", (1000, 500), 240)
    ImageDraw.Draw(image).rectangle((100, 50, 300, 70), fill=10)
    return image


def test_a_table_of_words_becomes_text_with_boxes() -> None:
    found = read_table(table("Điện", "Biên"))
    assert found.text == "Điện Biên"
    assert [(one.x, one.y, one.width, one.height) for one in found.words] == [
        (1000, 1000, 500, 400),
        (1600, 1000, 500, 400),
    ]
    assert found.confidence == 95


def test_lines_that_run_down_the_page_do_not_count_as_upright() -> None:
    upright = table("Điện", "Biên")
    assert read_table(upright).confidence == 95
    sideways = read_table(upright.replace("\t50\t20\t", "\t20\t50\t"))
    assert (sideways.confidence, sideways.sure) == (0, 0)
    assert sideways.words


@pytest.mark.parametrize("row", ["", "5\t1", "x\t" * 11 + "y", HEAD.strip()])
def test_a_row_that_is_none_is_passed_over(row: str) -> None:
    assert read_table(f"{row}\n{table('một')}").text == "một"


def test_rulings_read_as_signs_are_left_out_and_accents_are_composed() -> None:
    assert read_table(table("|", "ho\u0323c", "—")).text == "học"


def test_a_page_is_recognised_once(tmp_path: Path) -> None:
    tesseract = Recorder(table("Điện", "Biên"))
    first = Ocr("vie", tmp_path, tesseract).read(paper(), 174)
    second = Ocr("vie", tmp_path, tesseract).read(paper(), 174)
    assert first == second
    assert first.text == "Điện Biên"
    assert len(tesseract.calls) == 1
    assert {"-l", "vie", "--dpi", "174", "tsv"} <= set(tesseract.calls[0])


def test_another_language_or_another_page_is_recognised_anew(tmp_path: Path) -> None:
    tesseract = Recorder(*[table("một")] * 4, languages="vie eng")
    Ocr("vie", tmp_path, tesseract).read(paper())
    Ocr("vie+eng", tmp_path, tesseract).read(paper())
    Ocr("vie", tmp_path, tesseract).read(paper().transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert len(tesseract.calls) == 3


@pytest.mark.parametrize("content", ["", "{", "[]", '{"text": 1}', '{"words": [[1]], "text": ""}'])
def test_a_result_torn_by_a_power_cut_is_made_anew(tmp_path: Path, content: str) -> None:
    tesseract = Recorder(table("một"), table("một"))
    ocr = Ocr("vie", tmp_path, tesseract)
    whole = ocr.read(paper())
    (file,) = tmp_path.rglob("*.json")
    file.write_text(content, encoding="utf-8")
    assert ocr.read(paper()) == whole
    assert len(tesseract.calls) == 2
    assert json.loads(file.read_text(encoding="utf-8"))["text"] == "một"


def test_a_page_that_reads_badly_is_tried_on_its_other_sides(tmp_path: Path) -> None:
    bad, good = table("x", "i", confidence=30), table("Điện", "Biên", size=(500, 1000))
    tesseract = Recorder(bad, good)
    found = Ocr("vie", tmp_path, tesseract).read(paper())
    assert (found.text, found.turned) == ("Điện Biên", 90)
    assert [one.size for one in tesseract.images] == [(1000, 500), (500, 1000)]
    # What stood at the left edge stands at the top: it was turned clockwise.
    assert tesseract.images[1].getpixel((500 - 60, 200)) == 10


def test_a_page_that_reads_badly_on_every_side_stays_as_it_is(tmp_path: Path) -> None:
    tesseract = Recorder(*[table("xi", "io", confidence=61)] * 4)
    found = Ocr("vie", tmp_path, tesseract).read(paper())
    assert (found.text, found.turned) == ("xi io", 0)
    assert len(tesseract.calls) == 4


def test_a_blank_page_costs_nothing(tmp_path: Path) -> None:
    tesseract = Recorder()
    assert Ocr("vie", tmp_path, tesseract).read(Image.new("RGB", (900, 900), "white")).text == ""
    assert not tesseract.calls


def test_a_huge_page_is_made_smaller_and_its_resolution_told(tmp_path: Path) -> None:
    tesseract = Recorder(table("một"))
    huge = paper().resize((12_000, 6_000))
    Ocr("vie", tmp_path, tesseract).read(huge, 600)
    image = tesseract.images[0]
    assert image.width * image.height <= 16_000_000
    told = int(tesseract.calls[0][tesseract.calls[0].index("--dpi") + 1])
    assert abs(told / 600 - image.width / 12_000) < 0.01


def test_missing_language_data_is_named_by_its_package(tmp_path: Path) -> None:
    with pytest.raises(MissingToolError, match="tesseract-ocr-chi-sim"):
        Ocr("vie+chi_sim", tmp_path, Recorder()).read(paper())


def test_a_missing_tesseract_is_named_by_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="tesseract-ocr-vie"):
        Ocr("vie", tmp_path, run_tesseract).read(paper())


def test_a_page_that_tesseract_gives_up_on_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="gives up"):
        Ocr("vie", tmp_path, Recorder(status=1)).read(paper())


def test_tesseract_that_never_ends_is_ended() -> None:
    began = time.monotonic()
    with pytest.raises(SourceError, match="too long"):
        run_tesseract(("sleep", "30"), b"", 0.3)
    assert time.monotonic() - began < 5


# With tesseract itself, called by a script that writes down each call.
def shim(folder: Path, before: str = "") -> tuple[dict[str, str], Path]:
    real, log = shutil.which("tesseract"), folder / "calls"
    (folder / "bin").mkdir()
    script = folder / "bin" / "tesseract"
    note = f'case "$*" in *tsv*) {before} echo "$*" >> "{log}";; esac'
    script.write_text(f'#!/bin/sh\n{note}\nexec "{real}" "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    log.touch()
    return {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}, log


def calls(log: Path) -> int:
    return len(log.read_text(encoding="utf-8").splitlines())


def read(path: Path, spool_folder: Path, cache: Path, jobs: int = 1) -> SpooledWork:
    spool = Spool(spool_folder)
    try:
        options = SourceOptions(ocr=True, jobs=jobs, originals=False)
        spool.finish(read_pdf(SourceJob((path,), options, cache), spool))
    finally:
        spool._lines.close()
    work = load_spool(spool_folder)
    assert work is not None
    return work


def scans(count: int, **options: int) -> list[Page]:
    return [
        Page(picture=scan([f"Trang thứ {NAMES[number]}", *VERSE], **options), box=(595, 432))
        for number in range(count)
    ]


@needs_tesseract
def test_a_second_run_starts_no_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment, log = shim(tmp_path)
    monkeypatch.setenv("PATH", environment["PATH"])
    path = Pdf([*scans(2), Page([(40, 400, "has its own text")])]).write(tmp_path / "a.pdf")
    first = list(read(path, tmp_path / "one", tmp_path / "cache", jobs=2).drafts())
    assert calls(log) == 2
    assert list(read(path, tmp_path / "two", tmp_path / "cache").drafts()) == first
    assert calls(log) == 2
    begins = ["Trang thứ nhất", "Trang thứ hai", "has its own text"]
    assert all(one["text"].startswith(begin) for one, begin in zip(first, begins, strict=True))
    assert "cây đa to" in first[1]["text"]
    assert all(one["words"] for one in first)


@needs_tesseract
def test_a_run_killed_half_way_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment, log = shim(tmp_path)
    path = Pdf(scans(5)).write(tmp_path / "a.pdf")
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from tests.content.builder.test_ocr import read\n"
        "read(*map(Path, sys.argv[1:]))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path), str(tmp_path / "one"), str(tmp_path / "cache")],
        env={**os.environ, **environment, "PYTHONPATH": str(Path.cwd())},
        start_new_session=True,
    )
    deadline = time.monotonic() + 40
    while calls(log) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    assert load_spool(tmp_path / "one") is None
    kept = len(list((tmp_path / "cache").rglob("*.json")))
    assert 1 <= kept < 5
    started = calls(log)
    monkeypatch.setenv("PATH", environment["PATH"])
    work = read(path, tmp_path / "two", tmp_path / "cache")
    assert calls(log) - started == 5 - kept
    whole = read(path, tmp_path / "three", tmp_path / "other cache")
    assert list(work.drafts()) == list(whole.drafts())


@needs_tesseract
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_on_its_side_is_turned_and_told(tmp_path: Path, turn: int) -> None:
    picture = scan([*VERSE, *VERSE, *VERSE], turn=turn)
    with Image.open(io.BytesIO(picture)) as image:
        box = (image.width * 0.48, image.height * 0.48)
    path = Pdf([Page(picture=picture, box=box)]).write(tmp_path / "a.pdf")
    work = read(path, tmp_path / "spool", tmp_path / "cache")
    (draft,) = work.drafts()
    assert draft["text"].startswith(VERSE[0])
    assert [one.reason for one in work.problems] == ["page 1: did not stand upright, turned"]
    (file,) = [one.file for one in work.assets if one.path == "img/0001.webp"]
    with Image.open(file) as shown:
        assert shown.width > shown.height
        x, y, width, height, _ = draft["words"][0]
        left, right = x * shown.width / 10_000, (x + width) * shown.width / 10_000
        top, bottom = y * shown.height / 10_000, (y + height) * shown.height / 10_000
        word = shown.convert("L").crop((round(left), round(top), round(right), round(bottom)))
    assert word.width > word.height
    assert sum(word.histogram()[:100]) > word.width * word.height * 0.1


@needs_tesseract
def test_a_page_too_wide_for_its_picture_is_drawn_finer_for_recognition(tmp_path: Path) -> None:
    # Two A3 pages side by side: 1,440 pixels are 43 an inch, too few for any letter.
    picture = scan([VERSE[0] + ", " + VERSE[1]], size=22, width=4760, height=1700)
    path = Pdf([Page(picture=picture, box=(2380, 850))]).write(tmp_path / "a.pdf")
    (draft,) = read(path, tmp_path / "spool", tmp_path / "cache").drafts()
    assert "Ngày xưa ở bản Nà Mẫu, có một cây đa to" in draft["text"]
    assert draft["part"]["pictures"][1]["width"] == 1440


@needs_tesseract
@pytest.mark.skipif(not COLLECTION.is_dir(), reason="the test collection is not here")
def test_a_real_scan_is_read_line_by_line_with_few_errors(tmp_path: Path) -> None:
    path = COLLECTION / "gia-huan-ca-chua-ocr.pdf"
    drafts = list(read(path, tmp_path / "spool", tmp_path / "cache", jobs=2).drafts())
    for number, draft in enumerate(drafts, start=1):
        truth = COLLECTION / "ground-truth" / f"{path.stem}_{number}.txt"
        lines = truth.read_text(encoding="utf-8").split("\n")
        wanted = [line for line in lines if line.strip()]
        found = set(draft["text"].split("\n"))
        assert sum(line in found for line in wanted) > len(wanted) * 0.8
