"""Where the programs and files of package-lock.json are, once `script/setup` has laid them out."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "node_modules"


def module(path: str) -> Path:
    """Return a file of an npm package; tests that need it skip where `script/setup` was not run."""
    found = MODULES / path
    if not found.exists():
        pytest.skip("run script/setup --for test")
    return found
