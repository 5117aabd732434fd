"""What goes into an image: table `[image]` of a TOML file, checked before anything is made.

Names of files are looked up beside the recipe. Every problem is told at once, each with its line
and what to write. Every field stands in docs/reference/image-recipe.md (a test compares them).
"""

from dataclasses import dataclass, fields
from pathlib import Path

from content.errors import ConfigError
from content.settings import (
    SettingsFile,
    at_least,
    between,
    nearest,
    one_of,
    read_settings,
    setting,
)
from provisioning import rules
from provisioning.errors import PackageError
from provisioning.models import MODELS
from provisioning.settings import load_settings

TABLE = "image"
# Debian's release by its number, and the Python that it has (provisioning/package/layout.py).
SUITES = {12: ("bookworm", "3.11"), 13: ("trixie", "3.13")}
_MOST_MB = 2_000_000


@dataclass(frozen=True, slots=True)
class ImageRecipe:
    """What goes into an image.

    Args:
        package: The .deb of `diemdoc package build`.
        settings: The diemdoc.toml that is put on the boot partition.
        root: The province's root.json; "" trusts no province yet.
        library: A library folder that is put on the data partition; "" is an empty one.
        packages: More packages of Debian, such as firmware of a Wi-Fi adapter.
        mirror: Where Debian is taken from; "" is its usual place. A dated one gives the same
            packages for ever.
        data_mb: Size of the data partition, which grows to all of the disk at the first start; 0
            keeps the library on the system's own partition.
    """

    model: str = setting("pc", one_of(*MODELS))
    debian: int = setting(12, one_of(*SUITES))
    package: str = setting("")
    settings: str = setting("")
    root: str = setting("")
    library: str = setting("")
    packages: tuple[str, ...] = setting((), rules.debian_packages)
    mirror: str = setting("", rules.mirror)
    boot_mb: int = setting(300, between(100, 2_000))
    system_mb: int = setting(2_500, between(1_200, _MOST_MB))
    data_mb: int = setting(512, at_least(0))

    @property
    def architecture(self) -> str:
        """Debian's name of the processor."""
        return "amd64" if self.model == "pc" else "arm64"

    @property
    def suite(self) -> str:
        """Debian's name of its release."""
        return SUITES[self.debian][0]

    @property
    def file(self) -> str:
        """Name of the image file."""
        return f"diemdoc-{self.model.replace('+', 'plus')}.img"


def load_recipe(path: Path) -> ImageRecipe:
    """Return the recipe in a file, its own files as whole paths.

    Raises:
        PackageError: It cannot be used; every problem is told.
    """
    try:
        file = read_settings(path)
    except ConfigError as error:
        raise PackageError(str(error)) from error
    problems = [
        file.problem(table, "", f"is no table of a recipe{nearest(table, [TABLE])}")
        for table in file.raw
        if table != TABLE
    ]
    recipe = file.checked(TABLE, ImageRecipe, problems)
    values = {one.name: getattr(recipe, one.name) for one in fields(recipe)}
    problems += [
        file.problem(TABLE, name, words)
        for name in ("package", "settings", "root", "library")
        if (words := _missing(path.parent, name, values))
    ]
    problems += _together(file, values)
    if problems:
        raise PackageError("; ".join(problems))
    return ImageRecipe(**values)


def _missing(folder: Path, name: str, values: dict[str, object]) -> str:
    """Make a file's name whole, and return what is wrong with it."""
    said = str(values[name])
    if not said:
        is_needed = name in {"package", "settings"}
        return "is missing: write the name of the file" if is_needed else ""
    path = (folder / said).resolve()
    values[name] = str(path)
    if name == "library":
        return "" if path.is_dir() else f"is {said!r}, and there is no such folder"
    return "" if path.is_file() else f"is {said!r}, and there is no such file"


def _together(file: SettingsFile, values: dict[str, object]) -> list[str]:
    """Tell what each field allows by itself, but not with the others."""
    data_mb, settings = values["data_mb"], Path(str(values["settings"]))
    found = []
    is_pi = values["model"] != "pc"
    if values["library"] and is_pi:
        words = "is given, but a Raspberry Pi's image has no data partition: bring it by stick"
        found.append(file.problem(TABLE, "library", words))
    elif values["library"] and not data_mb:
        words = "is given, but data_mb is 0: a first library needs a data partition"
        found.append(file.problem(TABLE, "library", words))
    if not settings.is_file():
        return found
    wanted = load_settings(settings)
    if wanted.machine.read_only_root and is_pi:
        words = (
            "is a Raspberry Pi, whose image has no data partition, but the settings ask for "
            "read_only_root: leave it out, and set it when a disk DIEMDOC-DATA is plugged in"
        )
        found.append(file.problem(TABLE, "model", words))
    elif wanted.machine.read_only_root and not data_mb:
        words = "is 0, but the settings ask for read_only_root: what is kept needs a data partition"
        found.append(file.problem(TABLE, "data_mb", words))
    if wanted.machine.model not in {"auto", values["model"]}:
        words = f"is {values['model']!r}, but the settings say {wanted.machine.model!r}"
        found.append(file.problem(TABLE, "model", words))
    return found
