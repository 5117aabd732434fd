"""A stick that is put in can only be read, and may be pulled out at any moment.

A guest with the kernel's own vfat and exfat, our udev rule and our units; the plug is QEMU's.
"""

import json
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.content.sync.province_desk import Province, media_archive
from tests.system.qemu.extent import IS_FULL
from tests.system.qemu.kernel import Kernel
from tests.system.qemu.machine import Drive, Machine
from tests.system.qemu.sticks import START, make_stick, rename_raw

pytestmark = [pytest.mark.system, pytest.mark.qemu, pytest.mark.timeout(900)]
LIBRARY, STATE = "/srv/diemdoc/library", "/var/lib/diemdoc"
AT_ONCE = "[storage]\nstick_content = 'at-once'\n"
AS_POINT = "runuser -u diemdoc --"
WHERE = f"--library {LIBRARY} --state {STATE}"
MEGABYTES = 12


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of two releases of a province, `old` and `new`, and its root file."""
    folder = tmp_path_factory.mktemp("content")
    province = Province(folder / "desk")
    media_archive(province.folder() / "cu.zim", {"1.jpg": _noise(0)})
    province.publish()
    province.copy(folder / "old")
    media_archive(
        province.folder() / "moi.zim", {f"{one}.jpg": _noise(one) for one in range(MEGABYTES)}
    )
    province.publish()
    province.copy(folder / "new/diemdoc")
    (folder / "new/chay.sh").write_text("#!/bin/sh\necho ran\n", encoding="ascii")
    (folder / "root.json").write_bytes(province.root)
    subprocess.run(
        ["tar", "-C", folder, "-cf", folder / "files.tar", "old", "new", "root.json"], check=True
    )
    return folder


def _noise(seed: int) -> bytes:
    return random.Random(seed).randbytes(1 << 20)


@pytest.fixture(scope="module")
def guest(
    kernel: Kernel, image: Path, content: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machine]:
    """Start a point that holds the old release and takes what a stick holds at once."""
    drives = [Drive(image, throws_away=True), Drive(content / "files.tar", throws_away=True)]
    folder = tmp_path_factory.mktemp("guest")
    with Machine(folder, kernel, drives, line="systemd.unit=basic.target") as machine:
        machine.run(
            f"""set -e
            mkdir -p /run/files
            tar -C /run/files -xf /dev/vdb
            printf "{AT_ONCE}" >> /etc/diemdoc/diemdoc.toml
            {AS_POINT} diemdoc sync --root /run/files/root.json {WHERE}
            {AS_POINT} diemdoc usb import /run/files/old {WHERE}
            mkdir /run/before
            cp -a {LIBRARY} {STATE} /run/before"""
        )
        yield machine


@pytest.fixture(scope="module")
def sticks(guest: Machine, content: Path) -> dict[str, Path]:
    """Return a stick of each kind with the new release; the guest writes the one of exFAT."""
    made = {"exfat": make_stick(content / "exfat.img", "exfat", megabytes=48)}
    device = put_in(guest, "exfat", made["exfat"])
    guest.run(
        f"""set -e
        systemctl stop diemdoc-usb@{device}.service
        mount -t exfat /dev/{device} /mnt
        cp -r /run/files/new/. /mnt
        umount /mnt"""
    )
    guest.pull("exfat")
    new = sorted((content / "new").iterdir())
    return made | {"vfat": make_stick(content / "vfat.img", "vfat", *new, megabytes=48)}


def put_in(guest: Machine, name: str, stick: Path) -> str:
    """Put a stick in, wait until its unit has done its work, and return its device."""
    guest.plug(name, stick)
    link = f"/dev/disk/by-id/usb-*_{name.upper()}-*-part1"
    device = guest.wait_for(f"basename $(readlink -e {link})", state="lsblk -f").strip()
    unit = f"diemdoc-usb@{device}.service"
    guest.wait_for(f"systemctl is-active {unit}", state=f"systemctl status {unit}")
    return device


def told(guest: Machine, device: str) -> str:
    """Return what the units of a stick said."""
    units = f"-u diemdoc-usb@{device} -u diemdoc-import@{device}"
    return guest.run(f"journalctl --no-pager -o cat {units}")


def held(guest: Machine) -> set[str]:
    """Return the names of the archives of the library in use."""
    facts = json.loads(guest.run(f"{AS_POINT} diemdoc library list --json --library {LIBRARY}"))
    return {one["name"] for one in facts}


def check_mount(guest: Machine, folder: str, kind: str) -> None:
    """Nothing of a stick can be written or run; whoever serves readers can read it."""
    mount = guest.run(f"findmnt --noheadings -o FSTYPE,OPTIONS {folder}").split()
    assert mount[0] == kind
    assert {"ro", "nosuid", "nodev", "noexec"} <= set(mount[1].split(","))
    for refused, words in (
        (f"{folder}/chay.sh", "Permission denied"),
        (f"touch {folder}/x", "Read-only file system"),
        (f"rm {folder}/chay.sh", "Read-only file system"),
    ):
        assert words in guest.run(refused, check=False)
    assert "echo ran" in guest.run(f"{AS_POINT} cat {folder}/chay.sh")


@pytest.mark.parametrize("kind", ["exfat", "vfat"] if IS_FULL else ["exfat"])
def test_pulled_out_during_an_import_the_library_is_whole_and_the_next_time_goes_on(
    guest: Machine, sticks: dict[str, Path], kind: str
) -> None:
    guest.run(
        f"rm -rf {LIBRARY} {STATE} && cp -a /run/before/library /srv/diemdoc/ "
        "&& cp -a /run/before/diemdoc /var/lib/ && journalctl -q --rotate --vacuum-time=1s"
    )
    device = put_in(guest, kind, sticks[kind])
    folder = f"/run/diemdoc-sticks/{device}"
    check_mount(guest, folder, kind)
    guest.wait_for(
        f'[ -n "$(find {LIBRARY}/incoming -name "*.part" -size +1024k)" ]',
        state=f"systemctl status diemdoc-import@{device}; find {LIBRARY}",
    )
    guest.pull(kind)
    guest.wait_for(f"[ ! -e {folder} ] && ! grep {folder} /proc/mounts")
    words = told(guest, device)
    assert "the library is whole. Put the stick in again" in words or "pulled out?" in words
    assert "Traceback" not in words
    assert "moi" not in words
    assert guest.run("systemctl list-units --failed --no-legend --plain") == ""
    assert held(guest) == {"cu"}

    device = put_in(guest, kind, sticks[kind])
    guest.wait_for(
        f"journalctl -o cat -u diemdoc-import@{device} | grep 'MB came'",
        state=f"systemctl status diemdoc-import@{device}; find {LIBRARY}",
    )
    came = float(told(guest, device).split(" MB came")[0].split("\n")[-1])
    assert came < MEGABYTES, "it began anew"
    assert held(guest) == {"cu", "moi"}
    guest.run(f"{AS_POINT} diemdoc library verify --library {LIBRARY}")
    left = guest.run(f"find {LIBRARY}/incoming {LIBRARY}/staging -mindepth 1 ! -name lock")
    assert left == ""
    guest.pull(kind)


@pytest.mark.parametrize("kind", ["ntfs", "ext4"] if IS_FULL else ["ntfs"])
def test_a_file_system_that_is_not_taken_is_never_given_to_the_kernel(
    guest: Machine, tmp_path: Path, kind: str
) -> None:
    guest.plug(kind, make_stick(tmp_path / "stick", kind, megabytes=32))
    link = f"/dev/disk/by-id/usb-*_{kind.upper()}-*-part1"
    device = guest.wait_for(f"basename $(readlink -e {link})").strip()
    guest.run("udevadm settle")
    wants = guest.run(
        f"udevadm info -q property -n /dev/{device} | grep SYSTEMD_WANTS", check=False
    )
    assert (f"diemdoc-usb@{device}" in wants) == (kind == "ntfs")
    if kind == "ntfs":
        guest.wait_for(
            f"journalctl -o cat -u diemdoc-usb@{device} "
            "| grep 'formatted as ntfs; only vfat, exfat are read: copy its content'"
        )
    assert guest.run(f"grep {device} /proc/mounts", check=False) == ""
    # Nothing but word for staff, as long as it is in.
    word = f"{device}.refused" if kind == "ntfs" else ""
    assert guest.run("ls /run/diemdoc-sticks").strip() == word
    assert guest.run("systemctl list-units --failed --no-legend --plain") == ""
    guest.pull(kind)
    guest.wait_for('test -z "$(ls /run/diemdoc-sticks)"')


@pytest.mark.skipif(not IS_FULL, reason="only in full: script/test --tier qemu")
def test_a_stick_with_hostile_names_and_torn_tables_harms_nobody(
    guest: Machine, tmp_path: Path
) -> None:
    """A name with a slash, one that turns the screen's colours, chains of clusters of noise."""
    for name in ("aXbXc", "eYZYm"):
        (tmp_path / f"{name}.zim").write_bytes(b"x" * 70_000)
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata/root.json").write_bytes(b"{" * 70_000)
    stick = make_stick(
        tmp_path / "stick", "vfat", *sorted(tmp_path.glob("*.zim")), tmp_path / "metadata"
    )
    rename_raw(stick, "aXbXc", "../.x")
    rename_raw(stick, "eYZYm", "\x1b[3\x1bm")
    # Of the two tables' first sectors the root's chain is kept, all else is noise.
    with stick.open("r+b") as file:
        file.seek(START + 32 * 512 + 16)
        file.write(random.Random(1).randbytes(400))
    device = put_in(guest, "hostile", stick)
    guest.wait_for(f"! systemctl is-active diemdoc-import@{device} | grep activating")
    assert "Traceback" not in told(guest, device)
    shown = guest.run(
        f"{AS_POINT} diemdoc usb show /run/diemdoc-sticks/{device} {WHERE}", check=False
    )
    assert "\x1b" not in shown
    assert shown.startswith("diemdoc: "), shown
    assert "Traceback" not in shown
    assert guest.run("dmesg | grep -E 'BUG:|Oops|Call Trace'", check=False) == ""
    guest.pull("hostile")
    guest.wait_for('[ -z "$(ls /run/diemdoc-sticks)" ]')
    assert held(guest) >= {"cu"}
