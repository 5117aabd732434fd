"""What differs between the computers a reading point may be: facts about hardware, nothing else."""

from dataclasses import dataclass
from pathlib import Path

# Where the firmware tells what board it is (Devicetree specification 0.4, section 2.3.2).
_BOARD = Path("proc/device-tree/model")


@dataclass(frozen=True, slots=True)
class Model:
    """One kind of computer.

    Args:
        board: How the firmware's name of the board begins; "" when it has none.
        phones: Most phones its own radio serves: with the usual firmware, and with the minimal
            one (as offline libraries tell of it: 7 to 10, and 19 to 24; not measured by us).
        share_mbit: What its radio carries in the middle of a room, in Mbit/s: what phones share.
        zram_percent: How much of the memory may be used packed.
        has_boot_partition: Whether settings stand on a partition that any PC can read.
    """

    board: str
    phones: tuple[int, int]
    share_mbit: int
    zram_percent: int
    has_boot_partition: bool


MODELS = {
    "pi3b+": Model("Raspberry Pi 3 Model B Plus", (8, 19), 30, 75, has_boot_partition=True),
    "pi4": Model("Raspberry Pi 4", (10, 24), 60, 50, has_boot_partition=True),
    "pi5": Model("Raspberry Pi 5", (10, 24), 70, 50, has_boot_partition=True),
    "pc": Model("", (30, 30), 100, 50, has_boot_partition=False),
}


def detect_model(root: Path) -> str:
    """Return the name of the model that runs, from what its firmware says; "pc" for any other."""
    try:
        board = (root / _BOARD).read_bytes().rstrip(b"\0").decode("ascii", errors="replace")
    except OSError:
        return "pc"
    found = [name for name, one in MODELS.items() if one.board and board.startswith(one.board)]
    return found[0] if found else "pc"
