"""A recording is told apart from everything else, and no file makes the programs open another."""

import os
import re
import stat
import struct
from pathlib import Path

import pytest

from content.builder import ffmpeg
from content.builder.ffmpeg import Mp3, extract_cover, nearest_mp3, probe, remux, transcode
from content.errors import MissingToolError, SourceError
from tests.content.builder.sounds import CODECS, box_names, id3v23_latin1, picture, tone


@pytest.mark.parametrize(
    ("name", "container", "codec", "media_type"),
    [
        ("a.m4b", "mov", "aac", "audio/mp4"),
        ("a.mp3", "mp3", "mp3", "audio/mpeg"),
        ("a.opus", "ogg", "opus", "audio/ogg; codecs=opus"),
        ("a.ogg", "ogg", "vorbis", "audio/ogg; codecs=vorbis"),
        ("a.flac", "flac", "flac", "audio/flac"),
        ("a.wav", "wav", "pcm_s16le", "audio/wav"),
        ("a.aac", "aac", "aac", "audio/aac"),
    ],
)
def test_tells_each_kind_by_its_content(
    tmp_path: Path, name: str, container: str, codec: str, media_type: str
) -> None:
    made = tone(tmp_path / name, 2)
    misnamed = made.rename(tmp_path / "recording.dat")
    found = probe(misnamed)
    assert (found.container, found.codec, found.media_type) == (container, codec, media_type)
    assert found.duration_s == pytest.approx(2, abs=0.15)
    assert found.channels == 1
    assert found.bitrate_kbps > 0


@pytest.mark.parametrize("name", ["a.m4b", "a.mp3", "a.opus"])
def test_reads_chapters_and_tags_of_the_three_kinds_that_have_them(
    tmp_path: Path, name: str
) -> None:
    chapters = [(0, 1, "Đi chợ"), (1, 3, "Về nhà")]
    decomposed = "Truye\u0302\u0323n"
    made = tone(tmp_path / name, 3, chapters=chapters, tags={"title": decomposed, "artist": "Đỗ"})
    found = probe(made)
    assert [one.title for one in found.chapters] == ["Đi chợ", "Về nhà"]
    assert [one.start_s for one in found.chapters] == pytest.approx([0, 1], abs=0.01)
    assert found.tags["title"] == "Truyện"
    assert found.tags["artist"] == "Đỗ"
    assert not found.mended_tags


def test_utf8_that_is_marked_as_latin1_is_put_right_and_said(tmp_path: Path) -> None:
    made = tone(tmp_path / "a.mp3", 1, "-id3v2_version", "0")
    made.write_bytes(id3v23_latin1({"TIT2": "Phần một", "TPE1": "Tô Hoài"}) + made.read_bytes())
    found = probe(made)
    assert found.tags["title"] == "Phần một"
    assert found.tags["artist"] == "Tô Hoài"
    assert found.mended_tags


def test_control_characters_in_tags_become_spaces(tmp_path: Path) -> None:
    made = tone(tmp_path / "a.mp3", 1, "-metadata", "title=một\x07\nhai\x1b[31m")
    assert probe(made).tags["title"] == "một hai [31m"


def test_gives_the_picture_as_it_was_put_in(tmp_path: Path) -> None:
    cover = picture()
    for name in ("a.m4b", "a.mp3"):
        made = tone(tmp_path / name, 1, cover=cover)
        assert probe(made).has_cover
        assert not probe(made).has_video
        assert extract_cover(made) == cover


def test_a_recording_without_a_picture_gives_none(tmp_path: Path) -> None:
    assert extract_cover(tone(tmp_path / "a.m4b", 1)) is None


@pytest.mark.parametrize(
    "name",
    [
        "-i.mp3",
        "a:b.mp3",
        "concat:a|b.mp3",
        "http:example.mp3",
        "two\nlines.mp3",
        "pipe:0.mp3",
        "%03d.mp3",
        "Pha\u0302\u0300n 1.mp3",
        "n" * 246 + ".mp3",
    ],
)
def test_any_file_name_is_only_a_name(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_bytes(tone(tmp_path / "plain.mp3", 1).read_bytes())
    monkeypatch.chdir(tmp_path)
    out = tmp_path / f"o{name[-200:]}"
    assert probe(Path(name)).codec == "mp3"
    transcode(Path(name), out, Mp3(24))
    assert probe(out).codec == "mp3"


def test_a_name_that_is_no_utf8_is_only_a_name(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"ti\xeang.mp3")
    path.write_bytes(tone(tmp_path / "plain.mp3", 1).read_bytes())
    assert probe(path).codec == "mp3"


HOSTILE = {
    "hls.m4a": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{secret}\n#EXT-X-ENDLIST\n",
    "concat.mp3": "ffconcat version 1.0\nfile '{secret}'\n",
    "dash.m4a": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
    "<Period><AdaptationSet><Representation><BaseURL>file://{secret}</BaseURL>"
    "</Representation></AdaptationSet></Period></MPD>",
    "sdp.mp3": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    "text.mp3": "Ngày xửa ngày xưa, có một ông lão.\n" * 200,
    "html.m4b": "<html><audio src='{secret}'></html>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_list_of_other_files_or_a_text_is_no_recording(tmp_path: Path, name: str) -> None:
    secret = tone(tmp_path / "secret.wav", 1)
    path = tmp_path / name
    path.write_text(HOSTILE[name].replace("{secret}", str(secret)), encoding="utf-8")
    with pytest.raises(SourceError) as refused:
        probe(path)
    assert refused.value.remedy
    with pytest.raises(SourceError):
        transcode(path, tmp_path / "out.mp3", Mp3(24))


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.touch()
    with pytest.raises(SourceError, match="empty"):
        probe(path)


def test_sound_of_one_sample_a_second_is_no_speech(tmp_path: Path) -> None:
    """A few bytes that would become hours."""
    made = tone(tmp_path / "a.wav", 1)
    content = bytearray(made.read_bytes())
    content[24:32] = struct.pack("<II", 1, 2)
    made.write_bytes(content)
    with pytest.raises(SourceError, match="samples a second"):
        probe(made)


def test_a_picture_is_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(picture())
    with pytest.raises(SourceError):
        probe(path)


@pytest.mark.parametrize("name", [f"a{suffix}" for suffix in CODECS])
def test_what_is_cut_anywhere_is_read_or_refused_but_never_breaks(
    tmp_path: Path, name: str
) -> None:
    whole = tone(tmp_path / name, 1).read_bytes()
    path = tmp_path / f"cut-{name}"
    for share in (0.01, 0.3, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        try:
            assert probe(path).duration_s < 10
        except SourceError as error:
            assert error.remedy  # noqa: PT017 -- either end is right, a traceback is not


def test_a_missing_program_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tone(tmp_path / "a.mp3", 1)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match=r"ffprobe .*apt install ffmpeg"):
        probe(made)


def test_a_program_that_never_ends_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tone(tmp_path / "a.mp3", 1)
    endless = tmp_path / "ffprobe"
    endless.write_text("#!/bin/sh\nexec sleep 50\n")
    endless.chmod(endless.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(ffmpeg, "PROBE_TIMEOUT_S", 0.3)
    with pytest.raises(SourceError, match="took more than"):
        probe(made)


def test_a_program_that_never_stops_talking_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tone(tmp_path / "a.mp3", 1)
    endless = tmp_path / "ffprobe"
    endless.write_text("#!/bin/sh\nexec yes\n")
    endless.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SourceError, match="more tags or pictures"):
        probe(made)


def test_a_copy_has_the_rate_the_length_and_nothing_else(tmp_path: Path) -> None:
    made = tone(tmp_path / "a.m4b", 5, chapters=[(0, 2, "Một"), (2, 5, "Hai")], tags={"title": "X"})
    out = tmp_path / "out.mp3"
    told: list[float] = []
    transcode(made, out, Mp3(24), duration_s=5, report=told.append)
    found = probe(out)
    assert (found.codec, found.bitrate_kbps, found.channels) == ("mp3", 24, 1)
    assert found.duration_s == pytest.approx(5, abs=0.1)
    assert not found.chapters
    assert "title" not in found.tags
    assert told[-1] == pytest.approx(5, abs=0.2)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    unsigned = ("-fflags", "+bitexact", "-flags:a", "+bitexact")
    made = tone(tmp_path / "a.m4b", 3, *unsigned, chapters=[(0, 3, "Một")])
    outs = []
    for number in (1, 2):
        copy, moved = tmp_path / f"{number}.mp3", tmp_path / f"{number}.m4b"
        transcode(made, copy, Mp3(32))
        remux(made, moved, "mov")
        outs.append((copy.read_bytes(), moved.read_bytes()))
    assert outs[0] == outs[1]
    # A newer ffmpeg must not change an archive by signing it.
    assert not any(re.search(rb"Lav[fc]\d", one) for one in outs[0])


def test_a_new_index_keeps_chapters_tags_and_picture(tmp_path: Path) -> None:
    cover = picture()
    made = tone(
        tmp_path / "a.m4b", 3, chapters=[(0, 1, "Một"), (1, 3, "Hai")], tags={"title": "Đường"},
        cover=cover,
    )  # fmt: skip
    assert box_names(made).index(b"moov") > box_names(made).index(b"mdat")
    out = tmp_path / "out.m4b"
    remux(made, out, "mov")
    assert box_names(out).index(b"moov") < box_names(out).index(b"mdat")
    before, after = probe(made), probe(out)
    assert after.chapters == before.chapters
    assert after.tags["title"] == "Đường"
    assert extract_cover(out) == cover


def test_a_copy_never_grows_past_what_was_said(tmp_path: Path) -> None:
    made = tone(tmp_path / "a.wav", 700)
    with pytest.raises(SourceError, match="longer than"):
        transcode(made, tmp_path / "out.mp3", Mp3(320, 44_100), duration_s=0.001)
    assert (tmp_path / "out.mp3").stat().st_size < 4_000_000


@pytest.mark.parametrize(
    ("wanted", "source", "made"),
    [
        (1, 44_100, Mp3(16, 22_050)),
        (24, 44_100, Mp3(24, 22_050)),
        (30, 48_000, Mp3(32, 22_050)),
        (47, 44_100, Mp3(48, 22_050)),
        (48, 44_100, Mp3(48, 44_100)),
        (64, 8_000, Mp3(64, 16_000)),
        (64, 192_000, Mp3(64, 48_000)),
        (9_999, 44_100, Mp3(320, 44_100)),
        (9_999, 22_050, Mp3(160, 22_050)),
    ],
)
def test_a_copy_is_one_that_mp3_has_and_no_finer_than_its_source(
    wanted: int, source: int, made: Mp3
) -> None:
    assert nearest_mp3(wanted, source) == made


@pytest.mark.parametrize("rate", [16, 24, 40, 64, 160])
def test_a_copy_has_the_bit_rate_that_was_asked(tmp_path: Path, rate: int) -> None:
    copy = nearest_mp3(rate, 44_100)
    transcode(tone(tmp_path / "a.wav", 2), tmp_path / "out.mp3", copy)
    found = probe(tmp_path / "out.mp3")
    assert (found.bitrate_kbps, found.sample_rate) == (rate, copy.sample_rate)
