"""Settings are read with their place and remedy when they are wrong."""

from dataclasses import fields
from pathlib import Path

import pytest

from content.errors import ConfigError
from content.library.settings import SearchSettings
from kiosk.config import KioskConfig, load_config


def test_reads_what_is_set_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "diemdoc.toml"
    path.write_text('[kiosk]\npoint_name = "Mường Mẫu"\nlibrary = "/srv/x"\n', encoding="utf-8")
    config = load_config(path)
    assert (config.point_name, config.library) == ("Mường Mẫu", Path("/srv/x"))
    assert config.bind == KioskConfig().bind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[kiosk]\npoint = 1", "line 2: .* point is no setting; did you mean 'point_name'"),
        ("[kiosk]\nworkers = 'two'", "line 2: .* workers must be a whole number"),
        ("[kiosk]\nlocale = 'xx'", "locale must be one of"),
        ("[kiosk]\nthreads = 0", "threads must be 1 to 64"),
        ("kiosk = 3", "must be a table"),
        ("search = 3", "must be a table"),
        ("[search]\nengin = 'fts5'", "engin is no setting; did you mean 'engine'"),
        ("[search]\nengine = 'best'", "engine must be one of: .*fts5"),
        ("[search]\nlocal_gain = 2", "local_gain must be 0 to 1"),
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


@pytest.mark.parametrize(("table", "kind"), [("kiosk", KioskConfig), ("search", SearchSettings)])
def test_every_setting_is_in_the_reference(table: str, kind: type) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs/reference/settings.md").read_text("utf-8")
    part = text.partition(f"## `[{table}]`")[2].partition("\n## ")[0]
    headings = {line.strip("# `\n") for line in part.splitlines() if line.startswith("### ")}
    assert headings == {one.name for one in fields(kind)} - {"search", "sync"}
