"""The table [sync] is read whole, and a wrong setting is named with its line and what to do."""

from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from content.errors import ConfigError
from content.repository.client import pin
from content.repository.volume import DirectoryCarrier
from content.search.folder import engine_of
from content.settings import read_settings
from content.sync.options import site_of
from content.sync.run import run_sync
from content.sync.settings import TABLE, Folders, SyncSettings, folders_of, parse_hours
from kiosk.cli import cli
from tests.content.sync.province_desk import Province, media_archive, quiet

WHOLE = """
[kiosk]
library = "/srv/library"
state = "/srv/state"

[sync]
sources = ["http://192.168.1.20:8081/repository", "https://thuvien.example.vn/repository"]
collections = ["dia-chi"]
commune = "03390"
limit_gb = 20
rate_kb = 100
hours = "22-5"
metered = true
metered_mb = 50
software = "at-once"
readers = ""
"""


def load_settings(path: Path) -> tuple[SyncSettings, Folders]:
    file = read_settings(path)
    return file.table(TABLE, SyncSettings), folders_of(file)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "diemdoc.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_what_is_set(tmp_path: Path) -> None:
    settings, folders = load_settings(written(tmp_path, WHOLE))
    assert folders == (Path("/srv/library"), Path("/srv/state"))
    assert settings.sources[1] == "https://thuvien.example.vn/repository"
    assert (settings.limit_bytes, settings.most_bytes) == (20 * 10**9, 50 * 10**6)
    assert parse_hours(settings.hours) == (22, 5)
    assert settings.collections == ("dia-chi",)
    unset = [one.name for one in fields(SyncSettings) if getattr(settings, one.name) == one.default]
    assert unset == []


def test_without_the_table_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, "[kiosk]\nworkers = 1\n")) == (
        SyncSettings(),
        (None, None),
    )
    assert SyncSettings().most_bytes is None
    assert SyncSettings().limit_bytes is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[sync]\nrate_kb = 1\nsource = []",
            "line 3: .* source is no setting; did you mean 'sources'",
        ),
        ("[sync]\nsources = 'http://x'", "line 2: .* sources must be a list of texts"),
        ("[sync]\nsources = ['ftp://x']", "line 2: .* sources holds 'ftp://x'; give"),
        ("[sync]\n\nhours = 'night'", "line 3: .* hours must be two hours such as 22-5"),
        ("[sync]\nhours = '24-5'", "line 2: .* hours"),
        ("[sync]\nmetered = 1", "line 2: .* metered must be true or false"),
        ("[sync]\nmetered_mb = 0", "line 2: .* metered_mb must be 1 or more"),
        ("[sync]\nlimit_gb = -1", "line 2: .* limit_gb must be 0 or more"),
        ("[sync]\ncommune = 3390", "line 2: .* commune must be a text"),
        ("sync = {rate = 1}", "rate is no setting"),
        ("sync = 3", "must be a table"),
        ("[sync", "not valid TOML"),
    ],
)
def test_says_what_is_wrong_and_where(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_settings(written(tmp_path, text))


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path / "nope.toml")


def test_every_setting_is_in_the_reference() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs/reference/settings.md").read_text("utf-8")
    table = text.partition("## `[sync]`")[2].partition("\n## ")[0]
    headings = {line.strip("# `\n") for line in table.splitlines() if line.startswith("### ")}
    assert headings == {one.name for one in fields(SyncSettings)}


def test_a_command_takes_from_the_table_what_it_was_not_told(tmp_path: Path) -> None:
    two = '[[collection]]\nid = "sach"\n[[collection]]\nid = "bao"\n'
    province = Province(tmp_path / "desk", collections=two)
    media_archive(province.folder() / "a.zim", {})
    media_archive(province.folder("bao") / "b.zim", {})
    province.publish()
    (tmp_path / "root.json").write_bytes(province.root)
    text = f"""
        [kiosk]
        library = "{tmp_path}/library"
        [sync]
        sources = ["{province.tree}"]
        collections = ["bao"]
        """
    config = ["--config", str(written(tmp_path, text))]
    run = CliRunner()
    told = run.invoke(cli, ["sync", *config, "--root", str(tmp_path / "root.json")])
    assert told.exit_code == 0
    assert "trusts" in told.output
    shown = run.invoke(cli, ["sync", *config, "--dry-run"])
    assert "new       b " in shown.output
    assert "left-out  a " in shown.output
    assert "not wanted here (collections)" in shown.output
    assert "new       b " in run.invoke(cli, ["sync", *config]).output
    assert "1 are left out, see above" in run.invoke(cli, ["sync", *config]).output
    assert run.invoke(cli, ["sync", "--library", str(tmp_path / "other")]).exit_code == 2


def test_an_update_keeps_the_index_that_is_set(tmp_path: Path) -> None:
    province = Province(tmp_path / "desk")
    media_archive(province.folder() / "a.zim", {})
    province.publish()
    text = f'[kiosk]\nlibrary = "{tmp_path}/library"\n[search]\nengine = "fts5"\n'
    path = written(tmp_path, text)
    site = site_of(None, None, path)
    pin(site.trust, province.root)
    run_sync(site, [DirectoryCarrier(province.tree)], site.clock, report=quiet)
    (generation,) = (site.root / "generations").iterdir()
    assert engine_of(generation / "search") == "fts5"
