"""Nothing on a stick is written or run, whatever is on it and whatever the mount program does."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.sticks import refused_in, sticks_in
from provisioning.command import TIMEOUT_S, Done, run_command
from provisioning.errors import StorageError
from provisioning.settings import MachineSettings, parse_settings
from provisioning.sticks import lock, put_in, refuse, take_out, unlock
from provisioning.storage import (
    MOUNTS,
    Volume,
    find_volumes,
    mount_options,
    mount_safely,
    unmount,
)
from tests.fakes.command import RecordingCommand


def disk(name: str, kind: str | None, transport: str = "usb", **more: Any) -> dict[str, Any]:
    return {
        "name": name, "fstype": kind, "label": "SACH", "size": 8_000_000, "tran": transport,
        "mountpoints": [None],
    } | more  # fmt: skip


DISKS = [
    disk("mmcblk0", None, "mmc", children=[disk("mmcblk0p2", "ext4", "", mountpoints=["/"])]),
    disk("sda", None, children=[disk("sda1", "vfat", ""), disk("sda2", "ntfs", "")]),
    disk("sdb", "exfat"),
    disk("sdc", None, children=[disk("sdc1", "ext4", "")]),
    disk("sdd", "vfat", mountpoints=["/media/x"]),
]


def lsblk(words: tuple[str, ...]) -> Done | None:
    if words[0] == "lsblk":
        return Done(0, json.dumps({"blockdevices": DISKS}))
    return None


def test_a_partition_hangs_where_its_disk_does() -> None:
    found = {one.device: one for one in find_volumes(RecordingCommand(lsblk))}
    assert set(found) == {"mmcblk0p2", "sda1", "sda2", "sdb", "sdc1", "sdd"}
    assert found["sda1"] == Volume("sda1", "vfat", "SACH", 8_000_000, True, ())
    assert found["mmcblk0p2"].mounted_at == ("/",)
    assert not found["mmcblk0p2"].is_usb


def test_disks_that_cannot_be_listed_are_one_sentence() -> None:
    with pytest.raises(StorageError, match="cannot be listed"):
        find_volumes(RecordingCommand(lambda _: Done(0, "{}")))
    with pytest.raises(StorageError, match="cannot be listed"):
        find_volumes(RecordingCommand(lambda _: Done(1, "no")))


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("mmcblk0p2", "no stick"),
        ("sda2", "formatted as ntfs; only vfat, exfat"),
        ("sdc1", "formatted as ext4"),
        ("sdd", "in use already, at /media/x"),
        ("sdz1", "there is no such stick"),
    ],
)
def test_what_is_no_stick_for_us_is_not_mounted(device: str, words: str, tmp_path: Path) -> None:
    command = RecordingCommand(lsblk)
    with pytest.raises(StorageError, match=words):
        put_in(device, MachineSettings(), command, folder=tmp_path)
    assert [one[0] for one in command.calls] == ["lsblk"]


def test_ntfs_is_read_when_it_is_switched_on(tmp_path: Path) -> None:
    settings = parse_settings('[storage]\nstick_filesystems = ["vfat", "ntfs"]\n')
    command = RecordingCommand(lsblk)
    with pytest.raises(StorageError, match="does not keep to ro, nosuid, nodev, noexec"):
        put_in("sda2", settings, command, folder=tmp_path)  # nothing was mounted really
    (mount,) = [one for one in command.calls if one[0] == "mount"]
    assert "ntfs3" in mount
    assert "--internal-only" in mount
    assert ("umount", "--lazy", str(tmp_path / "sda2")) in command.calls
    assert not (tmp_path / "sda2").exists()


def test_a_stick_that_cannot_be_mounted_leaves_no_folder(tmp_path: Path) -> None:
    def broken(words: tuple[str, ...]) -> Done | None:
        return Done(32, "wrong fs type, bad superblock") if words[0] == "mount" else lsblk(words)

    with pytest.raises(StorageError, match="bad superblock"):
        put_in("sdb", MachineSettings(), RecordingCommand(broken), folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_word_of_a_stick_that_is_not_read_goes_with_the_stick(tmp_path: Path) -> None:
    refuse("sda2", "sda2: is formatted as ntfs", folder=tmp_path)
    assert refused_in(tmp_path) == ["sda2"]
    assert sticks_in(tmp_path) == []
    take_out("sda2", RecordingCommand(), folder=tmp_path)
    assert refused_in(tmp_path) == []


def test_word_that_cannot_be_left_is_no_error_and_stays_in_its_folder(tmp_path: Path) -> None:
    refuse("sda2", "sda2: is formatted as ntfs", folder=tmp_path / "absent")
    refuse("../sda2", "there is no such stick", folder=tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["sda2.refused"]


def test_options_are_those_of_the_newest_mount() -> None:
    text = (
        "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/a rw\n"
        "30 21 8:2 / /run/a\\040b rw - vfat /dev/b rw\n"
        "31 21 8:2 / /run/a\\040b ro,nosuid,nodev,noexec,noatime - vfat /dev/b ro\n"
    )
    assert mount_options(text, Path("/run/a b")) >= {"ro", "nosuid", "nodev", "noexec"}
    assert mount_options(text, Path("/nowhere")) == frozenset()


@pytest.fixture
def image(tmp_path: Path) -> Iterator[str]:
    """Yield a loop device that holds a file system with a program and a device on it.

    The kernel here has no vfat and no exfat: ext4 stands for them.
    """
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("needs root and mkfs.ext4")
    stick = tmp_path / "stick"
    (stick / "diemdoc/metadata").mkdir(parents=True)
    (stick / "program").write_text("#!/bin/sh\nexit 0\n")
    (stick / "program").chmod(0o4755)
    file = tmp_path / "image"
    subprocess.run(["mkfs.ext4", "-q", "-d", stick, file, "8M"], check=True)
    done = subprocess.run(
        ["losetup", "--find", "--show", file], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"loop devices are not possible here: {done.stderr}")
    yield done.stdout.strip()
    subprocess.run(["losetup", "--detach", done.stdout.strip()], check=True)


@pytest.mark.system
def test_what_is_mounted_can_be_read_and_nothing_else(image: str, tmp_path: Path) -> None:
    at = tmp_path / "at"
    mount_safely(run_command, image, "ext4", at)
    try:
        assert (at / "program").read_text().startswith("#!")
        with pytest.raises(OSError, match="Read-only"):
            (at / "new").write_text("x")
        with pytest.raises(PermissionError):
            subprocess.run([at / "program"], check=True)
    finally:
        unmount(run_command, at)
    assert not at.exists()


@pytest.mark.system
@pytest.mark.parametrize("dropped", ["noexec", "ro", "nosuid", "nodev"])
def test_a_mount_program_that_drops_an_option_is_noticed(
    image: str, tmp_path: Path, dropped: str
) -> None:
    """As the FUSE driver of exFAT did with noexec."""

    def careless(*words: str, timeout_s: float = TIMEOUT_S, stdin: str = "") -> Done:
        kept = [one.replace(f"{dropped},", "rw," if dropped == "ro" else "") for one in words]
        return run_command(*kept, timeout_s=timeout_s, stdin=stdin)

    at = tmp_path / "at"
    with pytest.raises(StorageError, match=f"does not keep to {dropped}; it was taken out again"):
        mount_safely(careless, image, "ext4", at)
    assert not at.exists()
    assert str(at) not in MOUNTS.read_text()


def test_signed_content_is_offered_or_taken_at_once(tmp_path: Path) -> None:
    """A mount that keeps to everything, as the kernel would tell it."""
    (tmp_path / "sda1/diemdoc/metadata").mkdir(parents=True)
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"9 1 8:1 / {tmp_path}/sda1 ro,nosuid,nodev,noexec - vfat /dev/sda1 ro\n")
    for text, started in (("", False), ('[storage]\nstick_content = "at-once"\n', True)):
        command = RecordingCommand(lsblk)
        put = put_in("sda1", parse_settings(text), command, folder=tmp_path, mounts=mounts)
        assert put.is_signed
        starts = [one for one in command.calls if one[0] == "systemctl"]
        assert bool(starts) is started
    take_out("nothing", RecordingCommand(), folder=tmp_path)


@pytest.mark.system
def test_a_stick_is_written_only_between_unlock_and_lock(image: str, tmp_path: Path) -> None:
    at = tmp_path / "sda1"
    mount_safely(run_command, image, "ext4", at)
    try:
        unlock("sda1", run_command, folder=tmp_path)
        (at / "counts").write_text("5")
        (at / "program2").write_text("#!/bin/sh\nexit 0\n")
        (at / "program2").chmod(0o755)
        with pytest.raises(PermissionError):
            subprocess.run([at / "program2"], check=True)
        lock("sda1", run_command, folder=tmp_path)
        with pytest.raises(OSError, match="Read-only"):
            (at / "counts").write_text("6")
        assert (at / "counts").read_text() == "5"
        lock("sda1", run_command, folder=tmp_path)
    finally:
        unmount(run_command, at)


@pytest.mark.system
def test_what_is_still_written_is_cut_off_rather_than_left_open(image: str, tmp_path: Path) -> None:
    at = tmp_path / "sda1"
    mount_safely(run_command, image, "ext4", at)
    unlock("sda1", run_command, folder=tmp_path)
    with (at / "counts").open("w"), pytest.raises(StorageError, match="busy"):
        lock("sda1", run_command, folder=tmp_path)
    assert str(at) not in MOUNTS.read_text()


def test_a_stick_that_is_not_in_is_not_unlocked_and_needs_no_lock(tmp_path: Path) -> None:
    command = RecordingCommand()
    with pytest.raises(StorageError, match="not in; put it in again"):
        unlock("sda1", command, folder=tmp_path)
    lock("sda1", command, folder=tmp_path)
    assert command.calls == []


def test_a_stick_that_becomes_more_than_writable_is_taken_out(tmp_path: Path) -> None:
    (tmp_path / "sda1").mkdir()
    mounts = tmp_path / "mountinfo"
    # As if the remount had let programs run.
    mounts.write_text(f"9 1 8:1 / {tmp_path}/sda1 rw,nosuid,nodev - vfat /dev/sda1 rw\n")
    command = RecordingCommand()
    with pytest.raises(StorageError, match="does not keep to noexec"):
        unlock("sda1", command, folder=tmp_path, mounts=mounts)
    remounted, taken_out = command.calls
    assert "remount,rw,nosuid,nodev,noexec,noatime" in remounted
    assert taken_out[0] == "umount"


def test_a_stick_belongs_to_the_points_own_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioning.sticks.OWNER", "nobody")
    command = RecordingCommand(lsblk)
    with pytest.raises(StorageError, match="does not keep"):
        put_in("sda1", MachineSettings(), command, folder=tmp_path)
    (mount,) = [one for one in command.calls if one[0] == "mount"]
    assert "uid=65534,gid=65534" in mount[mount.index("--options") + 1]
