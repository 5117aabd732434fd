"""`diemdoc image build`: a disk or card that starts as a reading point."""

import json
import os
from pathlib import Path
from typing import Any

import click

from content.library import options
from content.library.progress import progress
from provisioning.command import run_command
from provisioning.image.build import build_image, check_package, check_tools, plan
from provisioning.image.pi import write_source
from provisioning.image.recipe import load_recipe


@click.group()
def image() -> None:
    """Images of whole disks and cards."""


@image.command(epilog="Example: diemdoc image build pc.toml -o dist")
@click.argument("recipe_file", metavar="RECIPE", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("dist"),
    show_default=True,
    help="Folder for the image; what is made on the way lies there too.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be made.")
@options.as_json
def build(recipe_file: Path, out: Path, *, dry_run: bool, as_json: bool) -> None:
    """Make the image that RECIPE describes, with its digest beside it.

    For a Raspberry Pi it is a folder for rpi-image-gen, the official tool, which makes the image.
    Cut off, nothing half-made is left, and the same command begins anew.
    """
    recipe = load_recipe(recipe_file)
    facts = plan(recipe) | {"version": check_package(recipe, run_command), "dry_run": dry_run}
    if recipe.model != "pc":
        if not dry_run:
            facts |= {"file": str(write_source(recipe, out, run_command))}
        _tell_source(facts, as_json=as_json)
        return
    if not dry_run:
        out.mkdir(parents=True, exist_ok=True)
        check_tools(recipe, out)
        said = os.environ.get("SOURCE_DATE_EPOCH", "")
        with progress() as report:
            made = build_image(
                recipe, out, run_command, report, epoch=int(said) if said.isdecimal() else None
            )
        digest = made.with_name(made.name + ".sha256").read_text(encoding="ascii").split()[0]
        facts |= {"file": str(made), "sha256": digest}
    if as_json:
        click.echo(json.dumps(facts, indent=1))
        return
    size = facts["size_bytes"] / 1e6
    click.echo(f"{facts['file']}: {size:.0f} MB, {recipe.model}, diemdoc {facts['version']}")
    for name, bytes_ in facts["partitions"].items():
        click.echo(f"  {name:<8} {bytes_ / 1e6:8.0f} MB")
    if dry_run:
        click.echo("Steps: " + ", ".join(facts["steps"]))
    else:
        click.echo(f"  SHA-256  {facts['sha256']}")


def _tell_source(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts, indent=1))
        return
    click.echo(f"{facts['file']}: {facts['model']}, diemdoc {facts['version']}")
    click.echo(f"Then, on a Raspberry Pi or another arm64 Debian: {facts['then']}")
