"""Run the steps: all of them and an image appears by one rename, or nothing is left."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from content.files import atomic_write, exclusive, free_bytes, sha256_of, sync_file, sync_folder
from provisioning.command import Command, must
from provisioning.errors import PackageError
from provisioning.image import layout
from provisioning.image.recipe import SUITES, ImageRecipe
from provisioning.image.steps import DISK, MBR, STEPS, Step, Workshop

Report = Callable[[str, int, int], None]
# Program -> the package of Debian that brings it.
_PROGRAMS = {
    "dpkg-deb": "dpkg", "fakeroot": "fakeroot", "mcopy": "mtools", "mke2fs": "e2fsprogs",
    "mkfs.vfat": "dosfstools", "mmdebstrap": "mmdebstrap", "sfdisk": "fdisk",
    "syslinux": "syslinux", "tar": "tar",
}  # fmt: skip
# A system lies in the workshop as tar, as files, as file system and in the disk.
_TIMES_SYSTEM = 4


def check_package(recipe: ImageRecipe, command: Command) -> str:
    """Return the version of the package that goes in.

    Raises:
        PackageError: It is no package of ours, or for another processor or Debian.
    """
    name = Path(recipe.package).name
    text = must(command, "dpkg-deb", "--field", recipe.package)
    field = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    if field.get("Package") != "diemdoc":
        raise PackageError(
            f"{name}: is no package of this software; make it: diemdoc package build"
        )
    if field.get("Architecture") != recipe.architecture:
        raise PackageError(
            f"{name}: is for {field.get('Architecture')}, but model {recipe.model!r} needs "
            f"{recipe.architecture}: diemdoc package build --arch {recipe.architecture}"
        )
    python = SUITES[recipe.debian][1]
    if f"python3 (>= {python})" not in field.get("Depends", ""):
        raise PackageError(
            f"{name}: is not for Debian {recipe.debian}: diemdoc package build --python {python}"
        )
    return field.get("Version", "")


def check_tools(recipe: ImageRecipe, out: Path) -> None:
    """Refuse before anything is made what cannot end well.

    Raises:
        PackageError: A program or room on the disk is missing.
    """
    missing = sorted({brings for one, brings in _PROGRAMS.items() if shutil.which(one) is None})
    if not MBR.is_file():
        missing.append("syslinux-common")
    if missing:
        raise PackageError(f"programs are missing here; apt install {' '.join(missing)}")
    room, needed = free_bytes(out), recipe.system_mb * _TIMES_SYSTEM * 10**6
    if room < needed:
        raise PackageError(
            f"{out}: has {room / 1e9:.1f} GB free; {needed / 1e9:.1f} GB are needed on the way"
        )


def build_image(  # noqa: PLR0913 -- each is plain
    recipe: ImageRecipe,
    out: Path,
    command: Command,
    report: Report,
    *,
    epoch: int | None = None,
    steps: Sequence[Step] = STEPS,
) -> Path:
    """Make the image in the folder `out` and return it; its digest lies beside it as `.sha256`.

    Cut off at any moment, no image is there, or the one before; the next run clears what is left.

    Args:
        epoch: Time of the files that are made, seconds since 1970; None is that of the package.

    Raises:
        PackageError: It cannot be made.
        CommandError: A program failed; its words are told.
        LibraryBusyError: Another run makes images in `out`.
    """
    out.mkdir(parents=True, exist_ok=True)
    when = epoch if epoch is not None else int(Path(recipe.package).stat().st_mtime)
    image, workshop = out / recipe.file, out / f".{recipe.file}.making"
    with exclusive(out / ".image.lock", f"{out}: another image is being made here; wait for it"):
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir()
        shop = Workshop(recipe, workshop, command, when)
        with ExitStack() as clearing:
            clearing.callback(shutil.rmtree, workshop, ignore_errors=True)
            for number, step in enumerate(steps):
                report(step.name, number, len(steps))
                clearing.callback(step.clear, shop)
                step.run(shop)
            report("digest", len(steps), len(steps))
            _put_out(workshop / DISK, image)
    return image


def _put_out(made: Path, image: Path) -> None:
    """Put a finished image in its place; after a power cut there is never a wrong digest beside."""
    digest = sha256_of(made)
    beside = image.with_name(image.name + ".sha256")
    beside.unlink(missing_ok=True)
    sync_file(made)
    made.replace(image)
    sync_folder(image.parent)
    # As sha256sum(1) reads it.
    atomic_write(beside, f"{digest}  {image.name}\n".encode())


def plan(recipe: ImageRecipe) -> dict[str, Any]:
    """Return what would be made, for people and programs."""
    if recipe.model != "pc":
        source = recipe.file.removesuffix(".img")
        return {
            "file": source,
            "model": recipe.model,
            "architecture": recipe.architecture,
            "debian": recipe.debian,
            "packages": layout.packages(recipe),
            "then": f"rpi-image-gen build -S {source} -c {source}.yaml",
        }
    return {
        "file": recipe.file,
        "model": recipe.model,
        "architecture": recipe.architecture,
        "debian": recipe.debian,
        "size_bytes": layout.disk_sectors(recipe) * layout.SECTOR,
        "partitions": {one.name: one.size * layout.SECTOR for one in layout.partitions(recipe)},
        "packages": layout.packages(recipe),
        "steps": [one.name for one in STEPS],
    }
