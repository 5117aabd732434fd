"""The door does what is on its list, for whom it may; no asker's word becomes a command."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from content.clock import BUILT, TrustedClock
from provisioning.command import Done
from provisioning.errors import CommandError, MachineSettingsError, PrivilegedError
from provisioning.privileged import server
from provisioning.privileged.client import PrivilegedDoor
from provisioning.privileged.verbs import VERBS, Machine
from tests.fakes.command import RecordingCommand
from tests.provisioning.conftest import ROOT

NOW = BUILT + timedelta(days=40)


class Box:
    """A door on a machine of folders, open in a thread."""

    def __init__(self, folder: Path, answer: Callable[[tuple[str, ...]], Done | None]) -> None:
        self.command = RecordingCommand(answer)
        self.times: list[float] = []
        self.settings = folder / "diemdoc.toml"
        self.is_synchronised = False
        self.machine = Machine(
            self.command,
            TrustedClock(
                folder / "clock.json",
                wall=lambda: NOW,
                is_synchronised=lambda: self.is_synchronised,
            ),
            self.settings,
            folder / "boot.toml",
            folder / "rtc0",
            self.times.append,
        )
        self.path = folder / "door"
        self.door = PrivilegedDoor(self.path)

    def knock(self, data: bytes) -> dict[str, Any]:
        """Send bytes as they are and return the reply."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(10)
            sock.connect(str(self.path))
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            reply = json.loads(sock.makefile("rb").readline())
        assert isinstance(reply, dict)
        return reply


@pytest.fixture
def users() -> frozenset[int]:
    return frozenset({os.getuid()})


@pytest.fixture
def answer() -> Callable[[tuple[str, ...]], Done | None]:
    return lambda _words: None


@pytest.fixture
def box(
    tmp_path: Path, users: frozenset[int], answer: Callable[[tuple[str, ...]], Done | None]
) -> Iterator[Box]:
    made = Box(tmp_path, answer)
    stopping = threading.Event()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(made.path))
        listener.listen(8)
        turn = threading.Thread(
            target=server.serve,
            args=(listener, made.machine, users),
            kwargs={"goes_on": lambda: not stopping.is_set(), "tick_s": 0.05},
        )
        turn.start()
        yield made
        stopping.set()
        turn.join()


@pytest.mark.parametrize(
    ("verb", "arguments", "command"),
    [
        ("reboot", {}, "systemctl --no-block reboot"),
        ("power-off", {}, "systemctl --no-block poweroff"),
        ("update", {}, "systemctl start --no-block diemdoc-sync.service"),
        (
            "restart-wifi",
            {},
            "systemctl restart --no-block diemdoc-access-point.service diemdoc-dnsmasq.service",
        ),
        ("mount-stick", {"device": "sda1"}, "systemctl start diemdoc-usb@sda1.service"),
        ("unmount-stick", {"device": "sdb"}, "systemctl stop diemdoc-usb@sdb.service"),
        (
            "import-stick",
            {"device": "mmcblk1p1"},
            "systemctl start --no-block diemdoc-import@mmcblk1p1.service",
        ),
    ],
)
def test_a_verb_starts_its_unit(
    box: Box, verb: str, arguments: dict[str, str], command: str
) -> None:
    assert box.door.is_there
    assert box.door.ask(verb, **arguments) == {}
    assert [" ".join(one) for one in box.command.calls] == [command]


def test_a_stick_is_read_only_again_whatever_becomes_of_the_counts(
    box: Box, tmp_path: Path
) -> None:
    calls = ["systemctl start diemdoc-export@sda1.service",
             "systemctl stop diemdoc-writable@sda1.service"]  # fmt: skip
    assert box.door.ask("write-stick", device="sda1") == {}
    assert [" ".join(one) for one in box.command.calls] == calls
    box.command.calls.clear()
    box.command._answer = lambda words: Done(1, "pulled out") if "start" in words else None
    with pytest.raises(PrivilegedError, match="pulled out"):
        box.door.ask("write-stick", device="sda1")
    assert [" ".join(one) for one in box.command.calls] == calls


def test_the_list_is_closed() -> None:
    assert set(VERBS) == {
        "apply-settings", "import-stick", "install-software", "keep-time", "mount-stick",
        "power-off", "reboot", "restart-services", "restart-wifi", "set-time", "unmount-stick",
        "update", "write-stick",
    }  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"reboot\n",
        b"[]\n",
        b'"reboot"\n',
        b"null\n",
        b"\xff\xfe\n",
        b"[" * 50_000 + b"\n",
        b'{"verb": "reboot"}\n',
        b'{"verb": "reboot", "arguments": {}, "as": "root"}\n',
        b'{"verb": "reboot", "arguments": {"now": true}}\n',
        b'{"verb": "reboot; id", "arguments": {}}\n',
        b'{"verb": ["reboot"], "arguments": {}}\n',
        b'{"verb": "_reboot", "arguments": {}}\n',
        b'{"verb": "set-time", "arguments": {"seconds": "1"}}\n',
        b'{"verb": "set-time", "arguments": {"seconds": true}}\n',
        b'{"verb": "set-time", "arguments": {"seconds": 1e99}}\n',
        b'{"verb": "mount-stick", "arguments": {"device": "sda1; reboot"}}\n',
        b'{"verb": "mount-stick", "arguments": {"device": "../../x"}}\n',
        b'{"verb": "mount-stick", "arguments": {"device": "sda1\\n"}}\n',
        b'{"verb": "mount-stick", "arguments": {"device": "--no-block"}}\n',
        b'{"verb": "import-stick", "arguments": {"device": "sda1.service sshd"}}\n',
        b'{"verb": "apply-settings", "arguments": {"text": 5}}\n',
        b"x" * 200_000,
    ],
)
def test_a_hostile_call_is_refused_and_nothing_runs(box: Box, data: bytes) -> None:
    try:
        reply = box.knock(data)
    except (BrokenPipeError, ConnectionResetError):
        reply = {"ok": False, "message": "closed"}  # more was sent than is read
    assert reply["ok"] is False
    assert reply["message"]
    assert box.command.calls == []
    assert box.times == []
    assert box.door.ask("update") == {}


@pytest.mark.parametrize("users", [frozenset({0 if os.getuid() else 65_533})])
def test_another_user_is_sent_away_before_a_word_is_read(box: Box) -> None:
    with pytest.raises(PrivilegedError, match="not for this user"):
        box.door.ask("reboot")
    assert box.command.calls == []


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to be somebody else")
@pytest.mark.system
def test_the_kernel_tells_who_asks(box: Box) -> None:
    """A process of another user, which may open the socket, is known for what it is."""
    for one in (box.path.parent, *box.path.parents):
        if one.stat().st_mode & 0o1 == 0:
            one.chmod(one.stat().st_mode | 0o11)
        if str(one) == "/tmp":
            break
    box.path.chmod(0o666)
    code = (
        "import os, socket, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534);"
        "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        "print(s.recv(999).decode())"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(box.path)],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    assert "not for this user" in done.stdout
    assert box.command.calls == []


def test_a_caller_that_says_nothing_does_not_keep_the_others_out(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ASKING_S", 0.5)
    with socket.socket(socket.AF_UNIX) as silent, socket.socket(socket.AF_UNIX) as slow:
        silent.connect(str(box.path))
        slow.connect(str(box.path))
        began = time.monotonic()

        def drip() -> None:
            for _ in range(30):
                try:
                    slow.sendall(b" ")
                except OSError:
                    return
                time.sleep(0.1)

        dripping = threading.Thread(target=drip)
        dripping.start()
        assert box.door.ask("update") == {}
        assert time.monotonic() - began < 2.0
        dripping.join()


@pytest.mark.parametrize("answer", [lambda _words: Done(1, "Unit is masked.")])
def test_a_failure_is_told_in_its_own_words(box: Box) -> None:
    with pytest.raises(PrivilegedError, match="Unit is masked"):
        box.door.ask("restart-services")


def test_the_clock_is_set_within_reason(box: Box) -> None:
    floor = int(BUILT.timestamp())
    for good in (floor, floor + 86_400, floor + 3_650 * 86_400):
        box.door.ask("set-time", seconds=good)
    for bad in (floor - 1, 0, -5, floor + 3_651 * 86_400):
        with pytest.raises(PrivilegedError, match="that time cannot be"):
            box.door.ask("set-time", seconds=bad)
    assert box.times == [floor, floor + 86_400, floor + 3_650 * 86_400]


def test_a_clock_that_the_internet_keeps_is_not_set(box: Box) -> None:
    box.is_synchronised = True
    with pytest.raises(PrivilegedError, match="kept right by the internet"):
        box.door.ask("set-time", seconds=int(datetime(2027, 5, 1, tzinfo=UTC).timestamp()))
    assert box.times == []


def test_the_clock_chip_gets_the_time_only_when_it_is_proved(box: Box) -> None:
    with pytest.raises(PrivilegedError, match="no clock chip"):
        box.door.ask("keep-time")
    box.machine.chip.mkdir()
    with pytest.raises(PrivilegedError, match="nobody has proved the time"):
        box.door.ask("keep-time")
    assert box.command.calls == []
    box.is_synchronised = True
    assert box.door.ask("keep-time") == {}
    assert box.command.calls == [("systemctl", "start", "diemdoc-clock-chip.service")]


def test_settings_are_checked_then_written_then_carried_out(box: Box) -> None:
    box.settings.write_text("# before\n")
    (box.settings.parent / "boot.toml").write_text("# before\n")
    with pytest.raises(PrivilegedError, match=r"line 2: \[access_point\] channel is 12"):
        box.door.ask("apply-settings", text="[access_point]\nchannel = 12\n")
    assert box.settings.read_text() == "# before\n"
    assert box.command.calls == []
    text = '[access_point]\nssid = "Mường Mẫu"\n'
    box.door.ask("apply-settings", text=text)
    assert box.settings.read_text(encoding="utf-8") == text
    assert (box.settings.parent / "boot.toml").read_text(encoding="utf-8") == text
    assert (box.settings.parent / "diemdoc.toml.before").read_text() == "# before\n"
    assert box.settings.stat().st_mode & 0o777 == 0o640
    assert box.command.calls == [("systemctl", "start", "--no-block", "diemdoc-apply.service")]


def test_without_a_door_one_sentence_says_so(tmp_path: Path) -> None:
    door = PrivilegedDoor(tmp_path / "door")
    assert not door.is_there
    with pytest.raises(PrivilegedError, match="the machine does not answer"):
        door.ask("reboot")


def test_errors_of_ours_are_one_family() -> None:
    for one in (PrivilegedError("x"), MachineSettingsError(["x"]), CommandError("x")):
        assert one.exit_status > 100


def test_by_hand_it_does_not_open() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "provision", "door"],
        capture_output=True, text=True, check=False, timeout=30,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == PrivilegedError.exit_status
    assert "diemdoc-privileged.socket" in done.stderr
