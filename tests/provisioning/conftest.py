"""A machine as a folder: the units of the project in the place where its package puts them."""

import shutil
from pathlib import Path

import pytest

from provisioning.settings import MachineSettings, parse_settings

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "systemd"
# One of each kind of machine that the settings can ask for.
PROFILES = {
    "pi3b+": '[machine]\nmodel = "pi3b+"\n',
    "pi4 with a password": '[machine]\nmodel = "pi4"\n[access_point]\npassword = "thu vien 2026"\n',
    "pi5 at 5 GHz": (
        '[machine]\nmodel = "pi5"\n[access_point]\nchannel = 36\nradio_firmware = "minimal"\n'
        "[display]\nenabled = true\nrotate = 90\n"
    ),
    "pc with a password": (
        '[machine]\nmodel = "pc"\n[access_point]\npassword = "abc#\\\\ def$(x)"\n'
        'ssid = "A\\"; B=1"\n'
        '[uplink]\nwifi_ssid = "UBND xã"\nwifi_password = "mot hai ba"\nmobile_apn = "v-internet"\n'
    ),
    "external": '[machine]\nmodel = "pi4"\n[access_point]\nkind = "external"\n',
    "none": '[access_point]\nkind = "none"\n',
}


@pytest.fixture(params=list(PROFILES))
def settings(request: pytest.FixtureRequest) -> MachineSettings:
    """Return the settings of one kind of machine after the other."""
    return parse_settings(PROFILES[request.param])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a machine with our package installed and nothing set up."""
    root = tmp_path / "tree"
    units = root / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    for one in UNITS.glob("diemdoc*"):
        shutil.copy(one, units)
    (root / "etc").mkdir()
    return root
