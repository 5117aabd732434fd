"""Before the guard takes over nothing is changed, wherever it is cut off."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning.command import Done
from provisioning.errors import SoftwareError
from provisioning.software.box import Box, BoxError
from provisioning.software.guard import UNIT
from provisioning.software.install import install, look
from provisioning.software.keep import repack
from provisioning.software.state import Phase, State, load, save
from tests.content.sync.province_desk import Province
from tests.fakes.command import RecordingCommand
from tests.fakes.packages import make_package
from tests.provisioning.software.test_accept import Point

FILES = {"usr/bin/diemdoc": 0o755, "usr/lib/diemdoc/kiosk/app.py": 0o644}


class Installed(Box):
    """A machine on which our package lies, with real dpkg-deb and stand-ins for what asks dpkg."""

    fails_at: str = ""

    @property
    def boot(self) -> str:
        return "this-start"

    def run(self, *words: str, timeout_s: float = 120.0) -> str:
        if self.fails_at and self.fails_at in words:
            raise BoxError(f"{words[0]} ended with 2: no room")
        if "--listfiles" in words:
            left_out = "/usr/share/doc/diemdoc/CHANGELOG.md"
            return "\n".join(["/.", "/usr", "/usr/bin", *(f"/{one}" for one in FILES), left_out])
        if "--status" in words:
            return (
                "Package: diemdoc\nStatus: install ok installed\nVersion: 1.0.0\n"
                "Architecture: amd64\nMaintainer: x\nDescription: a point\n It serves.\n"
            )
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def point(tmp_path: Path) -> Point:
    province = Province(tmp_path / "desk", collections="# none\n")
    (province.desk.root / "software").mkdir()
    make_package(province.desk.root / "software", "1.1.0")
    province.publish()
    found = Point(tmp_path / "point", province)
    found.bring()
    for name, mode in FILES.items():
        path = found.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        path.chmod(mode)
    info = found.root / "var/lib/dpkg/info"
    info.mkdir(parents=True)
    (info / "diemdoc.postinst").write_text("#!/bin/sh\n")
    (info / "diemdoc.postinst").chmod(0o755)
    return found


@pytest.fixture
def box(point: Point, tmp_path: Path) -> Installed:
    return Installed(point.root, tmp_path / "no-lower")


def commands(calls: Callable[[tuple[str, ...]], Done | None] = lambda _: None) -> RecordingCommand:
    def answer(words: tuple[str, ...]) -> Done | None:
        if "--field" in words:
            return Done(0, "Package: diemdoc\nVersion: 1.1.0\nArchitecture: amd64\n")
        told = {"dpkg-query": "installed 1.0.0", "dpkg": "amd64\n", "python3": "3.11\n"}
        return Done(0, told[words[0]]) if words[0] in told else calls(words)

    return RecordingCommand(answer)


def begin(point: Point, box: Box, command: RecordingCommand) -> str:
    return install(box, point.library, point.state, command, lambda _: None)


def test_everything_is_prepared_and_the_guard_is_started(point: Point, box: Installed) -> None:
    command = commands()
    assert begin(point, box, command) == "1.1.0"
    state = load(point.folder)
    assert (state.phase, state.version, state.before) == (Phase.PREPARED, "1.1.0", "1.0.0")
    assert command.calls[-2:] == [
        ("systemctl", "daemon-reload"), ("systemctl", "start", "--no-block", UNIT),
    ]  # fmt: skip
    assert {"new.deb", "before.deb", "guard", "trust"} <= {
        one.name for one in point.folder.iterdir()
    }
    unit = (point.root / "etc/systemd/system" / UNIT).read_text()
    assert f"ExecStart=/usr/bin/python3 -I {point.folder}/guard/run.py\n" in unit
    # What is begun is not begun again.
    with pytest.raises(SoftwareError, match=r"version 1\.1\.0 is being tried; wait for its end"):
        begin(point, box, command)


@pytest.mark.parametrize("fails_at", ["--listfiles", "--status", "--build"])
def test_a_step_that_fails_changes_nothing_and_the_next_run_goes_on(
    point: Point, box: Installed, fails_at: str
) -> None:
    object.__setattr__(box, "fails_at", fails_at)
    with pytest.raises(SoftwareError, match="ended with 2: no room"):
        begin(point, box, commands())
    assert load(point.folder) == State()
    assert not (point.root / "etc/systemd").exists()
    object.__setattr__(box, "fails_at", "")
    assert begin(point, box, commands()) == "1.1.0"


def test_looking_remembers_nothing(point: Point, box: Installed) -> None:
    for _ in range(2):
        machine, wanted = look(box, point.state, commands(), again=False)
        assert (machine.version, wanted.version) == ("1.0.0", "1.1.0")
    assert [one.name for one in point.folder.iterdir()] == ["web.json"]  # the fixture's own


def test_a_version_that_went_back_is_taken_only_when_asked_again(
    point: Point, box: Installed
) -> None:
    save(point.folder, State(Phase.RETURNED, "1.1.0", "1.0.0", "not-well"))
    with pytest.raises(SoftwareError, match="was tried and went back"):
        begin(point, box, commands())
    done = install(box, point.library, point.state, commands(), lambda _: None, again=True)
    assert done == "1.1.0"


def test_the_version_before_is_packed_as_it_lies_there(
    point: Point, box: Installed, tmp_path: Path
) -> None:
    target = tmp_path / "before.deb"
    repack(point.root, tmp_path / "scratch", target, box.run)
    listed = subprocess.run(["dpkg-deb", "-c", target], capture_output=True, text=True, check=True)
    rows = {line.split()[-1]: line.split()[:2] for line in listed.stdout.splitlines()}
    assert rows["./usr/bin/diemdoc"] == ["-rwxr-xr-x", "root/root"]
    assert rows["./usr/lib/diemdoc/kiosk/app.py"] == ["-rw-r--r--", "root/root"]
    assert not any("CHANGELOG" in one for one in rows)
    out = subprocess.run(["dpkg-deb", "-e", target, tmp_path / "control"], check=False)
    assert out.returncode == 0
    text = (tmp_path / "control/control").read_text()
    assert "Version: 1.0.0\n" in text
    assert "Status:" not in text
    assert (tmp_path / "control/postinst").stat().st_mode & 0o111
    assert not (tmp_path / "scratch").exists()
