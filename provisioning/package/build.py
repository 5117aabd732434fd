"""Build the package: our own wheel and locked, hashed wheels of others, unpacked in one folder.

Nothing is compiled for the box and nothing is fetched by it. The same sources give the same bytes:
times in the package are that of the newest change.
"""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from provisioning.command import Command, must
from provisioning.errors import PackageError
from provisioning.package.layout import (
    ARCHITECTURES,
    FIRST_SETTINGS,
    LAUNCHER,
    LIBRARY,
    control,
    places,
)

Tell = Callable[[str], None]
_FETCH_S = 1_200.0
_SCRIPTS = ("postinst", "prerm", "postrm")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to build.

    Args:
        source: A checkout of the project.
        architecture: `amd64` or `arm64`.
        python: Of the Debian that it is for, such as `3.11`.
        wheels: Folder of wheels to use, so that no network is needed; None fetches them.
    """

    source: Path
    version: str
    architecture: str
    python: str
    wheels: Path | None = None

    @property
    def file(self) -> str:
        """Name of the package file, as Debian names them."""
        return f"diemdoc_{self.version}_{self.architecture}.deb"


def build_package(recipe: Recipe, out: Path, scratch: Path, command: Command, tell: Tell) -> Path:
    """Build the package into the folder `out` and return its file.

    Args:
        scratch: An empty folder to work in.

    Raises:
        PackageError: `source` is no checkout.
        CommandError: A program failed; its words are told, and no package was written.
    """
    if not (recipe.source / "systemd/diemdoc.target").is_file():
        raise PackageError(f"{recipe.source}: is no checkout of the project; name one by --source")
    tree = scratch / "tree"
    tell("wheels")
    _put_python(recipe, tree / LIBRARY, scratch, command)
    tell("files")
    _put_files(recipe, tree)
    size_kb = sum(one.stat().st_size for one in tree.rglob("*") if one.is_file()) // 1024
    text = control(recipe.version, recipe.architecture, recipe.python, size_kb)
    _write(tree / "DEBIAN/control", text, 0o644)
    for name in _SCRIPTS:
        script = (files("provisioning.package") / "files" / name).read_text(encoding="utf-8")
        _write(tree / "DEBIAN" / name, script, 0o755)
    _settle(tree, _newest(recipe.source))
    tell("package")
    part = scratch / recipe.file
    must(command, "dpkg-deb", "--root-owner-group", "-Zzstd", "--build", str(tree), str(part),
         timeout_s=600)  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    whole = out / recipe.file
    shutil.copyfile(part, whole.with_suffix(".part"))
    whole.with_suffix(".part").replace(whole)
    return whole


def _put_python(recipe: Recipe, target: Path, scratch: Path, command: Command) -> None:
    """Unpack the wheels for that processor and Python, every one by its hash; and our own."""
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    own = scratch / "own"
    must(command, *pip, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(own),
         str(recipe.source), timeout_s=_FETCH_S)  # fmt: skip
    platforms = [
        word for one in ARCHITECTURES[recipe.architecture].platforms for word in ("--platform", one)
    ]
    chosen = (
        *pip, "install", "-q", "--no-compile", "--no-deps", "--only-binary=:all:",
        "--implementation", "cp", "--abi", f"cp{recipe.python.replace('.', '')}", "--abi", "abi3",
        "--abi", "none", "--python-version", recipe.python, *platforms, "--target", str(target),
    )  # fmt: skip
    offline = (
        ("--no-index", "--find-links", str(recipe.wheels)) if recipe.wheels is not None else ()
    )
    locked = recipe.source / "requirements/box.txt"
    must(command, *chosen, *offline, "--require-hashes", "-r", str(locked), timeout_s=_FETCH_S)
    (wheel,) = own.glob("diemdoc-*.whl")
    must(command, *chosen, "--no-index", str(wheel), timeout_s=_FETCH_S)
    # Commands of other packages are not ours to ship.
    shutil.rmtree(target / "bin", ignore_errors=True)


def _put_files(recipe: Recipe, tree: Path) -> None:
    for place, origin in places(recipe.source).items():
        _write(tree / place, origin.read_text(encoding="utf-8"), 0o644)
    _write(tree / "usr/bin/diemdoc", LAUNCHER, 0o755)
    _write(tree / "usr/share/diemdoc/diemdoc.toml", FIRST_SETTINGS, 0o644)


def _write(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def _newest(source: Path) -> float:
    """Return the time of the newest source file, or what the environment of the build says."""
    said = os.environ.get("SOURCE_DATE_EPOCH", "")  # reproducible-builds.org
    if said.isdecimal():
        return float(said)
    return max(one.stat().st_mtime for one in (source / "systemd").iterdir())


def _settle(tree: Path, when: float) -> None:
    """Give every file one time and plain permissions, whoever builds."""
    for one in sorted(tree.rglob("*"), reverse=True):
        if one.is_dir():
            one.chmod(0o755)
        elif "DEBIAN" not in one.parts and one.parent.name != "bin":
            one.chmod(0o644)
        os.utime(one, (when, when))
