"""The keyboard on the touch screen writes every Vietnamese syllable, as the bogo library does.

The script itself runs, in node. A syllable is typed in both ways people do: each mark at its
letter, or all marks after the letters; the tone comes last.
"""

import json
import subprocess
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest
from bogo.core import process_sequence

from tests.syllables import bare_syllables, toned_letters, tones_of

SCRIPT = Path(__file__).resolve().parents[2] / "kiosk" / "static" / "js" / "telex.js"
KEYS = {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"}


def composed(sequences: Iterable[str]) -> list[str]:
    """Return what the script makes of each sequence of keys."""
    program = (
        "const fs = require('fs'); globalThis.window = {diemdoc: {}};"
        "(0, eval)(fs.readFileSync(process.argv[1], 'utf8'));"
        "const asked = JSON.parse(fs.readFileSync(0, 'utf8'));"
        "console.log(JSON.stringify(asked.map(window.diemdoc.telex.compose)));"
    )
    done = subprocess.run(
        ["node", "-e", program, str(SCRIPT)],
        input=json.dumps(list(sequences)),
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def in_order(bare: str) -> str:
    return "".join(KEYS.get(letter, letter) for letter in bare)


def marks_last(bare: str) -> str:
    """Return the letters first, then the keys of the marks, one `w` for ươ."""
    plain = "".join(KEYS.get(letter, letter)[0] for letter in bare)
    keys = [KEYS[letter][1] for letter in bare if letter in KEYS]
    return plain + "".join(dict.fromkeys(keys))


SYLLABLES = [(bare, tone) for bare in bare_syllables() for tone in tones_of(bare)]
SEQUENCES = [
    *(in_order(bare) + tone for bare, tone in SYLLABLES),
    *(marks_last(bare) + tone for bare, tone in SYLLABLES),
]


def test_there_are_thousands_of_syllables() -> None:
    assert len(SYLLABLES) > 15_000
    assert {"được", "điện", "khuỷu"} <= {process_sequence(one) for one in SEQUENCES}


def test_every_syllable_typed_letter_by_letter_is_what_was_meant() -> None:
    made = composed(in_order(bare) + tone for bare, tone in SYLLABLES)
    wrong = [
        (bare, tone, word)
        for (bare, tone), word in zip(SYLLABLES, made, strict=True)
        if toned_letters(word) != (bare, tone)
    ]
    assert wrong == []


def test_every_syllable_is_written_as_bogo_writes_it() -> None:
    made = composed(SEQUENCES)
    differ = {
        keys: (word, process_sequence(keys))
        for keys, word in zip(SEQUENCES, made, strict=True)
        if unicodedata.normalize("NFC", process_sequence(keys)) != word
    }
    assert differ == {}


def test_the_one_listed_difference_concerns_no_syllable() -> None:
    """After an onset that uơ never follows, bogo writes ươ at once, we when a letter follows."""
    assert composed(["buow", "buowi", "buowng"]) == ["buơ", "bươi", "bương"]
    assert process_sequence("buow") == "bươ"
    assert process_sequence("buowi") == "bươi"


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ("ww", "uw"),
        ("ass", "as"),
        ("aaa", "aa"),
        ("ddd", "dd"),
        ("hoaf", "hòa"),
        ("hoafn", "hoàn"),
        ("toans", "toán"),
        ("DDieenj BIEEN", "Điện BIÊN"),
        ("giuwowngf", "giường"),
        ("tieengs vieetj", "tiếng việt"),
        ("xin chaof!", "xin chào!"),
        ("2026", "2026"),
        ("z", "z"),
        ("asz", "a"),
    ],
)
def test_words_and_slips_of_the_finger(keys: str, word: str) -> None:
    assert composed([keys]) == [word]
