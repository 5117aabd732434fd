"""What goes into the archive plays everywhere, and each copy is made once, whole, and told."""

import subprocess
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from content.builder import ffmpeg, recording
from content.builder.ffmpeg import probe
from content.builder.prepare import prepare
from content.builder.recipe import RecipeItem
from content.builder.spool import SourceOptions
from content.errors import SourceError
from content.mp3 import stated_bytes, varies
from content.terms import Form, Record
from tests.content.builder.desk import CHAPTERS, Desk, parts, paths, reasons, titles
from tests.content.builder.sounds import box_names, tone, varying


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk")


def test_an_index_at_the_end_is_moved_to_the_front_and_told(tmp_path: Path, desk: Desk) -> None:
    made = tone(tmp_path / "a.m4b", 3, chapters=CHAPTERS)
    assert box_names(made)[-1] == b"moov"
    _, work = desk.read(made)
    names = box_names(work.assets[0].file)
    assert names.index(b"moov") < names.index(b"mdat")
    assert "index was not at the front" in reasons(work)
    assert titles(work) == ["Đi chợ", "Về nhà"]
    assert work.assets[0].filename == "a.m4b"


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


def test_lossless_sound_and_films_in_mp4_become_mp3(tmp_path: Path, desk: Desk) -> None:
    lossless = tone(tmp_path / "a.m4a", 1, "-c:a", "alac")
    film = tmp_path / "film.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=1:s=64x64", "-i",
         f"file:{lossless}", "-c:v", "mpeg4", "-c:a", "aac", "-f", "mp4", f"file:{film}"],
        check=True,
    )  # fmt: skip
    for made, told in ((lossless, "not alac"), (film, "the film's sound alone")):
        _, work = desk.read(made)
        assert paths(work) == ["audio/01.mp3"]
        assert told in reasons(work)


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
    assert stated_bytes(made) is None
    _, work = desk.read(made)
    assert stated_bytes(work.assets[0].file) is not None
    assert "states its length" in reasons(work)
    exact = probe(work.assets[0].file).duration_s
    assert parts(work)[0]["duration_s"] == pytest.approx(exact)


def test_an_mp3_whose_bit_rate_varies_is_heard_as_a_steady_copy(tmp_path: Path, desk: Desk) -> None:
    made = varying(tmp_path / "a.mp3", chapters=CHAPTERS)
    _, work = desk.read(made)
    assert paths(work) == ["audio/01.mp3", "audio/01-original.mp3"]
    heard, original = work.assets
    assert not varies(heard.file)
    assert original.file.read_bytes() == made.read_bytes()
    assert [one.filename for one in work.assets] == ["", "a.mp3"]
    assert [[one["path"] for one in part["sounds"]] for part in parts(work)] == [
        ["audio/01.mp3"]
    ] * 2
    assert "jumps would land seconds away" in reasons(work)
    assert probe(heard.file).duration_s == pytest.approx(probe(made).duration_s, abs=0.1)


def test_without_originals_only_the_steady_copy_takes_room(tmp_path: Path, desk: Desk) -> None:
    _, work = desk.read(varying(tmp_path / "a.mp3"), originals=False)
    assert paths(work) == ["audio/01.mp3"]
    assert not work.assets[0].filename


def test_a_steady_copy_is_no_larger_than_clear_sound_needs(tmp_path: Path, desk: Desk) -> None:
    _, work = desk.read(
        varying(tmp_path / "a.mp3", "-q:a", "0", "-ar", "44100"), audio_bitrate_kbps=24
    )
    assert paths(work) == ["audio/01.mp3", "audio/01-low.mp3", "audio/01-original.mp3"]
    assert [one["bitrate_kbps"] for one in parts(work)[0]["sounds"]] == [64, 24]


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


def largest_process(made: Path, cache: Path) -> int:
    """Return the most memory that one process of a build took, programs included."""
    item = RecipeItem("audio", (made,), Record("a", "A", Form.AUDIOBOOK))
    (prepared,) = prepare([item], SourceOptions(), cache)
    assert prepared.problem is None
    return prepared.peak_bytes


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
    assert largest_process(made, tmp_path / "apart") < 300_000_000


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
    assert largest_process(made, tmp_path / "apart") < 300_000_000
