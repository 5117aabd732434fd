"""Vietnamese is complete: every sentence on screen has its words, none is in doubt."""

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from kiosk.ui.locales import BUILT_IN, LOCALES

ROOT = Path(__file__).resolve().parents[2]
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true"}}


def sentences() -> set[str | tuple[str, ...]]:
    found = [
        one
        for package in ("kiosk", "province")
        for one in extract_from_dir(ROOT / package, METHODS, OPTIONS)
    ]
    return {tuple(one[2]) if isinstance(one[2], tuple) else one[2] for one in found}


def test_every_sentence_has_vietnamese_words() -> None:
    with (BUILT_IN / "vi" / "LC_MESSAGES" / "kiosk.po").open("rb") as file:
        catalogue = read_po(file)
    wanted = sentences()
    assert len(wanted) > 80
    have = {message.id: message for message in catalogue if message.id}
    assert {one for one in wanted if one not in have} == set()
    assert {one for one in have if one not in wanted} == set()
    for message in have.values():
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        first = message.id if isinstance(message.id, str) else message.id[-1]
        assert not message.fuzzy, message.id
        for one in words:
            assert isinstance(one, str), message.id
            assert one, message.id
            assert set(re.findall(r"%\(\w+\)s", one)) == set(re.findall(r"%\(\w+\)s", first))


def test_english_needs_no_catalogue_and_others_are_announced() -> None:
    folders = {one.name for one in BUILT_IN.iterdir()}
    assert folders <= set(LOCALES)
