"""A fresh card becomes a reading point, whatever cuts it off; its clock never goes back."""

import json
import shutil
import sqlite3
import struct
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from content.clock import BUILT, TrustedClock
from content.library import change
from content.repository.trust import TrustStore
from content.store.layout import StoreLayout
from provisioning.boot_settings import PROBLEMS, adopt, adopt_root
from provisioning.command import TIMEOUT_S, Done, run_command
from provisioning.errors import MachineSettingsError, ProvisioningError
from provisioning.first_boot import DONE, run_first_boot
from provisioning.grow import GrowStep
from provisioning.machine_clock import (
    LAST,
    MOST_AHEAD,
    load_last,
    save_last,
    time_to_set,
    write_chip,
)
from provisioning.repair import follow, repair
from provisioning.settings import MachineSettings
from tests.content.sync.province_desk import Province
from tests.content.zim_maker import make_archive
from tests.fakes.command import RecordingCommand
from tests.kiosk.conftest import NOW

DAY = timedelta(days=1)
FLOOR = datetime(2027, 3, 1, tzinfo=UTC)


# The first start.
def test_a_fresh_card_is_set_up_and_marked_last(tree: Path) -> None:
    told: list[str] = []
    state = tree / "var/lib/diemdoc"

    def answer(words: tuple[str, ...]) -> Done | None:
        assert not (state / DONE).exists()
        if "is-enabled" in words:
            return Done(1, "")
        return Done(0, "/dev/mmcblk0p2\n") if words[0] == "findmnt" else None

    command = RecordingCommand(answer)
    run_first_boot(MachineSettings(), tree, state, command, told.append)
    assert (state / DONE).exists()
    assert told == ["files: done", "time zone: done", "units: done", "the reading point is set up"]
    last = command.calls[-1]
    assert last[:3] == ("systemctl", "start", "--no-block")
    assert "diemdoc-web.socket" in last


def test_cut_off_at_any_command_the_next_start_finishes(tree: Path) -> None:
    state = tree / "var/lib/diemdoc"
    runs = 0
    while not (state / DONE).exists():
        left = runs

        def answer(words: tuple[str, ...]) -> Done | None:
            nonlocal left
            if words[0] == "findmnt":
                return Done(0, "/dev/mmcblk0p2")
            left -= 1
            if left < 0:
                return Done(1, "the power went")
            return Done(1, "") if "is-enabled" in words else None

        try:
            run_first_boot(MachineSettings(), tree, state, RecordingCommand(answer), lambda _: None)
        except ProvisioningError:
            runs += 1
        assert runs < 100
    assert runs > 10
    assert (tree / "etc/diemdoc/machine/hostapd.conf").exists()


# All of the card.
def card(sys: Path, *, size: int, partitions: dict[str, tuple[int, int]]) -> None:
    (sys / "mmcblk0").mkdir(parents=True, exist_ok=True)
    (sys / "mmcblk0/size").write_text(f"{size}\n")
    for name, (start, length) in partitions.items():
        (sys / name).mkdir(exist_ok=True)
        (sys / name / "start").write_text(f"{start}\n")
        (sys / name / "size").write_text(f"{length}\n")


@pytest.mark.parametrize(("behind", "grows"), [(131_071, False), (131_072, False), (131_073, True)])
def test_it_grows_when_there_is_room_worth_it(tmp_path: Path, behind: int, grows: bool) -> None:
    card(
        tmp_path,
        size=1_000_000 + behind,
        partitions={"mmcblk0p1": (8_192, 90_000), "mmcblk0p2": (100_000, 900_000)},
    )
    command = RecordingCommand()
    assert bool(GrowStep("mmcblk0p2", command, tmp_path).check()) is grows
    assert GrowStep("mmcblk0p1", command, tmp_path).check() == []  # not the last
    assert GrowStep("overlay", command, tmp_path).check() == []
    assert command.calls == []


@pytest.mark.system
def test_a_real_partition_table_grows_and_nothing_moves(tmp_path: Path) -> None:
    """On a file: kernels of test machines often have no partitions on loop devices."""
    if shutil.which("sfdisk") is None:
        pytest.skip("needs sfdisk")
    image = tmp_path / "card"
    with image.open("wb") as file:
        file.truncate(200 << 20)
    layout = "label: dos\nstart=2048, size=8192, type=c\nstart=10240, size=81920, type=83\n"
    subprocess.run(["sfdisk", "-q", image], input=layout, text=True, check=True)
    calls: list[tuple[str, ...]] = []

    def on_the_file(*words: str, timeout_s: float = TIMEOUT_S, stdin: str = "") -> Done:
        calls.append(words)
        if words[0] != "sfdisk":
            return Done(0, "")
        kept = [str(image) if one == "/dev/mmcblk0" else one for one in words]
        return run_command(*kept, timeout_s=timeout_s, stdin=stdin)

    for _ in range(2):
        GrowStep("mmcblk0p2", on_the_file, tmp_path).apply()
        table = subprocess.run(["sfdisk", "--json", image], capture_output=True, check=True).stdout
        first, second = json.loads(table)["partitiontable"]["partitions"]
        assert (first["start"], first["size"]) == (2_048, 8_192)
        assert (second["start"], second["size"]) == (10_240, (200 << 11) - 10_240)
    assert [one[0] for one in calls] == ["sfdisk", "partx", "resize2fs"] * 2


# The clock.
@pytest.mark.parametrize(
    ("wall", "last", "right"),
    [
        (datetime(2024, 1, 1, tzinfo=UTC), None, FLOOR),
        (datetime(2024, 1, 1, tzinfo=UTC), FLOOR + 40 * DAY, FLOOR + 40 * DAY),
        (datetime(2024, 1, 1, tzinfo=UTC), FLOOR - DAY, FLOOR),
        (FLOOR + 41 * DAY, FLOOR + 40 * DAY, None),
        (FLOOR, None, None),
        (FLOOR, FLOOR + MOST_AHEAD, FLOOR + MOST_AHEAD),
        (FLOOR, FLOOR + MOST_AHEAD + DAY, None),
    ],
)
def test_the_clock_starts_where_it_stopped(
    wall: datetime, last: datetime | None, right: datetime | None
) -> None:
    assert time_to_set(wall, FLOOR, last) == right


def test_a_guess_is_remembered_but_never_proves_anything(tmp_path: Path) -> None:
    wall = BUILT + 9 * DAY
    clock = TrustedClock(tmp_path / "clock.json", wall=lambda: wall, is_synchronised=bool)
    save_last(tmp_path, clock, wall)
    assert load_last(tmp_path) == wall
    assert clock.reading().floor == BUILT
    save_last(tmp_path, clock, BUILT - DAY)  # a clock that woke up in the past
    assert load_last(tmp_path) == wall
    for damaged in (b"", b"{", b'{"time": 5}', b'{"time": "2027-01-01"}', b"\xff" * 900):
        (tmp_path / LAST).write_bytes(damaged)
        assert load_last(tmp_path) is None


def test_what_a_time_server_kept_right_is_proven(tmp_path: Path) -> None:
    wall = BUILT + 30 * DAY
    clock = TrustedClock(tmp_path / "clock.json", wall=lambda: wall, is_synchronised=lambda: True)
    save_last(tmp_path, clock, wall)
    later = TrustedClock(tmp_path / "clock.json", wall=lambda: BUILT, is_synchronised=lambda: False)
    assert later.reading().floor == wall


# Settings on the boot partition.
def test_settings_of_a_pc_are_taken_over_and_wrong_ones_told_beside_them(tmp_path: Path) -> None:
    source, target = tmp_path / "boot/diemdoc.toml", tmp_path / "etc/diemdoc/diemdoc.toml"
    source.parent.mkdir()
    source.write_bytes("\ufeff[access_point]\r\nssid = 'Bản Lướt'\r\n".encode())
    assert adopt(source, target)
    assert not adopt(source, target)
    good = target.read_bytes()
    assert target.stat().st_mode & 0o777 == 0o640
    source.write_text("[access_point]\nchanel = 3\n")
    with pytest.raises(MachineSettingsError):
        adopt(source, target)
    assert target.read_bytes() == good
    told = source.with_name(PROBLEMS).read_text(encoding="utf-8-sig")
    assert "line 2: [access_point] chanel is no setting; did you mean 'channel'?" in told
    assert "khởi động lại" in told
    source.write_text("[access_point]\nchannel = 3\n")
    assert adopt(source, target)
    assert not source.with_name(PROBLEMS).exists()


def test_the_root_file_of_a_card_is_followed_and_never_changed_by_another(tmp_path: Path) -> None:
    ours, theirs = (Province(tmp_path / name) for name in ("ours", "theirs"))
    boot, etc, state = (tmp_path / one for one in ("boot", "etc", "state"))
    boot.mkdir()
    assert not adopt_root(boot / "root.json", etc / "root.json")
    assert follow(etc / "root.json", state) == []
    assert not state.exists()
    (boot / "root.json").write_bytes(ours.root)
    assert adopt_root(boot / "root.json", etc / "root.json")
    for _ in range(2):
        assert follow(etc / "root.json", state) == []
        assert TrustStore(state / "trust").root() == ours.root
    (boot / "root.json").write_bytes(theirs.root)
    assert not adopt_root(boot / "root.json", etc / "root.json")
    (etc / "root.json").write_bytes(theirs.root)
    assert follow(etc / "root.json", state) == []
    assert TrustStore(state / "trust").root() == ours.root
    (etc / "root.json").write_bytes(b"no root")
    assert "the root file cannot be used" in follow(etc / "root.json", tmp_path / "other")[0]


# What a power cut left.
def test_a_change_that_was_cut_off_is_cleared_away(tmp_path: Path) -> None:
    root = tmp_path / "library"
    change.add(root, [make_archive(tmp_path / "a.zim")], now=NOW, report=lambda *_: None)
    layout = StoreLayout(root)
    (layout.staging / "half.zim").write_bytes(b"half")
    layout.generation(99).mkdir()
    for _ in range(2):
        assert repair(root, tmp_path / "state") == []
        assert list(layout.staging.iterdir()) == []
        assert not layout.generation(99).exists()


def test_a_damaged_database_is_set_aside_and_a_good_one_left(tmp_path: Path) -> None:
    for name in ("good.db", "bad.db", "worse.sqlite"):
        with closing(sqlite3.connect(tmp_path / name)) as database:
            database.executescript(
                "CREATE TABLE t(x); CREATE INDEX i ON t(x);"
                "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                "INSERT INTO t SELECT hex(i) || 'a long enough line' FROM n;"
            )
    good = (tmp_path / "good.db").read_bytes()
    data = bytearray((tmp_path / "bad.db").read_bytes())
    data[5_000:9_000] = b"\xa5" * 4_000
    (tmp_path / "bad.db").write_bytes(data)
    (tmp_path / "worse.sqlite").write_bytes(b"not a database at all, but long enough" * 100)
    told = repair(tmp_path / "nowhere", tmp_path)
    assert ["disk is not there" in told[0], *[one.split(":")[0] for one in told[1:]]] == [
        True, "bad.db", "worse.sqlite",
    ]  # fmt: skip
    assert (tmp_path / "good.db").read_bytes() == good
    assert len(list(tmp_path.glob("*.damaged-*"))) == 2
    assert len(repair(tmp_path / "nowhere", tmp_path)) == 1


def test_the_time_goes_into_the_clock_chip_in_utc(tmp_path: Path) -> None:
    chip, asked = tmp_path / "rtc0", []
    hanoi = timezone(timedelta(hours=7))
    now = datetime(2027, 1, 1, 3, 4, 5, tzinfo=hanoi)
    with pytest.raises(ProvisioningError, match="takes no time"):
        write_chip(now, chip)
    chip.touch()
    write_chip(now, chip, lambda _fd, number, data: asked.append((number, data)))
    ((number, data),) = asked
    # Of linux/rtc.h, by the rule of asm-generic/ioctl.h: written, 36 bytes, 'p', 10.
    assert number == 1 << 30 | 36 << 16 | ord("p") << 8 | 10
    assert struct.unpack("9i", data)[:6] == (5, 4, 20, 31, 11, 126)
    with pytest.raises(ProvisioningError, match="takes no time"):
        write_chip(now, chip)  # a file is no chip
