"""The package holds every unit, needs what its parts start, and is refused where it cannot be."""

import re
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from kiosk.cli import main
from provisioning.command import Done
from provisioning.errors import CommandError, PackageError
from provisioning.package.build import Recipe, build_package
from provisioning.package.layout import DEPENDS, LAUNCHER, PYTHONS, control, places
from tests.fakes.command import RecordingCommand
from tests.provisioning.conftest import ROOT, UNITS

# Program that a unit starts -> the Debian package that brings it; "" is suggested or our own.
BRINGS = {
    "cage": "", "chromium": "", "diemdoc": "", "dnsmasq": "dnsmasq-base", "hostapd": "hostapd",
    "ip": "iproute2", "nft": "nftables", "rfkill": "rfkill", "systemd-tmpfiles": "systemd",
    "tc": "iproute2",
}  # fmt: skip


def recipe(architecture: str = "arm64", source: Path = ROOT) -> Recipe:
    return Recipe(source, "1.2", architecture, "3.11")


def test_every_unit_has_its_place() -> None:
    found = places(ROOT)
    names = {one.name for one in found.values()}
    assert {one.name for one in UNITS.iterdir()} <= names
    assert all(one.is_file() for one in found.values())


def test_a_first_start_switches_on_what_begins_and_nothing_else() -> None:
    """Without a word from us systemd switches on all that is installed (systemd.preset(5))."""
    said = [
        line.split()
        for line in (UNITS / "diemdoc.preset").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]

    def is_switched_on(unit: str) -> bool:
        return (
            next((verb for verb, pattern in said if fnmatch(unit, pattern)), "enable") == "enable"
        )

    installed = {
        one.name for one in UNITS.iterdir() if "[Install]" in one.read_text(encoding="utf-8")
    }
    assert len(installed) > 8
    begins = {"diemdoc-first-boot.service", "diemdoc-settings.service"}
    assert {one for one in installed if is_switched_on(one)} == begins
    # Debian's own rules begin with "flush ruleset"; its hostapd would take the radio.
    assert not is_switched_on("nftables.service")
    assert not is_switched_on("hostapd.service")
    firewall = (UNITS / "diemdoc-firewall.service").read_text(encoding="utf-8")
    assert re.search(r"^After=.*nftables\.service", firewall, re.MULTILINE)


def test_every_program_of_a_unit_is_needed_by_the_package() -> None:
    needed = " ".join(DEPENDS)
    for unit in UNITS.glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        for program in re.findall(r"^Exec\w+=[-+!@:]*\S*/([a-z-]+)", text, re.MULTILINE):
            assert BRINGS[program] in needed, f"{unit.name}: {program}"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_control_file_asks_for_the_python_of_its_wheels(python: str) -> None:
    text = control("1.2", "arm64", python, 5)
    above = f"3.{int(python.split('.')[1]) + 1}"
    assert f"Depends: python3 (>= {python}), python3 (<< {above}), dnsmasq-base" in text
    assert text.endswith("\n")
    assert all(one.startswith(" ") or ": " in one for one in text.splitlines())


@pytest.mark.parametrize(
    ("architecture", "platform", "other"),
    [("arm64", "manylinux2014_aarch64", "x86_64"), ("amd64", "manylinux2014_x86_64", "aarch64")],
)
def test_wheels_are_for_that_processor_and_every_one_by_its_hash(
    tmp_path: Path, architecture: str, platform: str, other: str
) -> None:
    command = RecordingCommand(lambda words: Done(1, "enough") if "install" in words else None)
    with pytest.raises(CommandError, match="enough"):
        build_package(recipe(architecture), tmp_path / "out", tmp_path, command, lambda _: None)
    own, others = command.calls
    assert own[:4] == (sys.executable, "-m", "pip", "--disable-pip-version-check")
    assert platform in others
    assert not any(one.endswith(other) for one in others)
    assert {"--require-hashes", "--only-binary=:all:", "--no-deps"} <= set(others)
    assert others[-1].endswith("requirements/box.txt")
    assert not (tmp_path / "out").exists()


def test_elsewhere_than_in_a_checkout_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="no checkout of the project"):
        build_package(
            recipe(source=tmp_path), tmp_path, tmp_path, RecordingCommand(), lambda _: None
        )


def test_what_runs_imports_nothing_of_a_users_environment() -> None:
    assert LAUNCHER.startswith("#!/usr/bin/python3 -I\n")
    compile(LAUNCHER, "diemdoc", "exec")


def test_a_dry_run_builds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        main(["package", "build", "--arch", "amd64", "--dry-run"])
    assert caught.value.code == 0
    assert "dist/diemdoc_" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
