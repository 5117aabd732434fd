"""What the documentation says of commands, errors and files is what the code does."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import kiosk.config  # noqa: F401 -- its error belongs to the family
import province.errors  # noqa: F401 -- likewise
import provisioning.errors  # noqa: F401 -- likewise
from content.errors import ContentError
from provisioning.privileged.verbs import VERBS
from provisioning.settings import OTHERS, TABLES
from tools.commands_reference import OUT, reference

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("content", "kiosk", "province", "provisioning")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def family(kind: type[ContentError]) -> Iterator[type[ContentError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from family(one)


def test_the_reference_of_commands_is_up_to_date() -> None:
    message = "run: .venv/bin/python -m tools.commands_reference"
    assert OUT.read_text(encoding="utf-8") == reference(), message


def test_every_error_is_listed_with_its_exit_status() -> None:
    text = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
    ours = [one for one in family(ContentError) if one.__module__.startswith(FLOORS)]
    assert len(ours) > 10
    for one in ours:
        assert f"| `{one.code}` | {one.exit_status} |" in text, one


def test_every_setting_of_the_machine_has_its_heading() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    tables = dict(re.findall(r"^## `\[(\w+)\]`\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    for name, kind in TABLES.items():
        headings = re.findall(r"^### `(\w+)`$", tables[name], re.MULTILINE)
        assert headings == [one.name for one in fields(kind)], name
    # The machine refuses tables that it does not know: every documented one is ours or another's.
    assert set(tables) <= {*TABLES, *OTHERS}


def test_every_verb_of_the_door_is_told() -> None:
    text = (ROOT / "docs/reference/privileged-door.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    assert {one for row in rows for one in re.findall(r"`([a-z-]+)`", row)} == set(VERBS)


def test_codes_and_statuses_are_not_shared() -> None:
    # A kind of error that nobody outside tells apart keeps the code of the one it is a kind of.
    ours = [one for one in family(ContentError) if "code" in vars(one)]
    assert len({one.code for one in ours}) == len(ours)
    assert len({one.exit_status for one in ours}) == len(ours)


def test_every_link_leads_somewhere() -> None:
    links = 0
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://")):
                links += 1
                assert (page.parent / target).exists(), f"{page.name}: {target}"
    assert links > 20


def test_every_runtime_package_has_a_decision() -> None:
    decided = " ".join(path.stem for path in (ROOT / "docs/adr").glob("*.md"))
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = re.search(r"^dependencies = \[(.*?)^\]", pyproject, re.DOTALL | re.MULTILINE)
    builder = re.search(r"^builder = \[(.*?)^\]", pyproject, re.DOTALL | re.MULTILINE)
    assert wanted
    assert builder
    for name in re.findall(r'"([a-z0-9-]+)>=', wanted[1] + builder[1]):
        assert name.removesuffix("-binary").removeprefix("py") in decided, name


def test_no_committed_text_is_wider_than_a_page() -> None:
    for page in PAGES:
        if page.name != "commands.md":
            for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
                is_whole = line.startswith(("|", "!", "    "))
                assert is_whole or len(line) <= 120, f"{page.name}:{number}"
