"""The card's last partition, grown to all of the card at the first start."""

import re
from dataclasses import dataclass
from pathlib import Path

from provisioning.command import Command, must

# Less than this at the end is not worth a change.
_WORTH_SECTORS = 64 * 2048
_PARTITION = re.compile(r"(?P<disk>[sv]d[a-z]+|(?:mmcblk|nvme\d+n|loop)\d+)p?(?P<number>\d+)")


def disk_of(partition: str) -> str:
    """Return the disk of a partition by the kernel's names, "" when it is none."""
    found = _PARTITION.fullmatch(partition)
    return found["disk"] if found else ""


@dataclass
class GrowStep:
    """One partition and its ext4 file system, in use.

    Args:
        partition: Kernel's name, such as `mmcblk0p2`.
        sys: Folder of the kernel's facts about disks (sysfs(5)).
    """

    partition: str
    command: Command
    sys: Path = Path("/sys/class/block")
    name: str = "size of the card"

    def _number(self, name: str, fact: str) -> int:
        return int((self.sys / name / fact).read_text(encoding="ascii"))

    def check(self) -> list[str]:
        """Return the partition when there is room behind it, and nothing else."""
        found = _PARTITION.fullmatch(self.partition)
        if found is None or not (self.sys / self.partition / "start").exists():
            return []
        disk = found["disk"]
        start, size = (self._number(self.partition, one) for one in ("start", "size"))
        others = [
            self._number(one.name, "start")
            for one in self.sys.glob(f"{disk}*")
            if one.name not in {disk, self.partition} and (one / "start").exists()
        ]
        is_last = all(one < start for one in others)
        room = self._number(disk, "size") - start - size
        return (
            [f"{self.partition}: {room // 2048} MB behind it"]
            if is_last and room > _WORTH_SECTORS
            else []
        )

    def apply(self) -> None:
        """Grow it; cut off half-way, it is done again, and no data is moved."""
        found = _PARTITION.fullmatch(self.partition)
        assert found is not None
        disk = f"/dev/{found['disk']}"
        must(
            self.command, "sfdisk", "--force", "--no-reread", "-N", found["number"], disk,
            stdin=", +\n",
        )  # fmt: skip
        must(self.command, "partx", "--update", "--nr", found["number"], disk)
        must(self.command, "resize2fs", f"/dev/{self.partition}")

    def undo(self) -> None:
        """Nothing: a partition that has grown is as good as one that has not."""
