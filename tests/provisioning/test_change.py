"""A change of the machine is made whole, taken back whole, and may be made twice."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from provisioning.change import apply_steps, check_steps, remove_machine, steps_for
from provisioning.command import Done, run_command
from provisioning.errors import MachineSettingsError, ProvisioningError
from provisioning.machine import machine_files
from provisioning.settings import MachineSettings, parse_settings
from provisioning.steps import FirmwareStep
from tests.fakes.command import RecordingCommand
from tests.provisioning.conftest import PROFILES, ROOT


def content_of(root: Path) -> dict[str, bytes]:
    """Return every file below `root` and where every link leads."""
    return {
        str(one.relative_to(root)): str(one.readlink()).encode()
        if one.is_symlink()
        else one.read_bytes()
        for one in root.rglob("*")
        if one.is_symlink() or one.is_file()
    }


def needs_systemctl() -> None:
    if shutil.which("systemctl") is None:
        pytest.skip("systemctl is needed")


@pytest.mark.system
def test_applies_whole_and_a_second_time_changes_nothing(
    tree: Path, settings: MachineSettings
) -> None:
    needs_systemctl()
    steps = steps_for(settings, tree, run_command, starts=False)
    assert set(check_steps(steps)) == {"files", "time zone", "units"}
    changed = apply_steps(steps)
    assert set(changed) == {"files", "time zone", "units"}
    assert check_steps(steps) == {}
    before = content_of(tree)
    assert apply_steps(steps_for(settings, tree, run_command, starts=False)) == {}
    assert content_of(tree) == before
    wants = tree / "etc/systemd/system/sockets.target.wants/diemdoc-web.socket"
    assert wants.is_symlink()


@pytest.mark.system
def test_other_settings_take_away_what_the_ones_before_brought(tree: Path) -> None:
    needs_systemctl()
    fresh = content_of(tree)
    for name in ("pi5 at 5 GHz", "none"):
        settings = parse_settings(PROFILES[name])
        apply_steps(steps_for(settings, tree, run_command, starts=False))
    once = content_of(tree)
    for one in fresh:
        assert once[one] == fresh[one]
    units = [one.rpartition("/")[2] for one in once if ".wants/" in one]
    assert "diemdoc-web.socket" in units
    assert "diemdoc-access-point.service" not in units
    assert not [one for one in once if "chromium" in one or "hostapd" in one]


@pytest.mark.system
def test_the_machine_is_given_back(tree: Path) -> None:
    needs_systemctl()
    before = content_of(tree)
    settings = parse_settings(PROFILES["pi5 at 5 GHz"])
    apply_steps(steps_for(settings, tree, run_command, starts=False))
    for _ in range(2):
        remove_machine(MachineSettings(), tree, run_command)
        left = set(content_of(tree)) - set(before)
        assert left == {"etc/hostname", "etc/localtime"}
    assert not list((tree / "etc").rglob("diemdoc-*"))


def test_a_step_that_fails_takes_everything_back(tree: Path) -> None:
    def answer(words: tuple[str, ...]) -> Done | None:
        if "is-enabled" in words:
            return Done(1, "disabled")
        if words[2:] == ("enable", "diemdoc-sync.timer"):
            return Done(1, "no room on the disk")
        return None

    (tree / "etc/hostname").write_bytes(b"old\xffname\n")
    (tree / "etc/localtime").symlink_to("/usr/share/zoneinfo/Etc/UTC")
    before = content_of(tree)
    command = RecordingCommand(answer)
    with pytest.raises(ProvisioningError, match=r"units: .*no room on the disk; the state before"):
        apply_steps(steps_for(MachineSettings(), tree, command, starts=False))
    assert content_of(tree) == before
    switched = [one[2:] for one in command.calls if one[2] in {"enable", "disable"}]
    on = {name for verb, name in switched if verb == "enable"} - {"diemdoc-sync.timer"}
    assert on == {name for verb, name in switched if verb == "disable"} != set()


def test_services_that_do_not_start_get_their_old_files_back(tree: Path) -> None:
    """The files before are in place when services are started anew after the failure."""
    (tree / "etc/hostname").write_text("before\n")
    seen: list[str] = []

    def answer(words: tuple[str, ...]) -> Done | None:
        if words[1] == "try-restart":
            seen.append((tree / "etc/hostname").read_text())
        return Done(1, "broken") if words[1] == "start" else None

    command = RecordingCommand(answer)
    with pytest.raises(ProvisioningError, match=r"running services: .*broken"):
        apply_steps(steps_for(MachineSettings(), tree, command, starts=True))
    assert seen == ["diemdoc\n", "before\n"]


def test_a_socket_is_never_restarted_under_its_service(tree: Path) -> None:
    command = RecordingCommand()
    apply_steps(steps_for(MachineSettings(), tree, command, starts=True))
    words = [one[1:] for one in command.calls if one[0] == "systemctl"]
    (restart,) = [number for number, one in enumerate(words) if one[0] == "try-restart"]
    stopped = {name for one in words[:restart] if one[0] == "stop" for name in one[1:]}
    assert {"diemdoc-web.service", "diemdoc-content.service"} <= stopped
    assert words[-1][0] == "start"
    assert "diemdoc-web.socket" in words[-1]


@pytest.mark.system
@pytest.mark.timeout(120)
def test_killed_at_any_moment_it_is_finished_by_the_next_run(tree: Path) -> None:
    needs_systemctl()
    config = tree / "etc/diemdoc.toml"
    config.write_text(PROFILES["pc with a password"], encoding="utf-8")
    settings = parse_settings(PROFILES["pc with a password"])
    rendered = {one.path: one.data for one in machine_files(settings) if one.text is not None}
    script = (
        "import sys; from pathlib import Path; from provisioning.change import *;"
        "from provisioning.command import run_command; from provisioning.settings import *;"
        "steps = steps_for(load_settings(Path(sys.argv[2])), Path(sys.argv[1]), run_command,"
        "starts=False); print('go', flush=True); apply_steps(steps)"
    )
    killed = 0
    for number in range(12):
        shutil.rmtree(tree / "etc/diemdoc", ignore_errors=True)
        shutil.rmtree(tree / "etc/systemd", ignore_errors=True)
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tree), str(config)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(number * 0.012)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        process.stdout.close()
        for path, data in rendered.items():
            if (tree / path).exists():
                assert (tree / path).read_bytes() == data
    assert killed >= 6
    steps = steps_for(settings, tree, run_command, starts=False)
    apply_steps(steps)
    assert check_steps(steps) == {}


def test_a_read_only_system_needs_a_place_for_what_is_kept(tree: Path) -> None:
    settings = parse_settings("[machine]\nread_only_root = true\n")
    with pytest.raises(MachineSettingsError, match="ext4 with the label DIEMDOC-DATA"):
        steps_for(settings, tree, RecordingCommand(), starts=False)
    (tree / "dev/disk/by-label").mkdir(parents=True)
    (tree / "dev/disk/by-label/DIEMDOC-DATA").touch()
    apply_steps(steps_for(settings, tree, RecordingCommand(), starts=False))
    assert (tree / "etc/overlayroot.local.conf").exists()
    assert (tree / "etc/systemd/system/var-lib-diemdoc.mount").exists()


def test_the_radios_firmware_is_chosen_where_there_is_a_choice(tree: Path) -> None:
    command = RecordingCommand()
    step = FirmwareStep(tree, command, "minimal")
    assert step.check() == []
    link = tree / "etc/alternatives/cyfmac43455-sdio.bin"
    link.parent.mkdir(parents=True)
    link.symlink_to("/lib/firmware/cypress/cyfmac43455-sdio-standard.bin")
    assert len(step.check()) == 1
    step.apply()
    step.undo()
    assert [Path(one[-1]).name for one in command.calls] == [
        "cyfmac43455-sdio-minimal.bin",
        "cyfmac43455-sdio-standard.bin",
    ]
