"""What is committed names no machine and no registry, and its files stay readable."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Written apart, so that this file does not name them.
HOSTS = ["pypi" + ".org", "python" + "hosted", "npm" + "js", "deb" + ".debian"]
MACHINE = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/"]
MOST_LINES = 400


def committed() -> list[Path]:
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name]


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in committed():
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 1_000_000:
            data = path.read_bytes()
            if b"\0" not in data:
                found.append((path, data.decode("utf-8", errors="replace")))
    return found


def test_no_file_names_a_registry_or_a_machine() -> None:
    read = texts()
    assert len(read) > 100
    for path, text in read:
        for word in (*HOSTS, *MACHINE):
            assert word not in text, f"{path.relative_to(ROOT)} names {word}"


def test_no_link_is_committed() -> None:
    assert [path for path in committed() if path.is_symlink()] == []


def test_modules_are_short_enough_to_read() -> None:
    for path in committed():
        inside = path.relative_to(ROOT).parts[0]
        if path.suffix == ".py" and inside in {"content", "kiosk", "provisioning", "province"}:
            lines = path.read_text(encoding="utf-8").count("\n")
            assert lines <= MOST_LINES, f"{path.relative_to(ROOT)}: {lines} lines, two subjects?"


def test_every_module_says_what_it_is_for() -> None:
    for path in committed():
        if path.suffix == ".py" and path.is_file():
            assert path.read_text(encoding="utf-8").startswith(('"""', 'r"""')), path.name


def test_scripts_of_pages_are_short_enough_to_read() -> None:
    """What old phones understand of them is asked in tests/browser/test_scripts.py."""
    scripts = [path for path in committed() if path.suffix == ".js"]
    assert scripts
    for path in scripts:
        if "vendor" not in path.parts:
            assert path.read_text(encoding="utf-8").count("\n") <= 210, path.name
