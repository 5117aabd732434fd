"""The commands of the machine, as a new user tries them: on a folder, and never on this machine."""

import json
from pathlib import Path

import pytest

from kiosk.cli import main


def run(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(one) for one in words])
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.mark.system
def test_render_check_apply_check(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "diemdoc.toml"
    config.write_text('[access_point]\nssid = "Bản Lướt"\n', encoding="utf-8")
    assert run("provision", "render", tmp_path / "out", "--config", config, "--json") == 0
    written = json.loads(capsys.readouterr().out)["written"]
    assert all((tmp_path / "out" / one).is_file() for one in written)
    assert run("provision", "check", "--root", tree, "--config", config) == 104
    assert "'diemdoc provision apply' makes it so" in capsys.readouterr().err
    assert run("provision", "apply", "--root", tree, "--config", config, "--dry-run") == 0
    assert not (tree / "etc/hostname").exists()
    planned = capsys.readouterr().out
    assert run("provision", "apply", "--root", tree, "--config", config) == 0
    assert capsys.readouterr().out == planned
    assert run("provision", "check", "--root", tree, "--config", config) == 0
    assert run("provision", "apply", "--root", tree, "--config", config) == 0
    assert "Nothing to do" in capsys.readouterr().out


def test_wrong_settings_change_nothing_and_bring_back_the_ones_before(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, before = tree / "etc/diemdoc/diemdoc.toml", tree / "before.toml"
    config.parent.mkdir()
    before.write_text("[machine]\n")
    config.write_text("[machine]\nmodel = 3\n")
    status = run("provision", "apply", "--root", tree, "--settings-before", before)
    assert status == 101
    assert "line 2: [machine] model must be a text" in capsys.readouterr().err
    assert config.read_text() == "[machine]\n"
    assert not (tree / "etc/hostname").exists()
