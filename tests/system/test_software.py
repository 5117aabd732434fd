"""A new version of the software is tried by root alone, and goes back by itself when it is bad.

Publish, sync, install and return are the real ones, in a Debian booted from our package.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.content.sync.province_desk import Province
from tests.system.spawned_box import SETTINGS, Box, build_package, make_box
from tests.system.test_box import ASK

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]
FOLDER = "var/lib/diemdoc-software"
# The least that the command takes.
WITHIN_S = 12
Change = Callable[[Path], None]


def nothing(_tree: Path) -> None:
    """Change nothing but the version."""


def does_not_start(tree: Path) -> None:
    path = tree / "usr/lib/diemdoc/kiosk/serve.py"
    path.write_text("raise SystemExit('broken')\n", encoding="utf-8")


def answers_no_health(tree: Path) -> None:
    path = tree / "usr/lib/diemdoc/kiosk/views/health.py"
    text = path.read_text(encoding="utf-8")
    assert "    held = library()\n" in text
    path.write_text(text.replace("    held = library()\n", "    raise OSError('x')\n"), "utf-8")


class Software:
    """A province that publishes versions, and a box that takes them."""

    def __init__(self, box: Box, package: Path, scratch: Path) -> None:
        self.box = box
        self.province = Province(scratch / "desk", collections="# none\n")
        self._tree = scratch / "tree"
        subprocess.run(["dpkg-deb", "-R", package, self._tree], check=True)
        self._scratch = scratch

    def publish(self, version: str, change: Change = nothing) -> None:
        """Publish a version; the box brings it, and root has not looked yet."""
        tree = self._scratch / f"tree-{version}"
        shutil.copytree(self._tree, tree)
        control = tree / "DEBIAN/control"
        lines = control.read_text(encoding="utf-8").splitlines()
        changed = [f"Version: {version}" if one.startswith("Version:") else one for one in lines]
        control.write_text("\n".join(changed) + "\n", encoding="utf-8")
        change(tree)
        into = self.province.desk.root / "software"
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        deb = into / f"diemdoc_{version}.deb"
        subprocess.run(["dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "-b", tree, deb],
                       check=True, capture_output=True)  # fmt: skip
        shutil.rmtree(tree)
        self.province.publish()
        shutil.rmtree(self.box.folder / "province", ignore_errors=True)
        self.province.copy(self.box.folder / "province")

    def sync(self, *more: str) -> str:
        """Have the point's own user bring what is published."""
        return self.box.inside(
            "setpriv", "--reuid", "diemdoc", "--regid", "diemdoc", "--clear-groups", "diemdoc",
            "sync", "--library", "/srv/diemdoc/library", "--state", "/var/lib/diemdoc",
            "--from", "/province", *more,
        )  # fmt: skip

    def ask(self) -> None:
        """Ask the door, as the web app does."""
        assert "{}" in self.box.inside("python3", "-", "install-software", stdin=ASK)

    def show(self) -> dict[str, Any]:
        found = json.loads(self.box.inside("diemdoc", "software", "show", "--json"))
        assert isinstance(found, dict)
        return found

    def state(self) -> dict[str, Any]:
        """Return what is remembered, as it lies on the disk."""
        path = self.box.folder / FOLDER / "state.json"
        return dict(json.loads(path.read_text())) if path.exists() else {"phase": "none"}

    def wait(self, *phases: str, version: str, within_s: float = 120) -> dict[str, Any]:
        deadline = time.monotonic() + within_s
        while (state := self.state()).get("phase") not in phases or state["version"] != version:
            units = ("-u", "diemdoc-software@now", "-u", "diemdoc-guard")
            assert time.monotonic() < deadline, self.box.inside(
                "journalctl", "--no-pager", "-n", "60", *units, check=False
            )
            time.sleep(0.05)
        return state

    def installed(self) -> str:
        return self.box.inside("dpkg-query", "-W", "-f", "${Status} ${Version}", "diemdoc")

    def serves(self) -> None:
        deadline = time.monotonic() + 60
        while self.box.status("http://198.51.100.1/healthz") != "200":
            assert time.monotonic() < deadline
            time.sleep(0.2)

    def refused(self, *more: str) -> str:
        """Return in which words root refuses to install."""
        return self.box.inside(
            "sh", "-c", f"diemdoc software install {' '.join(more)} 2>&1; true", check=False
        )


@pytest.fixture(scope="module")
def software(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Software]:
    """Install the package, set the machine up, and have it trust a province."""
    scratch = tmp_path_factory.mktemp("software")
    package = build_package(scratch / "package")
    box = make_box(scratch)
    shutil.copy(package, box.folder / "diemdoc.deb")
    # No real power goes here, so nothing has to be on the disk at every step.
    (box.folder / "etc/dpkg/dpkg.cfg.d/quick").write_text("force-unsafe-io\n", encoding="ascii")
    box.unbooted("dpkg", "-i", "/diemdoc.deb")
    (box.folder / "etc/diemdoc/diemdoc.toml").write_text(SETTINGS, encoding="utf-8")
    box.unbooted("diemdoc", "provision", "apply", "--no-start")
    drop_in = box.folder / "etc/systemd/system/diemdoc-software@.service.d/within.conf"
    drop_in.parent.mkdir()
    environment = f"[Service]\nEnvironment=DIEMDOC_SOFTWARE_INSTALL_WITHIN_S={WITHIN_S}\n"
    drop_in.write_text(environment, encoding="ascii")
    found = Software(box, package, scratch)
    yield found
    shutil.rmtree(scratch, ignore_errors=True)


def test_root_takes_what_is_signed_and_what_is_not_well_goes_back(software: Software) -> None:
    box = software.box
    with box.running():
        software.publish("9.0.0")
        told = software.sync("--root", "/province/metadata/1.root.json")
        assert "software  9.0.0: a new version" in told
        # The web app's user trusts the province; that is not enough for root.
        assert "takes new versions of its software from nobody yet" in software.refused()
        (box.folder / "etc/diemdoc/root.json").write_bytes(software.province.root)
        assert "Version 9.0.0 would take the place of 0.1.0" in software.refused("--dry-run")

        (waits,) = (box.folder / "srv/diemdoc/library/software").glob("*.deb")
        good = waits.read_bytes()
        waits.write_bytes(good[:-100] + b"x" * 100)
        assert "is not what the province signed; it was not installed" in software.refused()
        assert software.state()["phase"] == "none"
        waits.write_bytes(good)

        software.ask()
        state = software.wait("installed", "returned", version="9.0.0")
        assert (state["phase"], state["reason"], state["detail"]) == ("installed", "", "")
        assert software.installed() == "install ok installed 9.0.0"
        assert software.show()["installed"]["version"] == "9.0.0"
        assert not list((box.folder / "etc/systemd/system").glob("*guard*"))
        assert box.status("http://198.51.100.1/healthz") == "200"
        # The same list again: nothing is newer, so nothing older can come either.
        assert "version 9.0.0 is installed; the newest that is published is 9.0.0" in (
            software.refused()
        )

        software.publish("9.1.0", answers_no_health)
        software.sync()
        software.ask()
        state = software.wait("returned", "installed", version="9.1.0")
        assert (state["phase"], state["reason"]) == ("returned", "not-well")
        assert "500" in state["detail"]
        assert software.installed() == "install ok installed 9.0.0"
        software.serves()
        assert "version 9.1.0 was tried and went back" in software.refused()


def test_a_power_cut_goes_back_and_so_does_a_version_that_does_not_start(
    software: Software,
) -> None:
    with software.box.running():
        software.publish("9.2.0", does_not_start)
        software.sync()
        software.ask()
        software.wait("switching", version="9.2.0")
        time.sleep(0.3)  # dpkg is at work
    assert software.state()["phase"] == "switching"
    with software.box.running():
        state = software.wait("returned", version="9.2.0")
        assert state["reason"] == "power-cut"
        assert software.installed() == "install ok installed 9.0.0"
        # Nothing is known of it yet: it may be tried again, and the power may go then too.
        software.ask()
        software.wait("trying", version="9.2.0")
    with software.box.started():
        state = software.wait("returned", "installed", version="9.2.0")
        assert (state["phase"], state["reason"], state["starts"]) == ("returned", "not-well", 1)
        assert software.installed() == "install ok installed 9.0.0"
        software.serves()
        assert software.box.inside("systemctl", "--failed", "--no-legend", "--plain") == ""
