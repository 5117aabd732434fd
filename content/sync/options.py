"""Options that commands of updates and of the outbox share, and the point they name."""

from pathlib import Path

import click

from content.library import options as shared
from content.library.settings import TABLE as SEARCH
from content.library.settings import SearchSettings
from content.settings import read_settings
from content.store.layout import default_library, state_beside
from content.sync.run import Site
from content.sync.settings import TABLE, SyncSettings, folders_of

where = click.option(
    "--library",
    "root",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the library [default: as set, else ~/.local/share/diemdoc/library].",
)
state = click.option(
    "--state",
    envvar="STATE_DIRECTORY",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of trust and clock [default: $STATE_DIRECTORY, as set, else LIBRARY-state].",
)
config, as_json = shared.config, shared.as_json
folder = click.Path(exists=True, file_okay=False, path_type=Path)


def site_of(root: Path | None, state: Path | None, config_file: Path | None) -> Site:
    """Return this point as settings and options say.

    Raises:
        ConfigError: The settings file cannot be used.
    """
    file = read_settings(config_file)
    settings, (library, kept) = file.table(TABLE, SyncSettings), folders_of(file)
    root = root or library or default_library()
    search = file.table(SEARCH, SearchSettings)
    return Site(root, state or kept or state_beside(root), settings, search)
