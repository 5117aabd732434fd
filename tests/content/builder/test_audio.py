"""Every recording becomes tracks that can be heard, named and found, or a reason in plain words."""

import csv
import random
import unicodedata
from pathlib import Path
from typing import Literal

import pytest

from content.builder.ffmpeg import probe
from content.builder.spool import Details
from content.errors import SourceError
from content.terms import PartKind
from tests.content.builder.desk import CHAPTERS, Desk, parts, paths, reasons, times, titles
from tests.content.builder.sounds import id3v23_latin1, picture, tone

COLLECTION = Path(__file__).resolve().parents[4] / "shared" / "collection"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk")


def test_chapters_of_an_m4b_become_tracks_of_one_file(tmp_path: Path, desk: Desk) -> None:
    made = tone(
        tmp_path / "a.m4b", 3, "-movflags", "+faststart", chapters=CHAPTERS, cover=picture(),
        tags={"album": "Sách", "artist": "Tô Hoài", "composer": "Chị Mai; Anh Ba", "date": "1999"},
    )  # fmt: skip
    details, work = desk.read(made)
    assert [one["kind"] for one in parts(work)] == [PartKind.TRACK, PartKind.TRACK]
    assert titles(work) == ["Đi chợ", "Về nhà"]
    assert [times(one) for one in parts(work)] == [(0.0, 1.0), (1.0, None)]
    assert [one["duration_s"] for one in parts(work)] == pytest.approx([1, 2], abs=0.1)
    assert work.assets[0].path == "audio/01.m4b"
    assert work.assets[0].file.read_bytes() == made.read_bytes()
    assert details.title == "Sách"
    assert details.creator == ("Tô Hoài",)
    assert details.contributor == ("Chị Mai", "Anh Ba")
    assert details.date == "1999"
    assert desk.cover == "img/cover.jpg"
    assert not work.problems


@pytest.mark.parametrize("name", ["a.m4b", "a.mp3", "a.opus", "a.flac"])
def test_damage_anywhere_gives_tracks_or_a_reason(tmp_path: Path, desk: Desk, name: str) -> None:
    whole = tone(tmp_path / name, 1, chapters=CHAPTERS).read_bytes()
    for seed in range(4):
        chance = random.Random(seed)
        hurt = bytearray(whole)
        for _ in range(30):
            hurt[chance.randrange(min(len(hurt), 4096))] = chance.randrange(256)
        path = tmp_path / f"{seed}-{name}"
        path.write_bytes(hurt)
        try:
            _, work = desk.read(path)
        except SourceError as error:
            assert error.reason  # noqa: PT017 -- either end is right, a traceback is not
        else:
            assert parts(work)


def test_an_mp3_without_tags_is_named_by_its_file(tmp_path: Path, desk: Desk) -> None:
    made = tone(tmp_path / "Cổ tích.mp3", 2, "-id3v2_version", "0")
    details, work = desk.read(made)
    assert titles(work) == ["Cổ tích"]
    assert details == Details()
    assert work.assets[0].filename == "co-tich.mp3"


def test_a_long_recording_without_chapters_is_one_track(tmp_path: Path, desk: Desk) -> None:
    made = tone(tmp_path / "a.mp3", 1500, "-b:a", "8k", "-ar", "8000")
    _, work = desk.read(made, title="Dài")
    assert titles(work) == ["Dài"]
    assert times(parts(work)[0]) == (0.0, None)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_folder_is_heard_in_its_natural_order(
    tmp_path: Path, desk: Desk, form: Literal["NFC", "NFD"]
) -> None:
    album = tmp_path / "album"
    album.mkdir()
    for number in (1, 2, 10):
        name = unicodedata.normalize(form, f"{number} - Phần {number}.mp3")
        tone(album / name, number / 2, "-id3v2_version", "0")
    (album / "notes.txt").write_text("not sound")
    (album / "cover.jpg").write_bytes(picture())
    details, work = desk.read(album)
    assert titles(work) == ["Phần 1", "Phần 2", "Phần 10"]
    assert [one["duration_s"] for one in parts(work)] == pytest.approx([0.5, 1, 5], abs=0.1)
    assert paths(work)[:3] == ["audio/01.mp3", "audio/02.mp3", "audio/03.mp3"]
    assert details.title == ""
    assert desk.cover == "img/cover.jpg"
    files = sorted(album.glob("*.mp3"))
    assert titles(desk.read(*files)[1]) == ["Phần 1", "Phần 2", "Phần 10"]


def test_an_order_that_somebody_chose_is_kept(tmp_path: Path, desk: Desk) -> None:
    files = [tone(tmp_path / f"{name}.mp3", 1, "-id3v2_version", "0") for name in ("c", "a", "b")]
    assert titles(desk.read(*files)[1]) == ["c", "a", "b"]


def test_a_title_that_is_the_album_is_not_the_name_of_each_track(
    tmp_path: Path, desk: Desk
) -> None:
    tags = {"title": "Kiều", "album": "Kiều", "language": "vie"}
    files = [tone(tmp_path / f"0{n} Hồi {n}.mp3", 1, tags=tags) for n in (1, 2)]
    details, work = desk.read(*files)
    assert titles(work) == ["Hồi 1", "Hồi 2"]
    assert details.title == "Kiều"
    assert details.language == "vi"


def test_a_broken_file_among_others_is_left_out_and_told(tmp_path: Path, desk: Desk) -> None:
    good = tone(tmp_path / "2.mp3", 1)
    text = tmp_path / "1.mp3"
    text.write_text("không phải tiếng nói")
    _, work = desk.read(text, good)
    assert len(parts(work)) == 1
    problem = work.problems[0]
    assert problem.file == "1.mp3"
    assert problem.reason.startswith("left out: ")
    assert problem.remedy


def test_only_broken_files_make_no_work(tmp_path: Path, desk: Desk) -> None:
    bad = [tmp_path / "1.mp3", tmp_path / "2.mp3"]
    for one in bad:
        one.write_bytes(b"")
    with pytest.raises(SourceError, match="none of its 2 files"):
        desk.read(*bad)
    with pytest.raises(SourceError, match="empty"):
        desk.read(bad[0])
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(SourceError, match="no recording"):
        desk.read(empty)


def test_a_locked_recording_is_called_locked(tmp_path: Path, desk: Desk) -> None:
    made = tone(tmp_path / "a.m4b", 1)
    made.write_bytes(made.read_bytes().replace(b"mp4a", b"drms"))
    with pytest.raises(SourceError, match="locked by the shop") as refused:
        desk.read(made)
    assert "publisher" in refused.value.remedy


@pytest.mark.parametrize(
    "name", ["-y.mp3", "two\nlines.mp3", "a:b'\"<&>.mp3", "n" * 246 + ".mp3", "e\u0302\u0301.mp3"]
)
def test_odd_file_names_reach_neither_paths_nor_reports(
    tmp_path: Path, desk: Desk, name: str
) -> None:
    (tmp_path / name).write_bytes(tone(tmp_path / "p.mp3", 1, "-write_xing", "0").read_bytes())
    _, work = desk.read(tmp_path / name)
    assert paths(work) == ["audio/01.mp3"]
    assert work.assets[0].filename.isascii()
    assert all("\n" not in one.file for one in work.problems)


def test_tags_in_the_wrong_encoding_are_read_and_told(tmp_path: Path, desk: Desk) -> None:
    made = tone(tmp_path / "a.mp3", 1, "-id3v2_version", "0")
    made.write_bytes(id3v23_latin1({"TIT2": "Sọ Dừa"}) + made.read_bytes())
    details, work = desk.read(made)
    assert details.title == "Sọ Dừa"
    assert "wrong encoding" in reasons(work)


def test_a_picture_that_is_none_does_not_stop_the_work(tmp_path: Path, desk: Desk) -> None:
    made = tone(tmp_path / "a.m4b", 1, "-movflags", "+faststart", cover=picture())
    cover = picture()
    made.write_bytes(made.read_bytes().replace(cover, b"\xff\xd8\xff" + bytes(len(cover) - 3)))
    _, work = desk.read(made)
    assert len(parts(work)) == 1
    assert desk.cover == ""
    assert "cover cannot be used" in reasons(work)


def test_progress_is_told_file_by_file(tmp_path: Path, desk: Desk) -> None:
    files = [tone(tmp_path / f"{n}.mp3", 1) for n in range(3)]
    desk.read(*files, jobs=2)
    assert [one for one in desk.reports if one[0]][-1] == (3, 3)


def test_originals_can_be_kept_from_the_downloads(tmp_path: Path, desk: Desk) -> None:
    _, work = desk.read(tone(tmp_path / "a.mp3", 1), originals=False)
    assert [one.filename for one in work.assets] == [""]


def test_names_that_were_made_up_are_told_once(tmp_path: Path, desk: Desk) -> None:
    chapters = [(0.0, 1.0, "Chapter 1"), (1.0, 2.0, ""), (2.0, 3.0, "Kết")]
    _, work = desk.read(tone(tmp_path / "a.opus", 3, chapters=chapters))
    assert titles(work) == ["Phần 1", "Phần 2", "Kết"]
    assert "2 of 3 tracks had no name" in reasons(work)


def _catalogued() -> list[dict[str, str]]:
    try:
        with (COLLECTION / "catalog.csv").open(encoding="utf-8", newline="") as file:
            return [one for one in csv.DictReader(file) if one["dc:type"] == "audiobook"]
    except FileNotFoundError:
        return []


@pytest.mark.skipif(not _catalogued(), reason="the collection of real works is not here")
@pytest.mark.parametrize("row", _catalogued(), ids=lambda one: one["dc:identifier"])
def test_real_audiobooks_have_the_chapters_of_their_catalogue(
    row: dict[str, str], desk: Desk
) -> None:
    files = [COLLECTION / one for one in row["files"].split("|")]
    details, work = desk.read(*files)
    assert titles(work) == row["chapters"].split("|")
    total = sum(one["duration_s"] for one in parts(work))
    assert total == pytest.approx(float(row["duration_s"]), abs=1)
    assert details.title == row["dc:title"]
    assert details.creator == (row["dc:creator"],)
    taken = [probe(one.file).duration_s for one in work.assets if one.filename]
    assert sum(taken) == pytest.approx(total, abs=1)
