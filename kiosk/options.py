"""Options that several commands of a point share, and the settings that follow from them."""

from dataclasses import replace
from pathlib import Path

import click

from content.library import options as shared
from kiosk.config import KioskConfig, load_config

library = click.option(
    "--library", type=click.Path(file_okay=False, path_type=Path), help="Folder of the library."
)
state = click.option(
    "--state",
    envvar="STATE_DIRECTORY",
    type=click.Path(file_okay=False),
    help="Folder of what this point writes [default: $STATE_DIRECTORY, as set, LIBRARY-state].",
)
config, as_json = shared.config, shared.as_json


def config_of(library: Path | None, state: str | None, config_file: Path | None) -> KioskConfig:
    """Return the settings, with what the command was told in the place of what is set.

    Raises:
        ConfigError: The settings file cannot be used.
    """
    found = load_config(config_file)
    return replace(found, library=library or found.library, state=state or found.state)
