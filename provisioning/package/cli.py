"""`diemdoc package build`: the Debian package of this software."""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path

import click

from content.files import sha256_of
from content.library import options
from provisioning.command import run_command
from provisioning.package.build import Recipe, build_package
from provisioning.package.layout import ARCHITECTURES, PYTHONS, control


@click.group()
def package() -> None:
    """The Debian package of this software."""


@package.command(epilog="Example: diemdoc package build --arch arm64 -o dist")
@click.option("--arch", type=click.Choice(list(ARCHITECTURES)), default="arm64", show_default=True)
@click.option(
    "--python",
    type=click.Choice(PYTHONS),
    default=PYTHONS[0],
    show_default=True,
    help="Python of the Debian it is for: 3.11 is Debian 12, 3.13 is Debian 13.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("dist"),
    show_default=True,
    help="Folder for the package.",
)
@click.option(
    "--source",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=Path(),
    help="Checkout of the project [default: this folder].",
)
@click.option(
    "--wheels",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Folder of wheels to use instead of fetching them.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be built.")
@options.as_json
def build(  # noqa: PLR0913 -- one per option
    arch: str,
    python: str,
    out: Path,
    source: Path,
    wheels: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Build one package with everything the box needs, each wheel checked by its hash."""
    recipe = Recipe(source.resolve(), version("diemdoc"), arch, python, wheels)
    if dry_run:
        click.echo(f"{out / recipe.file}:\n{control(recipe.version, arch, python, 0)}", nl=False)
        return
    with tempfile.TemporaryDirectory(prefix="diemdoc-package-") as scratch:
        made = build_package(
            recipe, out, Path(scratch), run_command, lambda words: click.echo(words, err=True)
        )
    facts = {"file": str(made), "size_bytes": made.stat().st_size, "sha256": sha256_of(made)}
    if as_json:
        click.echo(json.dumps(facts, indent=1))
    else:
        click.echo(f"{made}: {made.stat().st_size / 1e6:.1f} MB, SHA-256 {facts['sha256']}")
