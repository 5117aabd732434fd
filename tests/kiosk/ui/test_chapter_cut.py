"""A chapter cut out of a recording plays from its start to its end; a damaged one is refused."""

import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.ui.chapter_cut import CutError, cut_mp3, cut_mp4

RATE = 8000
Cut = Callable[[memoryview, float, float | None], Iterator[bytes]]


def ffmpeg(*arguments: str) -> bytes:
    command = ["ffmpeg", "-v", "error", *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, memoryview]:
    """Return one minute whose pitch tells the second: each of its seconds is a tone of its own."""
    base = tmp_path_factory.mktemp("recordings")
    sweep = "aevalsrc=sin(2*PI*t*(200+50*floor(t))):d=60:s=24000"
    kinds = {
        "m4b": ("-c:a", "aac", "-b:a", "48k", "-movflags", "+faststart", "-f", "mp4"),
        "mp3": ("-c:a", "libmp3lame", "-b:a", "32k"),
        "vbr.mp3": ("-c:a", "libmp3lame", "-q:a", "7"),
    }
    for name, options in kinds.items():
        ffmpeg("-f", "lavfi", "-i", sweep, "-ac", "1", *options, str(base / f"x.{name}"))
    return {name: memoryview((base / f"x.{name}").read_bytes()) for name in kinds}


def pitch_hz(file: Path, second: float) -> float:
    """Return the pitch around a second of a file: how often the wave rises through 0."""
    raw = ffmpeg("-i", str(file), "-f", "s16le", "-ac", "1", "-ar", str(RATE), "-")
    wave = memoryview(raw).cast("h")
    part = wave[int((second - 0.2) * RATE) : int((second + 0.2) * RATE)]
    rises = sum(1 for one, after in pairwise(part) if one < 0 <= after)
    return rises / 0.4


@pytest.mark.parametrize(
    ("name", "cut"), [("m4b", cut_mp4), ("mp3", cut_mp3), ("vbr.mp3", cut_mp3)]
)
def test_a_chapter_is_the_seconds_that_were_asked_for(
    recordings: dict[str, memoryview], tmp_path: Path, name: str, cut: Cut
) -> None:
    out = tmp_path / ("x.aac" if name == "m4b" else "x.mp3")
    out.write_bytes(b"".join(bytes(one) for one in cut(recordings[name], 20.0, 40.0)))
    raw = ffmpeg("-i", str(out), "-f", "s16le", "-ac", "1", "-ar", str(RATE), "-")
    assert len(raw) / 2 / RATE == pytest.approx(20, abs=0.15)
    # The second 20.5 of the recording is the half second of the cut, 39.5 its end.
    assert pitch_hz(out, 0.5) == pytest.approx(200 + 50 * 20, rel=0.04)
    assert pitch_hz(out, 19.5) == pytest.approx(200 + 50 * 39, rel=0.04)


def test_the_last_chapter_goes_to_the_end(recordings: dict[str, memoryview]) -> None:
    for name, cut in (("m4b", cut_mp4), ("mp3", cut_mp3)):
        whole = sum(len(one) for one in cut(recordings[name], 0, None))
        parts = [(0, 17.5), (17.5, 41.2), (41.2, None)]
        assert sum(len(one) for a, b in parts for one in cut(recordings[name], a, b)) == whole


@pytest.mark.parametrize("cut", [cut_mp3, cut_mp4])
@pytest.mark.parametrize(
    "data", [b"", b"nonsense", b"\x00" * 5000, b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f"]
)
def test_what_is_no_recording_is_refused(cut: Cut, data: bytes) -> None:
    with pytest.raises(CutError):
        list(cut(memoryview(data), 0, None))


def test_a_recording_cut_short_is_refused_or_ends(recordings: dict[str, memoryview]) -> None:
    with pytest.raises(CutError):
        list(cut_mp4(recordings["m4b"][:-5000], 0, None))
    assert list(cut_mp3(recordings["mp3"][:-100], 0, None))


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_a_damaged_recording_never_gives_what_lies_outside(
    recordings: dict[str, memoryview], data: st.DataObject
) -> None:
    for name, cut in (("m4b", cut_mp4), ("mp3", cut_mp3)):
        broken = bytearray(recordings[name][:20_000])
        for _ in range(20):
            place = data.draw(st.integers(0, len(broken) - 1))
            broken[place] = data.draw(st.integers(0, 255))
        try:
            given_out = sum(len(one) for one in cut(memoryview(broken), 0, None))
        except CutError:
            continue
        assert given_out <= 20 * len(broken)
