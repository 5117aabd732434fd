"""Where things are on an image's disk, and what its small files say: values only.

sector 0     partition table of the PC kind (MBR), which every PC and board reads, and the first
             stage of the loader for a BIOS
partition 1  vfat: loaders, kernel, diemdoc.toml; any PC edits it
partition 2  ext4: the system
partition 3  ext4: library and what the point writes; grows at the first start
"""

from dataclasses import dataclass

from provisioning.image.recipe import ImageRecipe
from provisioning.package.layout import DEPENDS, RECOMMENDS

SECTOR = 512
# What every partition begins at a multiple of, so that flash is written in whole blocks.
ALIGN_SECTORS = 2048
BOOT_LABEL = "DIEMDOC"
SYSTEM_LABEL = "DIEMDOC-SYSTEM"
# What a Debian that starts by itself needs besides the package's own needs.
BASE = ("systemd-sysv", "dbus", "python3", "initramfs-tools", "busybox", "kmod", "dosfstools",
        "iw", "wireless-regdb", "ca-certificates", "overlayroot")  # fmt: skip
FOR_PC = ("linux-image-amd64", "systemd-boot-efi")
# Nobody reads manuals on a box; licences stay.
LEFT_OUT = ("path-exclude=/usr/share/man/*", "path-exclude=/usr/share/doc/*",
            "path-include=/usr/share/doc/*/copyright", "path-exclude=/usr/share/locale/*",
            "path-include=/usr/share/locale/vi/*")  # fmt: skip
_KERNEL = "vmlinuz"
_INITRD = "initrd.img"
_OPTIONS = f"root=LABEL={SYSTEM_LABEL} ro quiet panic=10 console=ttyS0,115200 console=tty0"


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition, in sectors.

    Args:
        kind: MBR type in hexadecimal, as sfdisk takes it.
    """

    name: str
    start: int
    size: int
    kind: str


def partitions(recipe: ImageRecipe) -> list[Partition]:
    """Return the partitions of an image, one behind the other."""
    # EF is the EFI system partition (UEFI 2.10, 5.2.1), 83 is Linux.
    wanted = [("boot", recipe.boot_mb, "ef"), ("system", recipe.system_mb, "83"),
              ("data", recipe.data_mb, "83")]  # fmt: skip
    found, start = [], ALIGN_SECTORS
    for name, size_mb, kind in wanted:
        if size_mb:
            size = size_mb * 2 * 1024
            found.append(Partition(name, start, size, kind))
            start += size
    return found


def disk_sectors(recipe: ImageRecipe) -> int:
    """Return the size of the whole disk."""
    last = partitions(recipe)[-1]
    return last.start + last.size


def table(recipe: ImageRecipe, disk_id: str) -> str:
    """Return the partition table as sfdisk reads it.

    Args:
        disk_id: Eight hexadecimal digits.
    """
    lines = ["label: dos", f"label-id: 0x{disk_id}", "unit: sectors"]
    for one in partitions(recipe):
        active = ", bootable" if one.name == "boot" else ""
        lines.append(f"start={one.start}, size={one.size}, type={one.kind}{active}")
    return "\n".join(lines) + "\n"


def packages(recipe: ImageRecipe) -> list[str]:
    """Return the packages of Debian that go in."""
    ours = (one.split(" |")[0] for one in (*DEPENDS, *RECOMMENDS))
    # Kernel and firmware of a Raspberry Pi come with the layers of its tool.
    kernel = FOR_PC if recipe.model == "pc" else ()
    return sorted({*ours, *BASE, *kernel, *recipe.packages})


def boot_files(options: str = _OPTIONS) -> dict[str, str]:
    """Return the settings of systemd-boot (UEFI) and syslinux (BIOS); both start at once."""
    return {
        "loader/loader.conf": "default diemdoc.conf\ntimeout 0\neditor no\n",
        "loader/entries/diemdoc.conf": (
            f"title Diem Doc\nlinux /{_KERNEL}\ninitrd /{_INITRD}\noptions {options}\n"
        ),
        "syslinux.cfg": (
            f"DEFAULT diemdoc\nPROMPT 0\nTIMEOUT 0\nNOESCAPE 1\nLABEL diemdoc\n"
            f"  LINUX /{_KERNEL}\n  INITRD /{_INITRD}\n  APPEND {options}\n"
        ),
    }


def fstab() -> str:
    """Return the table of file systems; the library's disk is mounted by udev when it appears."""
    return f"""LABEL={SYSTEM_LABEL} / ext4 noatime,errors=remount-ro 0 1
LABEL={BOOT_LABEL} /boot/firmware vfat umask=0077,nofail,x-systemd.device-timeout=15s 0 2
"""
