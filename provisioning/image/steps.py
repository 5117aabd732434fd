"""The steps that make an image, each with what it leaves in the workshop and how that is cleared.

No step needs root or a loop device: mmdebstrap makes Debian, fakeroot remembers who owns what,
`mke2fs -d` and mtools write file systems into plain files.
"""

import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from shlex import quote
from typing import BinaryIO

from provisioning.command import Command, must
from provisioning.errors import CommandError, PackageError
from provisioning.image import layout
from provisioning.image.recipe import ImageRecipe
from provisioning.settings import load_settings

_DEBIAN_S = 3_600.0
_DISK_S = 1_800.0
MBR = Path("/usr/lib/syslinux/mbr/mbr.bin")
_EFI = "usr/lib/systemd/boot/efi/systemd-bootx64.efi"
_BLOCK = 1 << 20
DISK = "disk.img"


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where an image is made.

    Args:
        folder: For everything on the way; on the disk of the finished image.
        epoch: Time of every file that is made, in seconds since 1970 (reproducible-builds.org).
    """

    recipe: ImageRecipe
    folder: Path
    command: Command
    epoch: int

    def identity(self, name: str) -> uuid.UUID:
        """Return the identity of a file system: the same recipe gives the same ones."""
        what = f"{self.recipe.file}:{Path(self.recipe.package).name}:{self.epoch}"
        return uuid.uuid5(uuid.NAMESPACE_URL, f"diemdoc:{what}:{name}")

    def run(self, *words: str, timeout_s: float = _DISK_S, stdin: str = "") -> str:
        """Run a program that takes its time of day from us (E2FSPROGS_FAKE_TIME: libext2fs)."""
        when = (f"SOURCE_DATE_EPOCH={self.epoch}", f"E2FSPROGS_FAKE_TIME={self.epoch}")
        return must(
            self.command, "env", *when, "TZ=UTC", "MTOOLS_SKIP_CHECK=1", *words,
            timeout_s=timeout_s, stdin=stdin,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Args:
        name: For whoever waits.
        leaves: What it leaves in the workshop's folder, cleared at the end in reverse order.
    """

    name: str
    run: Callable[[Workshop], None]
    leaves: tuple[str, ...]

    def clear(self, shop: Workshop) -> None:
        """Take away what the step left; twice does no more than once."""
        for name in self.leaves:
            path = shop.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def put_settings(shop: Workshop) -> None:
    """Lay out what goes into the system beside Debian, in a folder that `files/prepare` reads."""
    recipe, into = shop.recipe, shop.folder / "diemdoc-image"
    into.mkdir()
    shutil.copyfile(recipe.package, into / Path(recipe.package).name)
    shutil.copyfile(recipe.settings, into / "diemdoc.toml")
    if recipe.root:
        shutil.copyfile(recipe.root, into / "root.json")
    (into / "fstab").write_text(layout.fstab(), encoding="ascii")
    label = load_settings(Path(recipe.settings)).storage.data_label
    (into / "data-label").write_text(label + "\n", encoding="ascii")
    script = (files("provisioning.image") / "files/prepare").read_text(encoding="utf-8")
    (into / "prepare").write_text(script, encoding="utf-8")


def make_debian(shop: Workshop) -> None:
    """Make Debian with our package in it, as one tar file."""
    recipe = shop.recipe
    ours = quote(str(shop.folder / "diemdoc-image"))
    left_out = [f"--dpkgopt={one}" for one in layout.LEFT_OUT]
    mirror = (recipe.mirror,) if recipe.mirror else ()
    shop.run(
        "mmdebstrap", "--quiet", "--variant=minbase", "--architectures", recipe.architecture,
        "--components=main,non-free-firmware", "--include", ",".join(layout.packages(recipe)),
        *left_out, f"--customize-hook=copy-in {ours} /",
        '--customize-hook=chroot "$1" sh /diemdoc-image/prepare',
        recipe.suite, str(shop.folder / "system.tar"), *mirror,
        timeout_s=_DEBIAN_S,
    )  # fmt: skip


def unpack(shop: Workshop) -> None:
    """Unpack the system; who owns what is kept beside it."""
    tree = shop.folder / "tree"
    tree.mkdir()
    shop.run("fakeroot", "-s", str(shop.folder / "owners"), "tar", "-C", str(tree),
             "--numeric-owner", "-xpf", str(shop.folder / "system.tar"))  # fmt: skip


def make_boot(shop: Workshop) -> None:
    """Make the boot partition: loaders, kernel, and the settings that any PC edits."""
    tree, image = shop.folder / "tree", shop.folder / "boot.fs"
    boot = shop.folder / "boot"
    for name, text in layout.boot_files().items():
        (boot / name).parent.mkdir(parents=True, exist_ok=True)
        (boot / name).write_text(text, encoding="ascii")
    for pattern, name in (("boot/vmlinuz-*", "vmlinuz"), ("boot/initrd.img-*", "initrd.img")):
        found = sorted(tree.glob(pattern))
        if not found:
            raise PackageError(f"the system that was made has no {pattern}; is its kernel missing?")
        shutil.copyfile(found[-1], boot / name)
    (boot / "EFI/BOOT").mkdir(parents=True)
    shutil.copyfile(tree / _EFI, boot / "EFI/BOOT/BOOTX64.EFI")
    shutil.copyfile(shop.recipe.settings, boot / "diemdoc.toml")
    if shop.recipe.root:
        shutil.copyfile(shop.recipe.root, boot / "root.json")
    make_vfat(shop, boot, image)
    shop.run("syslinux", "--install", str(image))
    with image.open("r+b") as file:
        # FAT32 keeps a second boot sector, number 6; different ones are told at every check.
        first = file.read(layout.SECTOR)
        file.seek(6 * layout.SECTOR)
        file.write(first)


def make_vfat(shop: Workshop, folder: Path, image: Path) -> None:
    """Write a folder into a new vfat file system."""
    part = layout.partitions(shop.recipe)[0]
    _empty(image, part.size * layout.SECTOR)
    shop.run("mkfs.vfat", "-F", "32", "-n", layout.BOOT_LABEL, "--invariant",
             "-h", str(part.start), str(image))  # fmt: skip
    top = [str(one) for one in sorted(folder.iterdir())]
    shop.run("mcopy", "-s", "-p", "-i", str(image), *top, "::/")


def make_system(shop: Workshop) -> None:
    """Write the system into its partition."""
    tree = shop.folder / "tree"
    # Looked at through fakeroot, every file is owned as in Debian.
    make_ext4(
        shop, tree, "system", layout.SYSTEM_LABEL, ("fakeroot", "-i", str(shop.folder / "owners"))
    )


def make_data(shop: Workshop) -> None:
    """Write the first library, or none, into the data partition."""
    recipe, tree = shop.recipe, shop.folder / "data"
    if not recipe.data_mb:
        return
    for name in ("library", "state"):
        (tree / name).mkdir(parents=True)
    if recipe.library:
        shutil.copytree(recipe.library, tree / "library", symlinks=True, dirs_exist_ok=True)
    user, group = _owner(shop.folder / "tree/etc/passwd")
    owners = str(shop.folder / "data-owners")
    within = [str(tree / one) for one in ("library", "state")]
    shop.run("fakeroot", "-s", owners, "chown", "--recursive", "0:0", str(tree))
    shop.run("fakeroot", "-i", owners, "-s", owners,
             "chown", "--recursive", f"{user}:{group}", *within)  # fmt: skip
    label = load_settings(Path(recipe.settings)).storage.data_label
    make_ext4(shop, tree, "data", label, ("fakeroot", "-i", owners))


def make_ext4(shop: Workshop, tree: Path, name: str, label: str, through: tuple[str, ...]) -> None:
    """Write a folder into a new ext4 file system of the partition's size.

    Raises:
        PackageError: It does not fit.
    """
    image, identity = shop.folder / f"{name}.fs", str(shop.identity(name))
    (part,) = [one for one in layout.partitions(shop.recipe) if one.name == name]
    _empty(image, part.size * layout.SECTOR)
    options = f"hash_seed={identity},root_owner=0:0,lazy_itable_init=1"
    try:
        shop.run(*through, "mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-L", label,
                 "-U", identity, "-E", options, "-d", str(tree), str(image))  # fmt: skip
    except CommandError as error:
        if "allocate block" not in str(error) and "No space" not in str(error):
            raise
        raise PackageError(
            f"what goes into the {name} partition does not fit; raise {name}_mb in the recipe"
        ) from error


def make_disk(shop: Workshop) -> None:
    """Put partition table, loader and partitions together into one disk."""
    disk = shop.folder / DISK
    _empty(disk, layout.disk_sectors(shop.recipe) * layout.SECTOR)
    number = f"{shop.identity('disk').int & 0xFFFFFFFF:08x}"
    shop.run("sfdisk", "--quiet", str(disk), stdin=layout.table(shop.recipe, number))
    with disk.open("r+b") as file:
        # The first 440 bytes of sector 0 are the loader's, the table follows (UEFI 2.10, 5.2.1).
        file.write(MBR.read_bytes()[:440])
        for part in layout.partitions(shop.recipe):
            file.seek(part.start * layout.SECTOR)
            with (shop.folder / f"{part.name}.fs").open("rb") as source:
                _copy_sparse(source, file)


def _copy_sparse(source: BinaryIO, target: BinaryIO) -> None:
    """Copy to where `target` stands; blocks of zeros stay holes."""
    empty = bytes(_BLOCK)
    while block := source.read(_BLOCK):
        if block == empty[: len(block)]:
            target.seek(len(block), 1)
        else:
            target.write(block)


def _empty(path: Path, size_bytes: int) -> None:
    with path.open("wb") as file:
        file.truncate(size_bytes)


def _owner(passwd: Path) -> tuple[str, str]:
    """Return user and group number of the point's own user in a system that is made."""
    for line in passwd.read_text(encoding="utf-8").splitlines():
        name, _, user, group, *_ = line.split(":")
        if name == "diemdoc":
            return user, group
    raise PackageError("the system that was made has no user 'diemdoc': is the package ours?")


STEPS = (
    Step("settings", put_settings, ("diemdoc-image",)),
    Step("Debian", make_debian, ("system.tar",)),
    Step("files", unpack, ("tree", "owners")),
    Step("boot partition", make_boot, ("boot", "boot.fs")),
    Step("system partition", make_system, ("system.fs",)),
    Step("data partition", make_data, ("data", "data-owners", "data.fs")),
    Step("disk", make_disk, (DISK,)),
)
