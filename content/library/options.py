"""Options that commands on a library share."""

import json
from pathlib import Path
from typing import Any

import click

from content.library.settings import TABLE, SearchSettings
from content.settings import read_settings
from content.store.layout import default_library

where = click.option(
    "--library",
    "root",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_library,
    help="Folder of the library [default: ~/.local/share/diemdoc/library].",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print facts as JSON.")
dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


config = click.option(
    "--config",
    "config_file",
    envvar="DIEMDOC_CONFIG",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings file [default: /etc/diemdoc/diemdoc.toml when it is there].",
)


def _load(_context: click.Context, _option: click.Parameter, path: Path | None) -> SearchSettings:
    return read_settings(path).table(TABLE, SearchSettings)


settings = click.option(
    "--config",
    "settings",
    envvar="DIEMDOC_CONFIG",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_load,
    help="Settings file [default: /etc/diemdoc/diemdoc.toml when it is there].",
)


def print_json(value: Any) -> None:
    """Print facts for programs."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))
