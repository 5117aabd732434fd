"""The language of a text is told from its words, or not at all."""

import pytest

from content.builder.language import agreed, detect, settled, title_remark
from tests.content.builder.epubs import SENTENCE

ENGLISH = "The quick fox is in the garden of the house and it was on the wall for a long time."
FRENCH = "Voilà l'été, élève; où êtes-vous allés après le déjeuner à la plage de Nîmes?"
ITALIAN = "Nel mezzo del cammin di nostra vita mi ritrovai per una selva oscura."


@pytest.mark.parametrize(
    ("text", "language"),
    [(SENTENCE, "vi"), (ENGLISH, "en"), (FRENCH, ""), (ITALIAN, ""), ("Điện Biên", ""), ("", "")],
)
def test_tells_what_the_words_show(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        ("en", SENTENCE, "vi"),
        ("", SENTENCE, "vi"),
        ("vi_VN", SENTENCE, "vi-VN"),
        ("vie", "…", "vi"),
        ("fr", FRENCH, "fr"),
        ("und", FRENCH, ""),
        ("<script>", FRENCH, ""),
        ("hmn", "Kuv nyob hauv lub zos", "hmn"),
    ],
)
def test_words_win_over_what_is_declared(declared: str, text: str, language: str) -> None:
    assert settled(declared, text) == language


def test_a_contradiction_is_told() -> None:
    assert "Vietnamese" in agreed("en-US", SENTENCE)[1]
    assert agreed("vi", SENTENCE)[1] == ""
    assert agreed("", SENTENCE) == ("vi", "")


@pytest.mark.parametrize(
    ("title", "better"),
    [("TRUYỆN KIỀU", "Truyện kiều"), ("Truyện Kiều", ""), ("VTV1", ""), ("ĐỜI", "")],
)
def test_a_title_in_capitals_gets_a_suggestion(title: str, better: str) -> None:
    assert better in title_remark(title)
    assert bool(better) == bool(title_remark(title))
