"""What lies on the disk is read again in the background, and a lost bit is told."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from content.store.generation import CATALOGUE_FILE, current
from content.store.layout import StoreLayout
from kiosk.cli import cli
from kiosk.health import archives, database
from kiosk.health.check import Finding, Machine
from kiosk.health.prove import EVERY, StoppedError, prove_next
from kiosk.health.proven import FILE, load_proven

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def library(library_root: Path, tmp_path: Path) -> Path:
    """Return a library of one's own to break."""
    shutil.copytree(library_root, tmp_path / "library")
    return tmp_path / "library"


def prove_all(library: Path, state: Path, now: datetime = NOW) -> list[str]:
    names = []
    while name := prove_next(library, state, now):
        names.append(name)
    return names


def findings(library: Path, state: Path) -> list[Finding]:
    machine = Machine(library, state)
    return [*archives.check(machine), *database.check(machine)]


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def test_everything_is_read_once_and_again_after_a_month(library: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    files = [one.file for one in current(StoreLayout(library)).archives]
    assert prove_all(library, state) == [CATALOGUE_FILE, *files]
    assert [one.code for one in findings(library, state)] == ["archives-good", "database-good"]
    assert prove_all(library, state, NOW + EVERY) == []
    assert prove_all(library, state, NOW + EVERY + timedelta(days=1)) == [CATALOGUE_FILE, *files]


def test_a_proof_made_under_a_clock_of_the_future_does_not_count(
    library: Path, tmp_path: Path
) -> None:
    prove_all(library, tmp_path / "state", NOW + timedelta(days=900))
    assert len(prove_all(library, tmp_path / "state", NOW)) == 3


def test_a_lost_bit_of_an_archive_is_told_with_its_title(library: Path, tmp_path: Path) -> None:
    held = current(StoreLayout(library)).archives[0]
    flip_a_bit(StoreLayout(library).archives / held.file)
    prove_all(library, tmp_path / "state")
    bad = findings(library, tmp_path / "state")[0]
    assert bad.code == "archive-damaged"
    assert bad.values["title"] == held.title


def test_an_archive_that_is_gone_is_told_at_once(library: Path, tmp_path: Path) -> None:
    held = current(StoreLayout(library)).archives[0]
    (StoreLayout(library).archives / held.file).unlink()
    assert findings(library, tmp_path / "state")[0].code == "archives-missing"
    prove_all(library, tmp_path / "state")
    codes = [one.code for one in findings(library, tmp_path / "state")]
    assert codes[:2] == ["archives-missing", "archive-damaged"]


def test_a_broken_catalogue_is_told_and_offers_the_one_before(
    library: Path, tmp_path: Path
) -> None:
    layout = StoreLayout(library)
    path = layout.generation(current(layout).number) / CATALOGUE_FILE
    data = bytearray(path.read_bytes())
    data[4096:12_288] = b"\xff" * 8192
    path.write_bytes(data)
    with pytest.raises(sqlite3.DatabaseError), closing(sqlite3.connect(path)) as opened:
        opened.execute("SELECT * FROM sqlite_master, work").fetchall()
    prove_all(library, tmp_path / "state")
    found = findings(library, tmp_path / "state")[-1]
    assert (found.code, found.remedy) == ("database-damaged", "roll-back")


def test_a_step_that_is_stopped_keeps_nothing_and_is_begun_anew(
    library: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    assert prove_next(library, state, NOW) == CATALOGUE_FILE
    before = (state / FILE).read_bytes()
    with pytest.raises(StoppedError):
        prove_next(library, state, NOW, lambda: False)
    assert (state / FILE).read_bytes() == before
    assert len(prove_all(library, state)) == 2


def test_proofs_of_archives_that_left_are_forgotten(library: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    prove_all(library, state)
    raw = json.loads((state / FILE).read_bytes())
    raw["archives"]["gone.zim"] = {"when": NOW.isoformat(), "reason": "x"}
    (state / FILE).write_text(json.dumps(raw))
    prove_all(library, state, NOW + EVERY + timedelta(days=1))
    assert "gone.zim" not in load_proven(state).archives


@pytest.mark.parametrize("text", ["", "[]", '{"archives": []}', '{"archives": {"x": 1}}', "\0"])
def test_damaged_proofs_count_as_none(library: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / FILE).write_text(text)
    assert len(prove_all(library, tmp_path / "state")) == 3


def test_the_command_reads_all_tells_in_vietnamese(library: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    options = ["--library", str(library), "--state", str(tmp_path / "state")]
    root = ["--root", str(tmp_path)]
    done = run(cli, ["health", *options, *root, "--prove"])
    assert "Đã đọc lại kho sách, còn tốt: 2/2" in done.output
    held = current(StoreLayout(library)).archives[0]
    flip_a_bit(StoreLayout(library).archives / held.file)
    done = run(cli, ["health", *options, *root, "--prove", "--keep", "--json", "--locale", "en"])
    assert done.exit_code == 0
    facts = json.loads(done.stdout)
    assert facts["worst"] == "critical"
    bad = next(one for one in facts["findings"] if one["code"] == "archive-damaged")
    assert held.title in bad["message"]
    assert bad["fix"]
    told = json.loads((tmp_path / "state" / "health.json").read_bytes())
    assert "archive-damaged" in [one["code"] for one in told["findings"]]
