"""Each check tells what is wrong on a machine and what to do, and nothing of what is well."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from content.clock import BUILT
from content.store.change import FLOOR_BYTES
from content.sync.findings import findings_body, read_findings
from content.sync.standing import from_body, standing_of, to_body
from kiosk.health import (
    clock,
    disk_space,
    services,
    software,
    sync_age,
    temperature,
    under_voltage,
    wifi_clients,
)
from kiosk.health.check import DiskUse, Finding, Machine, Remedy, Severity
from kiosk.health.registry import CHECKS, Report, keep_told, run_checks, told_findings
from provisioning.software.state import Phase, State
from tests.kiosk.health import machines
from tests.kiosk.health.machines import make_tree

NOW = BUILT + timedelta(days=3)
GB = 10**9


def no_systemd(_: Sequence[str]) -> str:
    raise FileNotFoundError


def machine_of(tmp_path: Path, files: Mapping[str, str]) -> Machine:
    return Machine(
        library=tmp_path / "library",
        state=tmp_path / "state",
        root=make_tree(tmp_path / "root", files),
        now=NOW,
        disk=lambda _: DiskUse(32 * GB, 20 * GB, 12 * GB),
        run=no_systemd,
    )


def codes(machine: Machine, at_least: Severity = Severity.WARNING) -> set[str]:
    report = run_checks(machine)
    return {one.code for _, one in report.findings if one.severity.rank >= at_least.rank}


@pytest.mark.parametrize("files", [machines.PI3, machines.PI4, machines.PI5])
def test_a_well_machine_has_nothing_to_complain(tmp_path: Path, files: dict[str, str]) -> None:
    machine = machine_of(tmp_path, files)
    assert codes(machine) == set()
    good = codes(machine, Severity.GOOD)
    assert {"temperature-good", "power-good", "card-good", "wifi-good", "phones"} <= good


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (machines.HOT, {"hot"}),
        (machines.WEAK_POWER, {"power-low"}),
        (machines.POWER_WAS_WEAK, {"power-was-low"}),
        (machines.PI5_WEAK_POWER, {"power-low"}),
        (machines.WORN, {"card-worn"}),
        (machines.BEYOND_LIFE, {"card-worn"}),
        (machines.WRITTEN_OFTEN, {"card-written-often"}),
        (machines.DISK_ERRORS, {"card-errors"}),
        (machines.READ_ONLY, {"disk-read-only"}),
        (machines.WIFI_DOWN, {"wifi-down"}),
        (machines.WIFI_GONE, {"wifi-gone"}),
        (machines.NO_SENSORS, set()),
        (machines.NONSENSE, set()),
    ],
)
def test_a_sick_machine_is_told_and_only_its_sickness(
    tmp_path: Path, files: dict[str, str], found: set[str]
) -> None:
    machine = machine_of(tmp_path, files)
    assert codes(machine) == found
    for _, one in run_checks(machine).findings:
        needs_fix = one.severity.rank >= Severity.NOTICE.rank and one.code != "province-none"
        assert bool(one.fix) == needs_fix


def test_a_machine_without_sensors_says_so(tmp_path: Path) -> None:
    unknown = {
        one.code
        for _, one in run_checks(machine_of(tmp_path, machines.NO_SENSORS)).findings
        if one.severity == Severity.UNKNOWN
    }
    wanted = {"temperature-unknown", "power-unknown", "card-none", "wifi-none", "services-unknown"}
    assert unknown == wanted


@pytest.mark.parametrize(
    ("degrees", "severity"),
    [(79, "good"), (80, "warning"), (84, "warning"), (85, "critical"), (99, "critical")],
)
def test_heat_below_at_and_above_the_limits(degrees: int, severity: str) -> None:
    assert temperature.judge(degrees).severity == severity


@pytest.mark.parametrize(
    ("free", "code"),
    [
        (0, "disk-full"),
        (FLOOR_BYTES - 1, "disk-full"),
        (FLOOR_BYTES, "disk-low"),
        (disk_space.LOW_BYTES - 1, "disk-low"),
        (disk_space.LOW_BYTES, "disk-good"),
    ],
)
def test_room_below_at_and_above_the_limits(free: int, code: str) -> None:
    assert disk_space.judge(DiskUse(32 * GB, 32 * GB - free, free)).code == code


@pytest.mark.parametrize(
    ("phones", "most", "code"),
    [(0, 10, "phones"), (9, 10, "phones"), (10, 10, "phones-full"), (40, 0, "phones")],
)
def test_phones_below_and_at_the_most(phones: int, most: int, code: str) -> None:
    assert wifi_clients.judge(phones, most).code == code


def test_only_phones_that_answered_on_the_wifi_are_counted(tmp_path: Path) -> None:
    (found,) = wifi_clients.check(machine_of(tmp_path, machines.PI4))
    assert found.values == {"phones": 1, "most": 10}


@pytest.mark.parametrize(
    ("bits", "code"), [(0, "power-good"), (1 << 17, "power-good"), (5, "power-low")]
)
def test_only_under_voltage_counts_for_power(bits: int, code: str) -> None:
    assert under_voltage.judge(bits).code == code


def clock_code(machine: Machine) -> tuple[str, Remedy]:
    (found,) = clock.check(machine)
    return found.code, found.remedy


def test_a_clock_is_right_wrong_or_not_confirmed(tmp_path: Path) -> None:
    machine = machine_of(tmp_path, machines.PI4)
    assert clock_code(machine) == ("clock-unproven", Remedy.SET_CLOCK)
    past = replace(machine, now=BUILT - timedelta(days=1))
    assert clock_code(past) == ("clock-wrong", Remedy.SET_CLOCK)
    make_tree(machine.root, {"run/systemd/timesync/synchronized": ""})
    assert clock_code(machine) == ("clock-good", Remedy.NONE)
    assert clock_code(past) == ("clock-wrong", Remedy.SET_CLOCK)
    with_chip = machine_of(tmp_path / "5", machines.PI5)
    assert clock_code(with_chip) == ("clock-own", Remedy.NONE)


@pytest.mark.parametrize(("behind_s", "codes"), [(120, 1), (121, 2), (-121, 2)])
def test_a_clock_chip_that_is_wrong_is_told_once_the_time_is_proved(
    tmp_path: Path, behind_s: int, codes: int
) -> None:
    machine = machine_of(tmp_path, machines.PI5)
    said = int(machine.now.timestamp()) - behind_s
    machine = replace(machine, now=datetime.fromtimestamp(said + behind_s, UTC))
    make_tree(machine.root, {"sys/class/rtc/rtc0/since_epoch": f"{said}\n"})
    assert len(list(clock.check(machine))) == 1, "nothing is proved yet"
    make_tree(machine.root, {"run/systemd/timesync/synchronized": ""})
    found = list(clock.check(machine))
    assert len(found) == codes
    if codes > 1:
        assert (found[1].code, found[1].remedy) == ("clock-chip-wrong", Remedy.KEEP_TIME)


@pytest.mark.parametrize(
    ("age", "left", "code"),
    [
        (0, 1, "update-good"),
        (89, 1, "update-good"),
        (90, 1, "update-old"),
        (5, 0, "update-good"),
        (5, -1, "update-expired"),
    ],
)
def test_an_update_is_fresh_old_or_expired(age: int, left: int, code: str) -> None:
    came, expires = NOW - timedelta(days=age), NOW + timedelta(days=left)
    assert sync_age.judge(NOW, came, expires).code == code


SYSTEMD = """Id=diemdoc-web.service
ActiveState=active
NRestarts={restarts}

Id=diemdoc-search.service
ActiveState={state}
NRestarts=0
"""


@pytest.mark.parametrize(
    ("state", "restarts", "found"),
    [
        ("active", 4, [("services-good", {})]),
        ("inactive", 0, [("services-good", {})]),
        ("failed", 0, [("service-failed", {"service": "diemdoc-search"})]),
        ("active", 5, [("service-restarts", {"service": "diemdoc-web", "times": 5})]),
    ],
)
def test_services_that_fail_or_restart_are_named(
    tmp_path: Path, state: str, restarts: int, found: list[tuple[str, dict[str, object]]]
) -> None:
    asked: list[Sequence[str]] = []

    def systemctl(command: Sequence[str]) -> str:
        asked.append(command)
        return SYSTEMD.format(state=state, restarts=restarts)

    machine = replace(machine_of(tmp_path, machines.PI4), run=systemctl)
    assert [(one.code, dict(one.values)) for one in services.check(machine)] == found
    assert asked == [services.COMMAND]


def test_a_systemd_that_does_not_answer_is_no_service_that_failed(tmp_path: Path) -> None:
    def fail(command: Sequence[str]) -> str:
        raise subprocess.CalledProcessError(1, command)

    (found,) = services.check(replace(machine_of(tmp_path, machines.PI4), run=fail))
    assert found.severity == Severity.UNKNOWN


def test_a_check_that_breaks_is_told_and_stops_no_other(tmp_path: Path) -> None:
    def breaks(_: Machine) -> list[Finding]:
        raise ZeroDivisionError

    machine = machine_of(tmp_path, machines.PI4)
    report = run_checks(machine, {"odd": breaks, "temperature": temperature.check})
    assert [one.code for _, one in report.findings] == ["check-broken", "temperature-good"]
    assert report.worst == Severity.NOTICE


def test_the_province_is_told_codes_and_numbers_only(tmp_path: Path) -> None:
    told = told_findings(run_checks(machine_of(tmp_path, machines.HOT)))
    assert {
        "check": "temperature",
        "code": "hot",
        "severity": "warning",
        "values": {"degrees": 84},
    } in told
    assert "too hot" not in json.dumps(told)
    assert all(one["severity"] != "good" for one in told)


def test_what_is_kept_for_the_province_is_read_as_it_was(tmp_path: Path) -> None:
    report = run_checks(machine_of(tmp_path, machines.WORN))
    keep_told(tmp_path / "state", report, NOW)
    keep_told(tmp_path / "state", report, NOW)
    found = read_findings(tmp_path / "state")
    assert findings_body(found) == told_findings(report)
    body = json.loads(json.dumps(to_body(standing_of(tmp_path / "library", "", (), found))))
    assert from_body(body).findings == found
    assert from_body({one: body[one] for one in body if one != "findings"}).findings == ()


def test_the_same_findings_are_written_once_an_hour(tmp_path: Path) -> None:
    state, kept = tmp_path / "state", tmp_path / "state" / "health.json"
    worn = run_checks(machine_of(tmp_path / "a", machines.WORN))
    well = run_checks(machine_of(tmp_path / "b", machines.PI4))

    def written(report: Report, minutes: int) -> bool:
        before = kept.read_bytes() if kept.exists() else b""
        keep_told(state, report, NOW + timedelta(minutes=minutes))
        return kept.read_bytes() != before

    assert written(worn, 0)
    assert not written(worn, 59)
    assert written(well, 59)
    assert not written(well, 118)
    assert written(well, 119)
    assert written(well, -900), "a clock that was ahead"


@pytest.mark.parametrize(
    "findings",
    [
        "x",
        [1],
        [{"check": "x"}],
        [{"check": "x", "code": "x", "severity": 5, "values": {}}],
        [{"check": "x", "code": "x" * 300, "severity": "x", "values": {}}],
        [{"check": "x", "code": "x", "severity": "x", "values": {"a": [1]}}],
        [{"check": "x", "code": "x", "severity": "x", "values": {"a": 1 << 70}}],
        [{"check": "x", "code": "x", "severity": "x", "values": {}}] * 101,
    ],
)
def test_a_stolen_box_tells_the_province_nothing_impossible(
    tmp_path: Path, findings: object
) -> None:
    body = to_body(standing_of(tmp_path / "library", "", ()))
    with pytest.raises(ValueError, match="holds"):
        from_body({**body, "findings": findings})
    (tmp_path / "health.json").write_text(json.dumps({"findings": findings}))
    assert read_findings(tmp_path) == ()


@pytest.mark.parametrize(
    ("waits", "state", "code", "severity", "remedy"),
    [
        ("", State(), "software-good", Severity.GOOD, Remedy.NONE),
        ("1.0.0", State(), "software-good", Severity.GOOD, Remedy.NONE),
        ("0.9", State(), "software-good", Severity.GOOD, Remedy.NONE),
        ("1.0.1", State(), "software-waits", Severity.NOTICE, Remedy.INSTALL_SOFTWARE),
        ("1.0.1", State(Phase.INSTALLED, "1.0.0"), "software-waits", Severity.NOTICE,
         Remedy.INSTALL_SOFTWARE),
        ("1.0.1", State(Phase.SWITCHING, "1.0.1"), "software-trying", Severity.NOTICE, Remedy.NONE),
        ("1.0.1", State(Phase.RETURNED, "1.0.1", "1.0.0", "not-well"), "software-returned",
         Severity.WARNING, Remedy.NONE),
        ("1.0.1", State(Phase.RETURNED, "1.0.1", "1.0.0", "power-cut"), "software-returned",
         Severity.WARNING, Remedy.INSTALL_SOFTWARE),
        ("1.0.2", State(Phase.RETURNED, "1.0.1", "1.0.0", "not-well"), "software-waits",
         Severity.NOTICE, Remedy.INSTALL_SOFTWARE),
    ],
)  # fmt: skip
def test_what_staff_are_told_of_versions(
    waits: str, state: State, code: str, severity: Severity, remedy: Remedy
) -> None:
    found = software.judge("1.0.0", waits, state)
    assert (found.code, found.severity, found.remedy) == (code, severity, remedy)
    assert found.message % found.values
    assert (found.fix == "") is (severity == Severity.GOOD)


def test_what_waits_is_read_from_the_library_and_damage_is_nothing(tmp_path: Path) -> None:
    machine = machine_of(tmp_path, {})
    waiting = machine.library / "software/waiting.json"
    waiting.parent.mkdir(parents=True)
    for data, code in (
        ('{"version": "9.0"}', "software-waits"), ('{"version": "<b>"}', "software-good"),
        ("{", "software-good"), ('{"version": 5}', "software-good"),
    ):  # fmt: skip
        waiting.write_text(data)
        (found,) = software.check(machine)
        assert found.code == code


def test_every_check_is_in_the_reference_with_its_codes(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[3] / "docs/reference/health.md").read_text("utf-8")
    for name in CHECKS:
        assert f"`{name}`" in text, name
    for module in Path(disk_space.__file__).parent.glob("*.py"):
        for word in module.read_text("utf-8").split("Finding(\n")[1:]:
            code = word.strip().split('"')[1]
            assert f"`{code}`" in text, f"{module.name}: {code}"


def test_times_are_shown_in_the_zone_of_the_machine(tmp_path: Path) -> None:
    machine = replace(machine_of(tmp_path, machines.PI4), now=datetime(2026, 12, 1, 5, tzinfo=UTC))
    (found,) = clock.check(machine)
    shown = datetime(2026, 12, 1, 5, tzinfo=UTC).astimezone().strftime("%d/%m/%Y %H:%M")
    assert found.values == {"time": shown}
