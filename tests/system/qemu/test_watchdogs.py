"""What hangs is started again by itself: a service by systemd, the machine by its watchdog.

The watchdog is QEMU's Intel 6300ESB; systemd feeds it as `diemdoc provision` has set.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.qemu.extent import IS_FULL
from tests.system.qemu.kernel import Kernel
from tests.system.qemu.machine import Drive, GuestError, Machine

pytestmark = [pytest.mark.system, pytest.mark.qemu, pytest.mark.timeout(900)]
WEB = "diemdoc-web.service"
# A page of the app, as somebody on the box asks; its addresses belong to a later target.
PAGE = "systemctl start diemdoc-addresses && curl -sf -m 200 http://198.51.100.1/healthz"
# provisioning/templates/watchdog.conf.j2
FED_EVERY_S = 14
# systemd/diemdoc-web.service
SILENT_S = 60
in_full = pytest.mark.skipif(not IS_FULL, reason="only in full: script/test --tier qemu")


@pytest.fixture(scope="module")
def guest(
    kernel: Kernel, image: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machine]:
    drives, folder = [Drive(image, throws_away=True)], tmp_path_factory.mktemp("guest")
    with Machine(
        folder, kernel, drives, line="systemd.unit=basic.target", devices=["i6300esb"]
    ) as machine:
        yield machine


def boot(guest: Machine) -> str:
    """Return what is another text after each start."""
    return guest.run("cat /proc/sys/kernel/random/boot_id").strip()


def wait_for_another_start(guest: Machine, before: str) -> None:
    """Wait until the machine's watchdog has reset it, and it serves again."""
    guest.wait_until_ready()
    guest.ask("query-status")
    assert {"event": "WATCHDOG", "action": "reset"} in guest.events, guest.events
    assert boot(guest) != before
    guest.events.clear()
    guest.wait_for(PAGE, state=f"systemctl status {WEB}")


@in_full
def test_a_part_that_hangs_is_killed_and_started_again(guest: Machine) -> None:
    guest.wait_for(PAGE, state=f"systemctl status {WEB}")
    assert guest.run(f"systemctl show -P WatchdogUSec {WEB}").strip() == "1min"
    before = guest.run(f"systemctl show -P MainPID {WEB}").strip()
    guest.run(f"systemctl kill --signal=STOP {WEB}")
    # Requests that come meanwhile wait in the socket.
    guest.run(f"( {PAGE} ) > /run/page 2>&1 &")
    guest.wait_for(
        f"[ $(systemctl show -P NRestarts {WEB}) -ge 1 ] && systemctl is-active {WEB}",
        timeout_s=SILENT_S + 120,
        state=f"systemctl status {WEB}",
    )
    assert guest.run(f"systemctl show -P MainPID {WEB}").strip() not in {"0", before}
    assert f"{WEB}: Watchdog timeout (limit " in guest.run(f"journalctl --no-pager -u {WEB}")
    guest.wait_for(PAGE, state=f"systemctl status {WEB}")


def test_a_first_process_that_hangs_is_ended_by_the_machines_watchdog(guest: Machine) -> None:
    assert guest.run("systemctl show -P RuntimeWatchdogUSec").strip() == f"{FED_EVERY_S}s"
    before = boot(guest)
    # systemd(1): on a crash it stays where it is, and its services go on without anybody.
    guest.run("kill -s SEGV 1")
    wait_for_another_start(guest, before)


@in_full
def test_a_kernel_that_hangs_is_ended_by_the_machines_watchdog(guest: Machine) -> None:
    before = boot(guest)
    # Our setting lets a kernel that stumbled start again by itself; here it shall hang for good.
    assert guest.run("cat /proc/sys/kernel/panic").strip() == "10"
    guest.run("echo 0 > /proc/sys/kernel/panic; (sleep 1; echo c > /proc/sysrq-trigger) &")
    wait_for_another_start(guest, before)


@in_full
def test_a_kernel_that_stumbles_starts_again_without_a_watchdog(
    kernel: Kernel, image: Path, tmp_path: Path
) -> None:
    drives = [Drive(image, throws_away=True)]
    with Machine(tmp_path, kernel, drives, line="systemd.unit=basic.target") as guest:
        before = boot(guest)
        guest.run("(sleep 1; echo c > /proc/sysrq-trigger) &")
        guest.wait_until_ready()
        assert boot(guest) != before
        assert guest.events == []


@in_full
def test_without_a_watchdog_a_kernel_that_hangs_stays_so(
    kernel: Kernel, image: Path, tmp_path: Path
) -> None:
    """The control: it is the watchdog that brings the machine back."""
    drives = [Drive(image, throws_away=True)]
    with Machine(tmp_path, kernel, drives, line="systemd.unit=basic.target") as guest:
        guest.run("echo 0 > /proc/sys/kernel/panic; (sleep 1; echo c > /proc/sysrq-trigger) &")
        with pytest.raises(GuestError, match="no answer within"):
            guest.wait_until_ready(timeout_s=6 * FED_EVERY_S)
