"""Wherever the power goes, a version that is well stays, another goes back, and nothing is half."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from kiosk.health.software import _WENT_BACK
from provisioning.software.box import Box, BoxError
from provisioning.software.guard import REASONS, guard, put_up, take_down
from provisioning.software.keep import copy_databases, put_back_databases
from provisioning.software.state import FILE, FOLDER, Phase, State, load, save

OLD, NEW = "1.0.0", "1.1.0"


class PowerCut(BaseException):
    """The machine is without power."""


@dataclass
class World:
    """What a machine is made of, and outlives its power.

    Args:
        is_well: Whether the new version works.
        dpkg_fails: Whether it is refused when it is put in place.
        cut_at: At which act the power goes; None never.
    """

    root: Path
    is_well: bool = True
    dpkg_fails: bool = False
    cut_at: int | None = None
    installed: str = OLD
    runs: str = OLD
    boots: int = 1
    clock_s: float = 0.0
    acts: list[str] = field(default_factory=list)

    def act(self, what: str) -> None:
        self.acts.append(what)
        if self.cut_at is not None and len(self.acts) > self.cut_at:
            self.cut_at = None
            raise PowerCut


class TestedBox(Box):
    """A machine whose programs are told of, not run."""

    __test__ = False

    def __init__(self, world: World) -> None:
        super().__init__(world.root, world.root / "no-lower")
        object.__setattr__(self, "world", world)

    world: World

    @property
    def boot(self) -> str:
        return str(self.world.boots)

    def run(self, *words: str, timeout_s: float = 120.0) -> str:
        self.world.act(" ".join(words))
        if "is-active" in words and not self.world.runs:
            raise BoxError("not running")
        if "start" in words:
            self.world.runs = self.world.installed
        return ""

    def install(self, package: Path) -> None:
        assert package.is_file(), package
        version = package.read_text()
        self.world.act(f"dpkg {version} begins")
        self.world.installed = ""
        self.world.act(f"dpkg {version} half")
        if version == NEW and self.world.dpkg_fails:
            raise BoxError("dpkg ended with 1")
        self.world.installed = version

    def installed(self) -> str:
        return self.world.installed

    def problem(self) -> str:
        self.world.act("look")
        return "" if self.world.installed == OLD or self.world.is_well else "answers 500"

    def restarts(self) -> str:
        return "0"

    def is_rebuilding(self) -> bool:
        return False

    def sleep(self, seconds: float) -> None:
        self.world.clock_s += seconds

    def now(self) -> float:
        return self.world.clock_s


@pytest.fixture
def begin(tmp_path: Path) -> Callable[..., World]:
    def to_world(**facts: object) -> World:
        world = World(tmp_path / "root", **facts)  # type: ignore[arg-type]
        folder = world.root / FOLDER
        folder.mkdir(parents=True)
        (world.root / "var/lib/diemdoc").mkdir()
        (folder / "new.deb").write_text(NEW)
        (folder / "before.deb").write_text(OLD)
        put_up(TestedBox(world), folder)
        save(folder, State(Phase.PREPARED, NEW, OLD, boot="1", within_s=60, settle_s=9))
        return world

    return to_world


def until_decided(world: World) -> State:
    """Run the guard, and again at each start after a power cut, as the machine does."""
    folder = world.root / FOLDER
    while True:
        try:
            state = guard(TestedBox(world), folder)
        except PowerCut:
            world.boots += 1
            world.runs = ""
            world.clock_s = 0.0
            assert world.boots < 10
            assert (world.root / "etc/systemd/system/sysinit.target.wants").is_dir()
            continue
        assert state == load(folder)
        return state


def guards(world: World) -> list[Path]:
    return list((world.root / "etc").rglob("diemdoc-guard.service"))


def test_a_version_that_is_well_stays(begin: Callable[..., World]) -> None:
    world = begin()
    state = until_decided(world)
    assert (state.phase, state.reason, world.installed) == (Phase.INSTALLED, "", NEW)
    assert guards(world) == []
    # The one before is kept; running the guard once more changes nothing.
    assert (world.root / FOLDER / "before.deb").exists()
    acts = len(world.acts)
    assert until_decided(world) == state
    assert len(world.acts) == acts


@pytest.mark.parametrize(
    ("facts", "reason"),
    [({"is_well": False}, "not-well"), ({"dpkg_fails": True}, "refused")],
)
def test_another_goes_back(
    begin: Callable[..., World], facts: dict[str, bool], reason: str
) -> None:
    world = begin(**facts)
    state = until_decided(world)
    assert (state.phase, state.reason) == (Phase.RETURNED, reason)
    assert (world.installed, world.runs) == (OLD, OLD)
    assert guards(world) == []
    if reason == "not-well":
        assert state.detail == "answers 500"
        assert 60 <= world.clock_s < 66


@pytest.mark.parametrize("is_well", [True, False])
@pytest.mark.parametrize("dpkg_fails", [True, False])
def test_a_power_cut_at_any_act_ends_with_one_whole_version(
    begin: Callable[..., World], tmp_path: Path, is_well: bool, dpkg_fails: bool
) -> None:
    phases = set()
    cut_at = 0
    while True:
        for old in sorted(tmp_path.rglob("*"), reverse=True):
            old.rmdir() if old.is_dir() and not old.is_symlink() else old.unlink()
        world = begin(is_well=is_well, dpkg_fails=dpkg_fails, cut_at=cut_at)
        state = until_decided(world)
        is_good = is_well and not dpkg_fails
        assert world.installed == (NEW if state.phase == Phase.INSTALLED else OLD), cut_at
        assert state.phase == Phase.RETURNED or is_good
        assert not state.phase.is_open
        assert guards(world) == []
        phases.add((str(state.phase), state.reason))
        if world.boots == 1:
            break  # it was decided before the power would have gone
        cut_at += 1
    assert cut_at > 4
    if is_well and not dpkg_fails:
        assert phases == {("installed", ""), ("returned", "power-cut")}


def test_a_version_with_which_the_machine_starts_again_and_again_goes_back(
    begin: Callable[..., World],
) -> None:
    world = begin()
    folder = world.root / FOLDER
    save(folder, replace(load(folder), phase=Phase.TRYING))
    world.installed = NEW
    for _ in range(3):
        world.cut_at = len(world.acts)
        with pytest.raises(PowerCut):
            guard(TestedBox(world), folder)
        world.boots += 1
    state = until_decided(world)
    assert (state.phase, state.reason, world.installed) == (Phase.RETURNED, "many-starts", OLD)


def test_below_an_overlay_it_counts_from_the_next_start(
    begin: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What runs now is still the version before: that it is well says nothing."""
    world = begin()
    monkeypatch.setattr(TestedBox, "is_overlaid", property(lambda _: True))
    monkeypatch.setattr(TestedBox, "system", property(lambda one: one.root))
    folder = world.root / FOLDER
    state = guard(TestedBox(world), folder)
    assert state.phase == Phase.TRYING
    assert world.acts[-2:] == ["systemctl --no-block reboot", world.acts[-1]]
    assert "remount,ro" in world.acts[-1]
    assert guards(world)
    world.boots += 1
    assert guard(TestedBox(world), folder).phase == Phase.INSTALLED
    assert guards(world) == []


def test_a_rebuild_of_the_index_is_waited_for(
    begin: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = begin(is_well=False)
    left = 100

    def rebuilding(box: TestedBox) -> bool:
        nonlocal left
        left -= 1
        world.is_well = left <= 0
        return left > 0

    monkeypatch.setattr(TestedBox, "is_rebuilding", rebuilding)
    assert until_decided(world).phase == Phase.INSTALLED
    assert world.clock_s > 200  # far more than it may take to be well


def test_the_copy_runs_without_the_package_that_it_watches(
    begin: Callable[..., World], tmp_path: Path
) -> None:
    world = begin()
    run = world.root / FOLDER / "guard/run.py"
    text = run.read_text().replace("main()\n", "print(main.__module__)\n")
    run.write_text(text)
    done = subprocess.run(
        [sys.executable, "-I", "-S", run], capture_output=True, text=True, check=False,
        cwd=tmp_path,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("provisioning.software.guard\n", "")


def test_every_reason_has_its_words() -> None:
    assert set(_WENT_BACK) == set(REASONS)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"phase": "x"}', b'{"more": 1}'])
def test_a_damaged_memory_is_no_change(tmp_path: Path, data: bytes) -> None:
    (tmp_path / FILE).write_bytes(data)
    assert load(tmp_path) == State()


def test_taking_the_guard_down_twice_is_no_mistake(begin: Callable[..., World]) -> None:
    world = begin()
    for _ in range(2):
        take_down(TestedBox(world))
        assert guards(world) == []


# Databases.
def database(path: Path, form: int, *rows: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("CREATE TABLE IF NOT EXISTS t(x)")
        opened.executemany("INSERT INTO t VALUES (?)", [(one,) for one in rows])
        opened.execute(f"PRAGMA user_version = {form}")
        opened.commit()
    return path


def rows_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as opened:
        return [one for (one,) in opened.execute("SELECT x FROM t")]


def test_a_database_in_a_newer_form_is_put_back_and_another_keeps_its_counts(
    tmp_path: Path,
) -> None:
    state, kept = tmp_path / "state", tmp_path / "kept"
    changed, same = database(state / "usage.db", 2, "a"), database(state / "other.sqlite", 1, "a")
    copy_databases(state, kept)
    assert kept.stat().st_mode & 0o777 == 0o700
    database(changed, 3, "b")
    changed.chmod(0o640)
    database(same, 1, "b")
    assert put_back_databases(kept, state) == ["usage.db"]
    assert put_back_databases(kept, state) == []
    assert rows_of(changed) == ["a"]
    assert changed.stat().st_mode & 0o777 == 0o640
    assert rows_of(same) == ["a", "b"]


def test_links_and_files_that_are_no_database_are_left_alone(tmp_path: Path) -> None:
    state, kept = tmp_path / "state", tmp_path / "kept"
    secret = database(tmp_path / "root-only.db", 1, "secret")
    state.mkdir()
    (state / "link.db").symlink_to(secret)
    (state / "text.db").write_text("no database")
    copy_databases(state, kept)
    assert list(kept.iterdir()) == []
    # A link in the place of a database that was copied is not written through.
    database(state / "a.db", 1, "a")
    copy_databases(state, kept)
    (state / "a.db").unlink()
    (state / "a.db").symlink_to(secret)
    database(secret, 9)
    assert put_back_databases(kept, state) == []
    assert rows_of(secret) == ["secret"]
    assert (state / "a.db").readlink() == secret
