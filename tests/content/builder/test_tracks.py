"""Tracks stand in the order, under the names and between the borders that a listener expects."""

import unicodedata
from collections.abc import Sequence

import pytest

from content.builder.probe import Chapter
from content.builder.tracks import natural_key, tidy_chapters, tidy_title, without_number


@pytest.mark.parametrize(
    ("stated", "number", "tidy"),
    [
        ("Chapter 1", 1, "Phần 1"),
        ("chapter 007", 7, "Phần 7"),
        ("Track03", 3, "Phần 3"),
        ("", 4, "Phần 4"),
        ("  ", 5, "Phần 5"),
        ("012", 2, "Phần 12"),
        ("Untitled", 6, "Phần 6"),
        ("Chương 2: Về quê", 2, "Chương 2: Về quê"),
        ("Phâ\u0300n_ba", 3, "Phần ba"),
        ("36 phố phường", 1, "36 phố phường"),
        ("Part of the sea", 1, "Part of the sea"),
    ],
)
def test_names_that_say_nothing_become_vietnamese_numbers(
    stated: str, number: int, tidy: str
) -> None:
    assert tidy_title(stated, number) == tidy


def test_names_in_other_languages_stay() -> None:
    assert tidy_title("Chapter 1", 1, "en") == "Chapter 1"
    assert tidy_title("", 2, "en") == "Part 2"


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("01 - Phần 1", "Phần 1"),
        ("1. Mở đầu", "Mở đầu"),
        ("02 Hồi 2", "Hồi 2"),
        ("36 phố phường", "36 phố phường"),
        ("1984", "1984"),
        ("01 - ", "01 - "),
    ],
)
def test_a_number_that_only_orders_files_is_no_name(stem: str, name: str) -> None:
    assert without_number(stem) == name


def spans(chapters: Sequence[Chapter]) -> list[tuple[float, float]]:
    return [(one.start_s, one.end_s) for one in chapters]


@pytest.mark.parametrize(
    ("stated", "wanted", "told"),
    [
        ([(0, 10), (10, 20)], [(0, 10), (10, 20)], ""),
        ([(0, 10), (10.5, 19.5)], [(0, 10.5), (10.5, 20)], ""),
        ([(3, 10), (12, 20)], [(0, 12), (12, 20)], "1 chapters overlapped or left a gap"),
        ([(0, 15), (10, 20)], [(0, 10), (10, 20)], "1 chapters overlapped"),
        ([(0, 10), (10, 10), (10, 20)], [(0, 10), (10, 20)], "1 chapters were empty"),
        ([(0, 10), (10, 40), (40, 50)], [(0, 10), (10, 20)], "1 chapters were empty"),
        ([], [], ""),
    ],
)
def test_chapters_cover_the_whole_recording_without_gaps(
    stated: list[tuple[float, float]], wanted: list[tuple[float, float]], told: str
) -> None:
    chapters, notes = tidy_chapters([Chapter(*one) for one in stated], 20.0)
    assert spans(chapters) == wanted
    assert told in " ".join(notes)
    assert bool(told) == bool(notes)


def test_the_natural_order_is_the_same_for_both_forms_of_a_name() -> None:
    names = ["Phần 10", "Phần 9", "phần 2b", "Phần 2"]
    assert sorted(names, key=natural_key) == ["Phần 2", "phần 2b", "Phần 9", "Phần 10"]
    for name in names:
        assert natural_key(unicodedata.normalize("NFD", name)) == natural_key(name)
