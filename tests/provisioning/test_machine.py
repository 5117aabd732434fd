"""Each kind of machine is rendered whole, and read by the programs that its files are for."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from provisioning.command import run_command
from provisioning.errors import RefusedFileError
from provisioning.machine import machine_files, wanted_units, write_files
from provisioning.render import RenderedFile
from provisioning.settings import MachineSettings, parse_settings
from provisioning.verify import verify_files
from tests.provisioning.conftest import PROFILES, UNITS


def text_of(settings: MachineSettings, name: str) -> str:
    (found,) = [one for one in machine_files(settings) if one.path.endswith(name)]
    assert found.text is not None
    return found.text


def needs_programs() -> None:
    if not all(shutil.which(one) for one in ("hostapd", "dnsmasq", "nft")):
        pytest.skip("hostapd, dnsmasq and nft are needed")


@pytest.mark.system
def test_every_profile_is_accepted_by_its_programs(settings: MachineSettings) -> None:
    needs_programs()
    assert verify_files(machine_files(settings), run_command) == []


@pytest.mark.system
@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("hostapd.conf", "channel=6", "chanel=6"),
        ("hostapd.conf", "wpa_passphrase=", "wpa_passphrase=x\nwpa_psk="),
        ("dnsmasq.conf", "dhcp-range=", "dhcp-rang="),
        ("dnsmasq.conf", "198.51.100.1\n", "198.51.100.256\n"),
        ("nftables.conf", "reject with tcp reset", "reject with a smile"),
        ("nftables.conf", "udp dport 67", "udp dport 67890"),
    ],
)
def test_a_file_that_was_mutated_is_refused(name: str, before: str, after: str) -> None:
    needs_programs()
    files = machine_files(parse_settings(PROFILES["pi4 with a password"]))
    changed = [
        replace(one, text=one.text.replace(before, after))
        if one.text and one.path.endswith(name)
        else one
        for one in files
    ]
    assert changed != files
    with pytest.raises(RefusedFileError, match=name):
        verify_files(changed, run_command)


def test_the_radio_is_told_what_the_settings_say() -> None:
    text = text_of(parse_settings(PROFILES["pi5 at 5 GHz"]), "hostapd.conf")
    lines = set(text.splitlines())
    assert {"hw_mode=a", "channel=36", "max_num_sta=24", "ap_isolate=1", "country_code=VN"} <= lines
    assert f"ssid2={'Điểm Đọc'.encode().hex()}" in lines
    assert "wpa=0" in lines


def test_wpa3_is_for_radios_that_can() -> None:
    assert "wpa_key_mgmt=WPA-PSK SAE" in text_of(
        parse_settings(PROFILES["pc with a password"]), "hostapd.conf"
    )
    assert "SAE" not in text_of(parse_settings(PROFILES["pi4 with a password"]), "hostapd.conf")


def test_a_password_is_nobody_elses() -> None:
    for one in machine_files(parse_settings(PROFILES["pc with a password"])):
        if one.text and ("mot hai ba" in one.text or "abc#" in one.text):
            assert one.mode & 0o007 == 0, one.path


def test_a_box_in_a_network_of_others_has_no_files_for_phones() -> None:
    settings = parse_settings(PROFILES["none"])
    absent = {one.path.rpartition("/")[2] for one in machine_files(settings) if one.text is None}
    assert {"hostapd.conf", "dnsmasq.conf", "nftables.conf", "fair-share"} <= absent
    assert "ListenStream=0.0.0.0:80" in text_of(settings, "web.socket.d/50-address.conf")
    assert not wanted_units(settings)["diemdoc-dnsmasq.service"]


def test_archives_are_shared_by_the_uplink_when_set_so() -> None:
    shared = text_of(parse_settings("[kiosk]\nshare = true\n"), "content.socket.d/50-address.conf")
    assert "ListenStream=198.51.100.2:80\nListenStream=0.0.0.0:8081\n" in shared
    assert "8081" not in text_of(MachineSettings(), "content.socket.d/50-address.conf")


def test_an_external_access_point_needs_no_radio() -> None:
    settings = parse_settings(PROFILES["external"])
    units = wanted_units(settings)
    assert not units["diemdoc-access-point.service"]
    assert units["diemdoc-dnsmasq.service"]
    assert "interface=eth0" in text_of(settings, "dnsmasq.conf")
    assert "interface-name:eth0" in text_of(settings, "NetworkManager/conf.d/50-diemdoc.conf")


def test_every_unit_that_is_wanted_or_restarted_exists(settings: MachineSettings) -> None:
    ours = set(wanted_units(settings))
    ours |= {unit for one in machine_files(settings) for unit in one.units}
    for unit in ours:
        if unit.startswith("diemdoc"):
            assert (UNITS / unit).is_file(), unit


def test_no_template_is_left_with_a_gap(settings: MachineSettings) -> None:
    for one in machine_files(settings):
        if one.text is not None:
            assert one.text.endswith("\n"), one.path
            assert not re.search(r"\{\{|\}\}|\{%|\bNone\b|\n\n\n", one.text), one.path


def test_writing_twice_changes_nothing(tmp_path: Path, settings: MachineSettings) -> None:
    files = machine_files(settings)
    written = write_files(tmp_path, files)
    assert set(written) == {one.path for one in files if one.text is not None}
    assert write_files(tmp_path, files) == []


def test_a_file_that_is_no_longer_asked_for_goes(tmp_path: Path) -> None:
    write_files(tmp_path, machine_files(parse_settings("")))
    assert (tmp_path / "etc/diemdoc/machine/hostapd.conf").stat().st_mode & 0o777 == 0o640
    changed = write_files(tmp_path, machine_files(parse_settings(PROFILES["external"])))
    assert "etc/diemdoc/machine/hostapd.conf" in changed
    assert not (tmp_path / "etc/diemdoc/machine/hostapd.conf").exists()


def test_permissions_and_links_count_as_differences(tmp_path: Path) -> None:
    file = RenderedFile("etc/x", "x\n", 0o600)
    write_files(tmp_path, [file])
    (tmp_path / "etc/x").chmod(0o644)
    assert write_files(tmp_path, [file]) == ["etc/x"]
    (tmp_path / "etc/x").unlink()
    (tmp_path / "elsewhere").write_text("x\n")
    (tmp_path / "etc/x").symlink_to(tmp_path / "elsewhere")
    assert write_files(tmp_path, [file]) == ["etc/x"]
    assert not (tmp_path / "etc/x").is_symlink()
    assert (tmp_path / "elsewhere").read_text() == "x\n"
