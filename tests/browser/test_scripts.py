"""Old phones understand every script of ours, and all of them together are small."""

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from tests.browser.npm import ROOT, module

SCRIPTS = ROOT / "kiosk" / "static" / "js"
ALL_SCRIPTS_BYTES = 60_000
# One line of code each that Chrome 60 or Safari 11 does not know.
TOO_NEW = {
    "syntax": "const a = {...window};",
    "optional chaining": "const a = window?.name; a();",
    "async iteration": "async function f() { for await (const one of []) { one(); } } f();",
    "catch without a name": "try { window.name(); } catch { window.close(); }",
    "method": "[1].flat();",
    "promise": "Promise.allSettled([]);",
    "interface": "new ResizeObserver(window.close);",
    "function": "structuredClone({});",
}


def eslint(*arguments: str, text: str | None = None) -> list[str]:
    command = ["node", str(module("eslint/bin/eslint.js")), "--format", "json", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, input=text, check=False
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    return [
        f"{Path(one['filePath']).name}:{line['line']}: {line['message']}"
        for one in found
        for line in one["messages"]
    ]


def test_every_script_is_es2017_and_asks_for_nothing_newer_than_its_phones() -> None:
    assert eslint("--max-warnings", "0", str(SCRIPTS)) == []


@pytest.mark.parametrize("code", TOO_NEW.values(), ids=TOO_NEW.keys())
def test_the_check_refuses_what_is_newer(code: str) -> None:
    name = str(SCRIPTS / "new.js")
    assert eslint("--stdin", "--stdin-filename", name, text=f'"use strict";\n{code}\n')


def test_all_scripts_together_are_small() -> None:
    sizes = [len(gzip.compress(one.read_bytes(), 9)) for one in SCRIPTS.glob("*.js")]
    assert len(sizes) > 5
    assert sum(sizes) <= ALL_SCRIPTS_BYTES
