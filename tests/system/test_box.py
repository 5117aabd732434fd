"""The package makes a Debian a reading point that boots, restarts, upgrades, and goes."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.serve import PARTS
from tests.content.sync.reports_server import Acceptor, invite
from tests.system.spawned_box import SETTINGS, Box, build_package, make_box, with_version

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]
WITHIN_S = 15.0
REQUESTS = 500
# Asks for a page again and again on connections of its own; tells how many answers were none.
HAMMER = """
import sys, urllib.request
failed = []
for number in range(int(sys.argv[1])):
    try:
        with urllib.request.urlopen("http://198.51.100.1/healthz", timeout=20) as reply:
            assert reply.status == 200
    except Exception as error:
        failed.append(repr(error))
print(len(failed), failed[:3])
"""
ASK = """
import sys; sys.path.insert(0, "/usr/lib/diemdoc")
from provisioning.privileged.client import PrivilegedDoor
from provisioning.errors import PrivilegedError
try: print(PrivilegedDoor().ask(sys.argv[1]))
except PrivilegedError as error: print("refused:", error)
"""


def paths_of(root: Path) -> set[str]:
    done = subprocess.run(
        ["find", root, "-xdev", "-printf", "%P\\n"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split("\n"))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_package(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def box(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """Install the package, set the machine up, and boot it once for all tests but the last."""
    folder = tmp_path_factory.mktemp("box")
    made = make_box(folder)
    (folder / "before").write_text("\n".join(paths_of(made.folder)), encoding="utf-8")
    shutil.copy(package, made.folder / "diemdoc.deb")
    told = made.unbooted("dpkg", "-i", "/diemdoc.deb")
    assert (made.folder / "etc/diemdoc/diemdoc.toml").exists(), told
    (made.folder / "etc/diemdoc/diemdoc.toml").write_text(SETTINGS, encoding="utf-8")
    told = made.unbooted("diemdoc", "provision", "apply", "--no-start")
    assert "units: diemdoc-web.socket" in told, told
    yield made
    shutil.rmtree(made.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def on(box: Box) -> Iterator[tuple[Box, float]]:
    with box.running() as took_s:
        yield box, took_s


def test_it_serves_within_seconds_and_nothing_failed(on: tuple[Box, float]) -> None:
    box, took_s = on
    assert took_s < WITHIN_S
    box.inside("systemctl", "is-system-running", "--wait", check=False)
    assert box.inside("systemctl", "--failed", "--no-legend", "--plain") == ""
    journal = box.inside("journalctl", "-b", "--no-pager")
    assert "ordering cycle" not in journal
    assert "Traceback" not in journal
    for part in PARTS:
        wait_until_active(box, "web" if part == "app" else part)
    assert box.status("http://198.51.100.2/healthz") == "200"
    assert "table inet diemdoc" in box.inside("nft", "list", "tables")
    deadline = time.monotonic() + 20
    while told := box.inside("diemdoc", "provision", "check", check=False).strip():
        assert time.monotonic() < deadline, told


def wait_until_active(box: Box, part: str, but_not: str = "") -> None:
    """Wait until a part is ready, in another process than `but_not`."""
    name, deadline = f"diemdoc-{part}.service", time.monotonic() + 30
    while (
        box.inside("systemctl", "is-active", name, check=False).strip() != "active"
        or box.inside("systemctl", "show", "-P", "MainPID", name).strip() == but_not
    ):
        assert time.monotonic() < deadline, box.inside("systemctl", "status", name, check=False)
        time.sleep(0.2)


def hammer(box: Box, told: list[str]) -> threading.Thread:
    thread = threading.Thread(
        target=lambda: told.append(
            box.inside("python3", "-", str(REQUESTS), stdin=HAMMER, check=False)
        )
    )
    thread.start()
    return thread


def test_no_request_fails_while_the_service_is_restarted(on: tuple[Box, float]) -> None:
    box, told = on[0], list[str]()
    before = box.inside("systemctl", "show", "-P", "MainPID", "diemdoc-web.service")
    thread = hammer(box, told)
    for _ in range(2):
        box.inside("systemctl", "restart", "diemdoc-web.service")
    assert thread.is_alive()
    thread.join()
    assert told == ["0 []\n"]
    assert box.inside("systemctl", "show", "-P", "MainPID", "diemdoc-web.service") != before


def test_a_part_that_is_killed_is_there_again(on: tuple[Box, float]) -> None:
    box = on[0]
    for unit in ("web", "content", "search"):
        name = f"diemdoc-{unit}.service"
        before = box.inside("systemctl", "show", "-P", "MainPID", name).strip()
        assert int(before) > 1, name
        box.inside("python3", "-c", f"import os; os.kill({before}, 9)")
        wait_until_active(box, unit, but_not=before)
    assert box.status("http://198.51.100.1/healthz") == "200"


def test_counts_are_written_to_a_stick_that_is_read_only_before_and_after(
    on: tuple[Box, float], tmp_path: Path
) -> None:
    """A file system in memory stands for the stick: the unit of the real one wants its device."""
    box, stick, writable = on[0], "/run/diemdoc-sticks/sda1", "diemdoc-writable@sda1.service"
    units = box.folder / "etc/systemd/system"
    (units / "diemdoc-usb@.service").write_text(
        "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n", encoding="ascii"
    )
    box.inside("systemctl", "daemon-reload")
    user = box.inside("id", "-u", "diemdoc").strip()
    box.inside("mkdir", "-p", stick)
    owned = f"rw,nosuid,nodev,noexec,uid={user},mode=755"
    box.inside("mount", "-t", "tmpfs", "-o", owned, "tmpfs", stick)
    invitation = json.loads(
        (invite(tmp_path, Acceptor().desk("")) / "diemdoc-outbox/invitation.json").read_text()
    )
    box.inside("runuser", "-u", "diemdoc", "--", "mkdir", f"{stick}/diemdoc-outbox")
    put = (
        "import sys; from pathlib import Path; "
        f"Path({stick!r}, 'diemdoc-outbox/invitation.json').write_text(sys.stdin.read())"
    )
    box.inside("python3", "-c", put, stdin=json.dumps(invitation))
    box.inside("mount", "-o", "remount,ro,nosuid,nodev,noexec", stick)
    box.inside(
        "runuser", "-u", "diemdoc", "--", "env", "STATE_DIRECTORY=/var/lib/diemdoc",
        "diemdoc", "point", "enrol", stick, "--name", "Mường Mẫu",
    )  # fmt: skip
    box.inside("systemctl", "start", "diemdoc-usb@sda1.service")
    box.inside("systemctl", "start", "diemdoc-export@sda1.service", check=False)
    box.inside("systemctl", "stop", writable)
    told = box.inside("journalctl", "-u", "diemdoc-export@sda1.service", "--no-pager")
    assert len(box.inside("find", stick, "-name", "*.sealed").split()) == 2, told
    options = box.inside("findmnt", "-n", "-o", "VFS-OPTIONS", stick).strip().split(",")
    assert {"ro", "nosuid", "nodev", "noexec"} <= set(options)
    assert box.inside("systemctl", "is-active", writable, check=False).strip() == "inactive"
    # Pulled out: nothing is written where the stick was.
    box.inside("umount", stick)
    box.inside("systemctl", "start", "diemdoc-export@sda1.service", check=False)
    assert box.inside("find", stick, "-name", "*.sealed") == ""
    box.inside("systemctl", "reset-failed")
    box.inside("systemctl", "stop", "diemdoc-usb@sda1.service")
    (units / "diemdoc-usb@.service").unlink()
    box.inside("systemctl", "daemon-reload")


def test_the_door_opens_for_the_web_app_alone(on: tuple[Box, float]) -> None:
    box = on[0]

    def ask(user: str, *groups: str) -> str:
        extra = [word for one in groups for word in ("-p", f"SupplementaryGroups={one}")]
        run = ("systemd-run", "-q", "--pipe", "--wait", "-p", f"User={user}", *extra)
        return box.inside(*run, "python3", "-", "update", stdin=ASK, check=False)

    assert ask("diemdoc", "diemdoc-door") == "{}\n"
    assert ask("diemdoc").startswith("refused:")  # as the archive server is
    assert ask("nobody", "diemdoc-door").strip() == "refused: this door is not for this user"


def test_one_worker_makes_itself_less_urgent_for_searches(on: tuple[Box, float]) -> None:
    box = on[0]
    wait_until_active(box, "web", but_not="0")
    pid = box.inside("systemctl", "show", "-P", "MainPID", "diemdoc-web.service").strip()
    code = f"""
import os, pathlib
workers = pathlib.Path("/proc/{pid}/task/{pid}/children").read_text().split()
print(sorted(os.getpriority(os.PRIO_PROCESS, int(one)) for one in workers))
"""
    deadline = time.monotonic() + 20
    while (told := box.inside("python3", "-c", code).strip()[1:-1].split(", ")).count("10") != 1:
        assert time.monotonic() < deadline, told
    assert set(told) == {"0", "10"}


def test_what_runs_can_neither_write_the_system_nor_become_root(on: tuple[Box, float]) -> None:
    box = on[0]
    for part in ("web", "content", "search", "packing"):
        wait_until_active(box, part, but_not="0")
        pid = box.inside("systemctl", "show", "-P", "MainPID", f"diemdoc-{part}.service").strip()
        status = box.inside("cat", f"/proc/{pid}/status")
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert facts["Uid"].split()[0] != "0"
        assert facts["CapBnd"].strip("0\n") == facts["CapEff"].strip("0\n") == ""
        assert facts["NoNewPrivs"] == "1"
        written = box.inside("nsenter", "-t", pid, "-m", "touch", "/usr/x", "/etc/x", check=False)
        assert written == ""
        assert not (box.folder / "usr/x").exists()
        assert not (box.folder / "etc/x").exists()


def test_an_upgrade_keeps_data_and_no_request_fails(
    on: tuple[Box, float], package: Path, tmp_path: Path
) -> None:
    box = on[0]
    kept = ("/var/lib/diemdoc/counts.db", "/srv/diemdoc/library/note")
    for path in kept:
        box.inside("sh", "-c", f"echo kept > {path}")
    shutil.copy(with_version(package, "9.0", tmp_path), box.folder / "newer.deb")
    told: list[str] = []
    thread = hammer(box, told)
    box.inside("dpkg", "-i", "/newer.deb")
    thread.join()
    assert told == ["0 []\n"]
    assert "9.0" in box.inside("dpkg-query", "-W", "diemdoc")
    for path in kept:
        assert box.inside("cat", path) == "kept\n"
    assert (box.folder / "etc/diemdoc/diemdoc.toml").read_text() == SETTINGS
    assert box.inside("systemctl", "--failed", "--no-legend", "--plain") == ""


def test_settings_of_the_boot_partition_are_tried_and_carried_out(on: tuple[Box, float]) -> None:
    """Hostapd and nft try their files within the unit's own limits; there is no radio here."""
    box = on[0]
    boot = box.folder / "boot/firmware"
    boot.mkdir(parents=True)
    (boot / "diemdoc.toml").write_text(
        '[access_point]\nssid = "Bản Lướt"\npassword = "thu vien 2026"\n', encoding="utf-8"
    )
    box.inside("systemctl", "start", "diemdoc-settings.service")
    told = box.inside("journalctl", "--no-pager", "-u", "diemdoc-settings.service")
    assert "The settings are new" in told
    assert "refuses" not in told
    assert "cannot run here" not in told
    hostapd = box.folder / "etc/diemdoc/machine/hostapd.conf"
    assert "wpa_passphrase=thu vien 2026" in hostapd.read_text()
    assert hostapd.stat().st_mode & 0o777 == 0o640
    box.inside("systemctl", "start", "--no-block", "diemdoc-access-point.service")
    deadline = time.monotonic() + 20
    while "nl80211" not in box.inside("cat", "/run/diemdoc-told/access-point", check=False):
        unit = "diemdoc-access-point.service"
        assert time.monotonic() < deadline, box.inside("systemctl", "status", unit, check=False)
        time.sleep(0.2)
    box.inside("systemctl", "stop", "diemdoc-access-point.service")
    (boot / "diemdoc.toml").write_text("[access_point]\nchannel = 99\n", encoding="utf-8")
    box.inside("systemctl", "restart", "diemdoc-settings.service")
    assert "channel is 99" in (boot / "DIEMDOC-LOI.txt").read_text(encoding="utf-8")
    assert "thu vien 2026" in hostapd.read_text()
    shutil.rmtree(boot)


def test_the_health_page_is_plain_json(on: tuple[Box, float]) -> None:
    assert json.loads(on[0].inside("curl", "-s", "http://198.51.100.1/healthz"))["status"] == "ok"


def test_a_purge_leaves_nothing(on: tuple[Box, float]) -> None:
    box = on[0]
    box.inside("dpkg", "--purge", "diemdoc")
    before = set((box.folder.parent / "before").read_text(encoding="utf-8").split("\n"))
    left = {one for one in paths_of(box.folder) - before if "diemdoc" in one}
    left -= {"diemdoc.deb", "var/lib/dpkg/diversions-old"}
    assert left == set()
    users = (box.folder / "etc/passwd").read_text() + (box.folder / "etc/group").read_text()
    assert "diemdoc" not in users
    links = [one for one in (box.folder / "etc/systemd").rglob("*") if one.is_symlink()]
    assert [one for one in links if "diemdoc" in str(one.readlink())] == []
    assert "diemdoc" not in box.inside("nft", "list", "tables")
