"""The units that are shipped are whole, plain, and allow their programs no more than they need."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from provisioning.errors import StorageError
from tests.provisioning.conftest import ROOT, UNITS

SERVICES = sorted(one.name for one in UNITS.glob("*.service"))
KINDS = {".path", ".service", ".socket", ".timer", ".target"}
THRESHOLD = 25
# Units that must do more, each with the reason and a limit of its own.
EXCEPTIONS = {
    "diemdoc-apply.service": 30,  # writes the files of the machine and tries them
    "diemdoc-display.service": 65,  # a browser, whose own sandbox needs name spaces
    "diemdoc-first-boot.service": 40,  # grows partition and file system
    "diemdoc-settings.service": 30,  # the same, at each start
    "diemdoc-writable@.service": 45,  # the same, for the mount it changes
    "diemdoc-usb@.service": 45,  # its mount must be seen by all, so no mount space of its own
}
# What serves readers runs for ever; what holds nobody's page is a matter of its timer.
WATCHED = ("web", "content", "search", "usage", "tasks", "packing", "privileged")


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """Return the units with the programs of this machine, and /bin/true for what it lacks."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is needed")
    for one in UNITS.iterdir():
        text = one.read_text(encoding="utf-8")
        for program in set(re.findall(r"(?<=[=+-])/usr/s?bin/[a-z-]+|(?<=-- )/usr/bin/\w+", text)):
            if program == "/usr/bin/diemdoc":
                text = text.replace(program, str(ROOT / ".venv/bin/diemdoc"))
            elif not Path(program).exists():
                text = text.replace(program, "/bin/true")
        (tmp_path / one.name).write_text(text, encoding="utf-8")
    return tmp_path


def analyze(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_stick_that_is_gone_or_refused_leaves_no_failed_service_behind() -> None:
    """Health takes a failed unit for a part of the point that does not run."""
    for name, settings in {
        "diemdoc-usb@.service": {f"SuccessExitStatus={StorageError.exit_status}"},
        "diemdoc-import@.service": {"KillSignal=SIGINT"},
        "diemdoc-export@.service": set(),
        "diemdoc-writable@.service": set(),
    }.items():
        lines = (UNITS / name).read_text(encoding="utf-8").splitlines()
        assert settings | {"CollectMode=inactive-or-failed"} <= set(lines)


@pytest.mark.system
def test_systemd_understands_every_line(units: Path) -> None:
    names = [one.name for one in units.iterdir() if one.suffix in KINDS]
    assert len(names) > 20
    done = analyze(units, "verify", "--man=no", *names)  # a bare machine has no manuals
    assert (done.returncode, done.stderr.strip()) == (0, "")


@pytest.mark.system
def test_a_line_that_systemd_does_not_know_is_noticed(units: Path) -> None:
    path = units / "diemdoc-web.service"
    path.write_text(path.read_text().replace("MemoryMax=", "MemoryMaximum="))
    done = analyze(units, "verify", path.name)
    assert "MemoryMaximum" in done.stderr


@pytest.mark.system
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_little(units: Path, name: str) -> None:
    limit = EXCEPTIONS.get(name, THRESHOLD)
    done = analyze(units, "security", "--offline=yes", f"--threshold={limit}", name)
    assert done.returncode == 0, done.stdout.splitlines()[-1]


def read(name: str) -> ConfigParser:
    parser = ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[method-assign, assignment] # names keep their letters
    parser.read_string((UNITS / name).read_text(encoding="utf-8"))
    return parser


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_limits_and_starts_no_shell(name: str) -> None:
    text = (UNITS / name).read_text(encoding="utf-8")
    assert not re.search(r"^Exec\w+=.*(/bin/(ba)?sh\b|[|;`]|\$\()", text, re.MULTILINE)
    if "Type=oneshot" not in text:
        assert re.search(r"^MemoryMax=\d+M$", text, re.MULTILINE)


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_says_is_written_where_only_root_makes_names(name: str) -> None:
    """It is opened as root: in a folder of the web app's user a link could lead it."""
    told = re.findall(
        r"^Standard\w+=(?:truncate|append|file):(\S+)", (UNITS / name).read_text(), re.MULTILINE
    )
    tmpfiles = (UNITS / "diemdoc.tmpfiles").read_text(encoding="utf-8")
    for path in told:
        assert f"d {path.rpartition('/')[0]} 0750 root diemdoc -" in tmpfiles


@pytest.mark.parametrize("name", SERVICES)
def test_the_state_belongs_to_the_points_own_user(name: str) -> None:
    """Systemd gives a StateDirectory= and all in it to the service's user: root must have none."""
    service = read(name)["Service"]
    if service.get("StateDirectory") == "diemdoc":
        assert service.get("User") == "diemdoc"


@pytest.mark.parametrize("part", WATCHED)
def test_what_serves_is_started_again_and_watched(part: str) -> None:
    service = read(f"diemdoc-{part}.service")["Service"]
    assert service["Type"] == "notify"
    # At idle priority it may wait long for its turn.
    assert service["WatchdogSec"] == ("15min" if part == "packing" else "60s")
    if part != "privileged":
        assert service["Restart"] == "always"
        assert service["User"] == "diemdoc"


def test_readers_come_before_search_and_updates() -> None:
    parts = ("web", "content", "search", "sync", "packing")
    weights = [int(read(f"diemdoc-{one}.service")["Service"]["CPUWeight"]) for one in parts]
    assert weights == sorted(weights, reverse=True)
    assert weights[1] > weights[2] > weights[3] > weights[4]


def test_only_the_web_app_may_knock_at_the_door() -> None:
    let_in = [one for one in SERVICES if "diemdoc-door" in (UNITS / one).read_text()]
    assert let_in == ["diemdoc-web.service"]
    socket = read("diemdoc-privileged.socket")["Socket"]
    assert (socket["SocketGroup"], socket["SocketMode"]) == ("diemdoc-door", "0660")


def test_units_are_no_package() -> None:
    assert not (UNITS / "__init__.py").exists()
