"""Every `script/bench NAME` says what it is for, and refuses what it does not know."""

import importlib
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = (ROOT / "script" / "bench").read_text(encoding="utf-8")
TOOLS = dict(
    re.findall(r"^  ([a-z-]+)\)(?:(?!;;).)*?-m (tools\.\w+)", SCRIPT, re.MULTILINE | re.DOTALL)
)


def test_the_script_lists_each_and_nothing_else() -> None:
    listed = re.findall(r"^#   ([a-z-]+)", SCRIPT, re.MULTILINE)
    assert sorted(listed) == sorted(TOOLS)
    told = subprocess.run([ROOT / "script" / "bench"], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "sync [MEGABYTES" in told.stdout


@pytest.mark.parametrize("name", sorted(TOOLS))
@pytest.mark.parametrize(("words", "status"), [(["--help"], 0), (["--no-such-thing"], 2)])
def test_each_prints_its_usage(
    name: str,
    words: list[str],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tool = importlib.import_module(TOOLS[name])
    monkeypatch.setattr("sys.argv", [name, *words])
    with pytest.raises(SystemExit) as ended:
        tool.main()
    assert ended.value.code == status
    said = capsys.readouterr()
    assert f"usage: script/bench {name}" in said.out + said.err
