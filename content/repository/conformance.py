"""`diemdoc repository conformance-client`: our TUF client behind the public conformance protocol.

The protocol is that of the TUF conformance suite (CLIENT-CLI): `init`, `refresh`, `download`, exit
status 0 or 1. Carrier, fetcher and persistence are those of every update.
"""

import sys
from contextlib import suppress
from pathlib import Path

import click
from tuf.api.exceptions import DownloadError
from tuf.api.exceptions import RepositoryError as TufError

from content.files import atomic_write
from content.repository.http import HttpCarrier
from content.repository.metadata import CarrierFetcher, DurableUpdater


@click.group("conformance-client")
@click.option("--metadata-dir", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--metadata-url", default="")
@click.option("--target-name", default="")
@click.option("--target-base-url", default="")
@click.option("--target-dir", type=click.Path(file_okay=False, path_type=Path))
@click.pass_context
def conformance_client(context: click.Context, /, **options: object) -> None:
    """Speak the protocol of the public TUF conformance suite.

    Example: diemdoc repository conformance-client --metadata-dir D init ROOT
    """
    context.obj = options


@conformance_client.command()
@click.argument("root", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def init(options: dict[str, Path], root: Path) -> None:
    """Trust the root in ROOT; asks nothing of the repository."""
    folder = options["metadata_dir"]
    (folder / "root_history").mkdir(parents=True, exist_ok=True)
    atomic_write(folder / "root.json", root.read_bytes())


@conformance_client.command()
@click.pass_obj
def refresh(options: dict[str, str]) -> None:
    """Bring the metadata up to date."""
    _end(options, download=False)


@conformance_client.command()
@click.pass_obj
def download(options: dict[str, str]) -> None:
    """Fetch the target named by --target-name into --target-dir."""
    if not (options["target_name"] and options["target_base_url"] and options["target_dir"]):
        raise click.UsageError("download needs --target-name, --target-base-url and --target-dir")
    _end(options, download=True)


def _end(options: dict[str, str], *, download: bool) -> None:
    try:
        is_done = _run(options, download=download)
    except (TufError, DownloadError, OSError, ValueError) as error:
        click.echo(f"diemdoc: {error}", err=True)
        is_done = False
    sys.exit(0 if is_done else 1)


def _run(options: dict[str, str], *, download: bool) -> bool:
    targets = None
    if download:
        targets = (Path(options["target_dir"]), options["target_base_url"])
    updater = DurableUpdater(
        Path(options["metadata_dir"]),
        options["metadata_url"],
        CarrierFetcher(HttpCarrier("")),
        bootstrap=None,
        targets=targets,
    )
    updater.refresh()
    if not download:
        return True
    found = updater.get_targetinfo(options["target_name"])
    if found is None:
        return False
    if updater.find_cached_target(found) is None:
        path = Path(updater.download_target(found))
        with suppress(OSError):
            path.chmod(0o644)
    return True
