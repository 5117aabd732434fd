"""Images of USB sticks: a partition table and one file system, as they are sold.

FAT is filled by mtools; nothing on a PC but the kernel writes exFAT, so the guest fills that one.
"""

import subprocess
from pathlib import Path

# Where the first partition of a stick begins.
START = 1 << 20
_TYPES = {"vfat": "c", "exfat": "7", "ntfs": "7", "ext4": "83"}
_MAKE = {
    "vfat": ("mkfs.vfat", "-F", "32", "-n", "SACH"),
    "exfat": ("mkfs.exfat", "-L", "SACH"),
    "ntfs": ("mkfs.ntfs", "-q", "-F", "-Q", "-L", "SACH"),
    "ext4": ("mkfs.ext4", "-q", "-F", "-L", "SACH"),
}


def make_stick(path: Path, filesystem: str, *folders: Path, megabytes: int = 96) -> Path:
    """Write a stick with a file system, and on FAT copies of folders at its top."""
    with path.open("wb") as file:
        file.truncate(megabytes << 20)
    table = f"label: dos\nstart={START // 512}, type={_TYPES[filesystem]}\n"
    _run("sfdisk", "-q", path, stdin=table)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.truncate((megabytes << 20) - START)
    _run(*_MAKE[filesystem], part)
    for folder in folders:
        _run("mcopy", "-s", "-i", part, folder, "::")
    with path.open("r+b") as whole, part.open("rb") as one:
        whole.seek(START)
        while block := one.read(1 << 20):
            whole.write(block)
    part.unlink()
    return path


def rename_raw(path: Path, name: str, to: str) -> None:
    """Write another name of the same length into a FAT's folder, past what its tools refuse.

    Long names stand there in pieces of 5, 6 and 2 letters of UTF-16 ("FAT: General Overview of
    On-Disk Format", long directory entries): `name` has five letters at most, the first piece.
    """
    assert len(name) == len(to) <= 5
    data = path.read_bytes()
    assert data.count(name.encode("utf-16-le")) == 1, f"{name} is not there once"
    path.write_bytes(data.replace(name.encode("utf-16-le"), to.encode("utf-16-le")))


def _run(*words: str | Path, stdin: str = "") -> None:
    done = subprocess.run(
        [str(one) for one in words], input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
