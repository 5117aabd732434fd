"""A disk that loses power: what it had promised to keep is there, of the rest some is and some not.

QEMU writes every write and flush of a guest into a log in the order in which they ended
(`blklogwrites`; the format is that of the kernel's Documentation/admin-guide/device-mapper/
log-writes.rst). Killing QEMU loses what the guest held in memory. A disk has a memory of its own:
so its image is made anew from the log, with all that came before the last flush and a random part
of what came after.
"""

import random
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SECTOR = 512
_HEAD = struct.Struct("<QQQQ")
_MAGIC = 0x6A736677736872
_FLUSH, _DISCARD = 1, 4


@dataclass(frozen=True, slots=True)
class Write:
    """One write, or a flush when it has no data.

    Args:
        start: Byte of the disk where it begins.
    """

    start: int
    data: bytes
    is_flush: bool


def read_log(log: Path) -> Iterator[Write]:
    """Yield what a log holds, oldest first; an entry that was cut off ends it."""
    with log.open("rb") as file:
        head = file.read(_SECTOR)
        assert struct.unpack_from("<Q", head)[0] == _MAGIC, "QEMU wrote no log"
        while len(head := file.read(_SECTOR)) == _SECTOR:
            sector, count, flags, _ = _HEAD.unpack_from(head)
            if not (count or flags):
                return
            data = b"" if flags & _DISCARD else file.read(count * _SECTOR)
            if not flags & _DISCARD and len(data) < count * _SECTOR:
                return
            yield Write(sector * _SECTOR, data, bool(flags & _FLUSH))


def lose_power(before: Path, log: Path, after: Path, chance: random.Random) -> int:
    """Write the disk as it is after a cut, and return how many writes it may have lost.

    Args:
        before: The disk as it was when the guest started.
        after: The disk that the next guest finds.
    """
    writes = list(read_log(log))
    flushed = max((number for number, one in enumerate(writes) if one.is_flush), default=-1)
    assert flushed >= 0, "the guest never flushed: this is no proof"
    copy_sparse(before, after)
    with after.open("r+b") as disk:
        for number, one in enumerate(writes):
            kept = len(one.data)
            if number > flushed:
                # Of a write that was under way a disk may have done the first sectors only.
                torn = chance.randrange(0, kept + 1, _SECTOR)
                kept = chance.choice((0, torn, kept))
            disk.seek(one.start)
            disk.write(one.data[:kept])
    return len(writes) - 1 - flushed


def is_clean(disk: Path, scratch: Path) -> bool:
    """Return whether a file system is whole once its journal has been read."""
    copy_sparse(disk, scratch)
    done = [
        subprocess.run(["e2fsck", *words, scratch], capture_output=True, text=True, check=False)
        for words in (["-p", "-E", "journal_only"], ["-f", "-n"])
    ]
    return done[1].returncode == 0


def copy_sparse(image: Path, to: Path) -> None:
    """Copy an image; what was never written takes no room."""
    subprocess.run(["cp", "--sparse=always", image, to], check=True)
