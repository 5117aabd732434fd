"""Every recording becomes tracks that can be heard, named and found, or a reason in plain words."""

import csv
import resource
import subprocess
import tracemalloc
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from content.builder import ffmpeg, recording
from content.builder.audio import read_audio
from content.builder.ffmpeg import probe
from content.builder.spool import Details, SourceJob, SourceOptions, Spool, SpooledWork, load_spool
from content.errors import SourceError
from content.terms import PartKind
from tests.content.builder.sounds import box_names, id3v23_latin1, picture, tone

COLLECTION = Path(__file__).resolve().parents[4] / "shared" / "collection"


class Desk:
    """Reads works one after the other with one cache, as a build does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reports: list[tuple[int, int]] = []
        self._count = 0

    def read(
        self, *files: Path, title: str = "", language: str = "vi", **options: Any
    ) -> tuple[Details, SpooledWork]:
        self._count += 1
        spool = Spool(
            self.folder / f"spool-{self._count}",
            report=lambda done, total: self.reports.append((done, total)),
        )
        job = SourceJob(
            files, SourceOptions(**options), self.folder / "cache", title=title, language=language
        )
        try:
            details = read_audio(job, spool)
            self.cover = spool.cover
            spool.finish(details)
        finally:
            spool._lines.close()
        work = load_spool(spool.folder)
        assert work is not None
        return details, work


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk")


def parts(work: SpooledWork) -> list[dict[str, Any]]:
    return [one["part"] for one in work.drafts()]


def titles(work: SpooledWork) -> list[str]:
    return [one["title"] for one in parts(work)]


def times(part: dict[str, Any]) -> tuple[float, float | None]:
    return part["sounds"][0].get("start_s", 0.0), part["sounds"][0].get("end_s")


def paths(work: SpooledWork) -> list[str]:
    return [one.path for one in work.assets]


def reasons(work: SpooledWork) -> str:
    return " / ".join(one.reason for one in work.problems)


CHAPTERS = [(0.0, 1.0, "Đi chợ"), (1.0, 3.0, "Về nhà")]


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


def test_an_index_at_the_end_is_moved_to_the_front_and_told(tmp_path: Path, desk: Desk) -> None:
    made = tone(tmp_path / "a.m4b", 3, chapters=CHAPTERS)
    assert box_names(made)[-1] == b"moov"
    _, work = desk.read(made)
    names = box_names(work.assets[0].file)
    assert names.index(b"moov") < names.index(b"mdat")
    assert "index was not at the front" in reasons(work)
    assert titles(work) == ["Đi chợ", "Về nhà"]
    assert work.assets[0].filename == "a.m4b"


@pytest.mark.parametrize("name", ["a.opus", "a.ogg"])
def test_ogg_has_a_second_recording_for_phones_that_know_no_ogg(
    tmp_path: Path, desk: Desk, name: str
) -> None:
    # Vorbis comments; ffmpeg writes them for Opus by itself, for Vorbis only when told.
    vorbis = {"CHAPTER000": "00:00:00.000", "CHAPTER000NAME": "Đi chợ",
              "CHAPTER001": "00:00:01.000", "CHAPTER001NAME": "Về nhà"}  # fmt: skip
    made = tone(tmp_path / name, 3, chapters=CHAPTERS, tags=vorbis if name == "a.ogg" else {})
    _, work = desk.read(made)
    assert titles(work) == ["Đi chợ", "Về nhà"]
    first, second = parts(work)[1]["sounds"]
    assert first["media_type"].startswith("audio/ogg; codecs=")
    assert second["media_type"] == "audio/mpeg"
    assert (second["start_s"], second["bitrate_kbps"]) == (1.0, 32)
    assert paths(work) == [f"audio/01{Path(name).suffix}", "audio/01-low.mp3"]
    assert [one.media_type for one in work.assets] == ["audio/ogg", "audio/mpeg"]
    assert [bool(one.filename) for one in work.assets] == [True, False]


def test_a_low_bandwidth_copy_is_made_when_asked(tmp_path: Path, desk: Desk) -> None:
    made = tone(tmp_path / "a.m4b", 3, chapters=CHAPTERS)
    _, without = desk.read(made)
    assert len(parts(without)[0]["sounds"]) == 1
    _, work = desk.read(made, audio_bitrate_kbps=24)
    copy = work.assets[1]
    assert copy.path == "audio/01-low.mp3"
    assert probe(copy.file).bitrate_kbps == 24
    assert [len(one["sounds"]) for one in parts(work)] == [2, 2]
    assert parts(work)[1]["sounds"][1]["size_bytes"] == copy.size_bytes
    assert parts(work)[0]["sounds"][1]["end_s"] == 1.0


def test_no_copy_is_made_that_saves_nothing(tmp_path: Path, desk: Desk) -> None:
    made = tone(tmp_path / "a.mp3", 3, "-b:a", "32k")
    _, work = desk.read(made, audio_bitrate_kbps=32)
    assert paths(work) == ["audio/01.mp3"]


@pytest.mark.parametrize("name", ["a.flac", "a.wav"])
def test_what_is_too_heavy_becomes_mp3_and_is_told(tmp_path: Path, desk: Desk, name: str) -> None:
    _, work = desk.read(tone(tmp_path / name, 2))
    assert paths(work) == ["audio/01.mp3"]
    assert work.assets[0].filename == "a.mp3"
    assert parts(work)[0]["sounds"][0]["bitrate_kbps"] == 64
    assert "a copy as MP3" in reasons(work)


def test_bare_aac_gets_an_index(tmp_path: Path, desk: Desk) -> None:
    _, work = desk.read(tone(tmp_path / "a.aac", 2))
    assert paths(work) == ["audio/01.m4a"]
    assert parts(work)[0]["sounds"][0]["media_type"] == "audio/mp4"
    assert parts(work)[0]["duration_s"] == pytest.approx(2, abs=0.15)


def test_an_mp3_without_a_header_gets_one_and_its_true_length(tmp_path: Path, desk: Desk) -> None:
    quiet = tone(tmp_path / "quiet.wav", 8, "-af", "volume=0").read_bytes()
    loud = tone(tmp_path / "loud.wav", 2).read_bytes()
    (tmp_path / "both.wav").write_bytes(quiet + loud[44:])
    # Variable bit rate, guessed from its first, quiet seconds.
    made = tmp_path / "a.mp3"
    ffmpeg._make(
        ["ffmpeg", "-v", "quiet", "-y", "-i", f"file:{tmp_path / 'both.wav'}", "-c:a", "libmp3lame",
         "-q:a", "5", "-write_xing", "0", f"file:{made}"],
        made, 10_000_000, 60, lambda _done_s: None,
    )  # fmt: skip
    assert recording._xing(made) is None
    _, work = desk.read(made)
    assert recording._xing(work.assets[0].file) is not None
    assert "states its length" in reasons(work)
    exact = probe(work.assets[0].file).duration_s
    assert parts(work)[0]["duration_s"] == pytest.approx(exact)


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


def test_a_cut_m4b_is_refused_even_when_its_index_is_whole(tmp_path: Path, desk: Desk) -> None:
    made = tone(tmp_path / "a.m4b", 5, "-movflags", "+faststart")
    made.write_bytes(made.read_bytes()[:-5000])
    with pytest.raises(SourceError, match="cut short"):
        desk.read(made)


def test_a_cut_mp3_is_used_as_far_as_it_goes_and_told(tmp_path: Path, desk: Desk) -> None:
    made = tone(tmp_path / "a.mp3", 10)
    made.write_bytes(made.read_bytes()[:40_000])
    _, work = desk.read(made)
    assert "cut short" in reasons(work)
    assert len(parts(work)) == 1


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
    content = made.read_bytes()
    at = content.index(b"\xff\xd8\xff")
    made.write_bytes(content[: at + 4] + bytes(100) + content[at + 104 :])
    _, work = desk.read(made)
    assert len(parts(work)) == 1
    assert desk.cover == "" or "cover" in work.assets[-1].path


def test_a_copy_is_made_once(tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tone(tmp_path / "a.opus", 2)
    _, before = desk.read(made)
    again = made.rename(tmp_path / "other name.opus")
    monkeypatch.setattr(ffmpeg, "_make", None)  # the only way to ffmpeg's output
    _, after = desk.read(again)
    assert before.assets[1].file.read_bytes() == after.assets[1].file.read_bytes()


def test_a_copy_that_was_interrupted_is_not_taken_for_one(
    tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tone(tmp_path / "a.opus", 2)

    def cut_off(path: Path, out: Path, *_rest: Any, **_more: Any) -> None:
        out.write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(recording, "transcode", cut_off)
        with pytest.raises(KeyboardInterrupt):
            desk.read(made)
    assert not list((desk.folder / "cache" / "sound").iterdir())
    _, work = desk.read(made)
    assert probe(work.assets[1].file).codec == "mp3"


def test_progress_is_told_file_by_file(tmp_path: Path, desk: Desk) -> None:
    files = [tone(tmp_path / f"{n}.mp3", 1) for n in range(3)]
    desk.read(*files, jobs=2)
    assert [one for one in desk.reports if one[0]][-1] == (3, 3)


def test_originals_can_be_kept_from_the_downloads(tmp_path: Path, desk: Desk) -> None:
    _, work = desk.read(tone(tmp_path / "a.mp3", 1), originals=False)
    assert [one.filename for one in work.assets] == [""]


def test_ten_hours_stay_out_of_memory(tmp_path: Path, desk: Desk) -> None:
    second = tone(tmp_path / "a.mp3", 1, "-b:a", "8k", "-ar", "8000", "-write_xing", "0",
                  "-id3v2_version", "0").read_bytes()  # fmt: skip
    made = tmp_path / "ten hours.mp3"
    with made.open("wb") as file:
        for _ in range(36_000 // 60):
            file.write(second * 60)
    tracemalloc.start()
    _, work = desk.read(made)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert parts(work)[0]["duration_s"] > 36_000
    assert peak < 20_000_000
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < 300_000_000


def test_twenty_minutes_of_silence_in_a_small_file_stays_small(tmp_path: Path, desk: Desk) -> None:
    """A FLAC of constant frames says little and means much."""
    made = tmp_path / "a.flac"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=1200",
         "-frame_size", "32768", f"file:{made}"],
        check=True,
    )  # fmt: skip
    _, work = desk.read(made)
    assert parts(work)[0]["duration_s"] == pytest.approx(1_200, abs=1)
    assert work.assets[0].size_bytes < 10_000_000
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < 300_000_000


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
    for asset in work.assets:
        if asset.media_type.startswith("audio/"):
            assert probe(asset.file).duration_s == pytest.approx(
                probe(replace(asset).file).duration_s
            )
