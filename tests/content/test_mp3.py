"""The frames of an MP3 are found as they lie, whatever stands before, between and behind them."""

from itertools import pairwise
from pathlib import Path

import pytest

from content.mp3 import Frame, frames, stated_bytes, varies
from tests.content.builder.sounds import id3v23_latin1, tone, varying


@pytest.fixture
def steady(tmp_path: Path) -> bytes:
    return tone(tmp_path / "steady.mp3", 1, "-id3v2_version", "0").read_bytes()


def row(content: bytes) -> list[Frame]:
    return list(frames(memoryview(content)))


def test_frames_lie_end_to_end_and_last_as_long_as_the_sound(steady: bytes) -> None:
    found = row(steady)
    assert found[0].offset == 0
    assert all(a.offset + a.size == b.offset for a, b in pairwise(found))
    assert found[-1].start_s == pytest.approx(1, abs=0.1)


def test_tags_before_between_and_behind_are_passed_over(steady: bytes) -> None:
    tag = id3v23_latin1({"TIT2": "Con nai " + "\xff\xfb" * 40})
    found = row(tag + steady + tag + steady + b"TAG" + bytes(125))
    assert len(found) == 2 * len(row(steady))
    assert found[-1].start_s == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize(
    "content", [b"", b"ID3", b"\xff", b"\xff\xfb", bytes(5000), b"\xff" * 5000]
)
def test_what_is_no_mp3_has_no_frames(content: bytes) -> None:
    assert row(content) == []


def test_a_bit_rate_that_varies_shows_whatever_the_header_says(tmp_path: Path) -> None:
    made = varying(tmp_path / "a.mp3")
    assert varies(made)
    lying = made.read_bytes().replace(b"Xing", b"Info")
    made.write_bytes(lying)
    assert stated_bytes(made)
    assert varies(made)


@pytest.mark.parametrize("header", ["0", "1"])
def test_a_steady_bit_rate_does_not_vary(tmp_path: Path, header: str) -> None:
    made = tone(tmp_path / "a.mp3", 3, "-write_xing", header)
    assert (stated_bytes(made) is None) == (header == "0")
    assert not varies(made)


def test_recordings_of_two_bit_rates_put_together_vary(tmp_path: Path, steady: bytes) -> None:
    other = tone(tmp_path / "other.mp3", 1, "-b:a", "32k").read_bytes()
    both = tmp_path / "both.mp3"
    both.write_bytes(steady + other)
    assert varies(both)
    both.write_bytes(steady + steady)
    assert not varies(both)
