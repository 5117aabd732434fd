"""Settings are read with their place and remedy when they are wrong."""

from dataclasses import fields
from pathlib import Path

import pytest

from kiosk.config import ConfigError, KioskConfig, load_config


def test_reads_what_is_set_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "diemdoc.toml"
    path.write_text('[kiosk]\npoint_name = "Mường Mẫu"\nlibrary = "/srv/x"\n', encoding="utf-8")
    config = load_config(path)
    assert (config.point_name, config.library) == ("Mường Mẫu", Path("/srv/x"))
    assert config.bind == KioskConfig().bind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[kiosk]\npoint = 1", "unknown setting 'point'"),
        ("[kiosk]\nworkers = 'two'", "workers must be a number"),
        ("[kiosk]\nlocale = 'xx'", "locale must be one of"),
        ("[kiosk]\nthreads = 0", "threads 1 to 64"),
        ("kiosk = 3", "must be a table"),
        ("[kiosk", "not valid TOML"),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "diemdoc.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        load_config(path)


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "nope.toml")


def test_every_setting_is_in_the_reference() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs/reference/settings.md").read_text("utf-8")
    (table,) = [one for one in text.split("\n## ") if one.startswith("`[kiosk]`")]
    headings = {line.strip("# `\n") for line in table.splitlines() if line.startswith("### ")}
    assert headings == {one.name for one in fields(KioskConfig)}
