"""Is the memory card wearing out? What the card says of itself, and what the filesystem met.

Sources: eMMC's own estimate (JEDEC 84-B50, registers 267-269, in sysfs as `life_time` and
`pre_eol_info`); ext4's counters (Linux, Documentation/ABI/testing/sysfs-fs-ext4). Plain SD cards
say nothing of themselves, so what was written is compared with their size.
"""

from collections.abc import Iterator
from pathlib import Path

from kiosk.health.check import N_, Finding, Machine, Remedy, Severity

# In tenths of the expected life; 0x0B is beyond it.
WORN_TENTHS = 8
# A cheap card is good for some 500 writes of its whole size.
WRITTEN_TIMES = 300
_SECTOR = 512
_REPLACE = N_("Copy the settings (Settings, Save a copy), then ask the province for a new card.")


def check(machine: Machine) -> Iterator[Finding]:
    """Judge every card and every ext4 filesystem on it."""
    found = [
        *_gone_read_only(machine),
        *_filesystem_errors(machine),
        *(one for card in machine.paths("sys/block/mmcblk[0-9]") for one in _card(machine, card)),
    ]
    if found:
        yield from found
    elif machine.paths("sys/block/mmcblk[0-9]"):
        yield Finding("card-good", Severity.GOOD, N_("The memory card shows no wear."))
    else:
        yield Finding("card-none", Severity.UNKNOWN, N_("This computer has no memory card."))


def _card(machine: Machine, card: str) -> Iterator[Finding]:
    """Judge one card by its own estimate, or by what was written to it."""
    tenths = machine.text(f"{card}/device/life_time")
    if tenths is not None:
        worst = max(int(one, 16) for one in tenths.split())
        end = machine.number(f"{card}/device/pre_eol_info", 16) or 0
        if worst >= WORN_TENTHS or end >= 2:
            yield Finding(
                "card-worn",
                Severity.CRITICAL if worst > 10 or end >= 3 else Severity.WARNING,
                N_("The memory card is worn: %(percent)s %% of its life is used."),
                _REPLACE,
                {"percent": min(worst, 10) * 10},
            )
        return
    size = (machine.number(f"{card}/size") or 0) * _SECTOR
    name = Path(card).name
    written = sum(
        machine.number(f"{one}/lifetime_write_kbytes") or 0
        for one in machine.paths(f"sys/fs/ext4/{name}p*")
    )
    times = written * 1024 // size if size else 0
    if times >= WRITTEN_TIMES:
        yield Finding(
            "card-written-often",
            Severity.WARNING,
            N_("The memory card was written full %(times)s times; cheap cards fail from here on."),
            _REPLACE,
            {"times": times},
        )


def _filesystem_errors(machine: Machine) -> Iterator[Finding]:
    for one in machine.paths("sys/fs/ext4/*/errors_count"):
        errors = machine.number(one) or 0
        if errors:
            yield Finding(
                "card-errors",
                Severity.CRITICAL,
                N_("The disk %(disk)s gave %(errors)s read or write errors."),
                N_(
                    "Save a copy of the settings now, then restart the box: it repairs the disk. "
                    "If this comes back, ask the province for a new card or disk."
                ),
                {"disk": Path(one).parent.name, "errors": errors},
                Remedy.REBOOT,
            )


def _gone_read_only(machine: Machine) -> Iterator[Finding]:
    """Notice that the kernel has stopped writing to the disk of the library."""
    library = machine.library.absolute()
    best, options = "", ""
    for line in (machine.text("proc/mounts") or "").splitlines():
        fields = line.split()
        if len(fields) < 4:
            continue
        place = fields[1].replace("\\040", " ")
        if library.is_relative_to(place) and len(place) >= len(best):
            best, options = place, fields[3]
    if "ro" in options.split(","):
        yield Finding(
            "disk-read-only",
            Severity.CRITICAL,
            N_("The disk of the books cannot be written any more; reading goes on."),
            N_("Restart the box: it repairs the disk. If this comes back, the disk is broken."),
            remedy=Remedy.REBOOT,
        )
