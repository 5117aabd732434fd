"""`diemdoc repository volume / upload`: carry what is published to sticks and buckets."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from content.library import options
from content.library.progress import progress
from content.sync.standing import Standing, from_body
from province.bucket import connect
from province.bucket import upload as send
from province.desk import Desk
from province.errors import PublishError
from province.release import Release
from province.volume import files_of, lacking, missing_on, write_volume

_desk = click.argument("desk", type=click.Path(file_okay=False, path_type=Path))


@click.command(epilog="Example: diemdoc repository volume desk /media/stick -c dia-chi")
@_desk
@click.argument("stick", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-c", "--collection", "wanted", multiple=True, help="A collection or archive only.")
@click.option(
    "--for",
    "standing",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Only what one point lacks: its health report, or what 'diemdoc point show --json' says.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@options.as_json
def volume(  # noqa: PLR0913 -- one per option
    desk: Path,
    stick: Path,
    wanted: tuple[str, ...],
    standing: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write the repository to STICK, or bring STICK up to date, and read it back."""
    here = Desk(desk)
    release = Release.load(here, datetime.now(UTC))
    chosen: set[str] | None = set(wanted) or None
    if standing is not None:
        lacks = lacking(release, _standing(standing))
        chosen = lacks if chosen is None else lacks & chosen
    missing = missing_on(stick, files_of(release, chosen))
    size_bytes = sum(size for _, size in missing.values())
    if not dry_run:
        with progress() as report:
            write_volume(here.repository, release, stick, report=report, wanted=chosen)
    if as_json:
        facts = {"files": sorted(missing), "size_bytes": size_bytes}
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    for path in sorted(missing):
        if path.endswith(".zim"):
            click.echo(f"{missing[path][1] / 1e6:>10.1f} MB  {Path(path).name[65:]}")
    words = "would be written" if dry_run else "written and read back"
    click.echo(f"{stick}: {size_bytes / 1e6:.1f} MB {words}.")


def _standing(path: Path) -> Standing:
    """Return how a point stands, from the body of its report or the whole signed message."""
    try:
        raw = json.loads(path.read_bytes())
        if "signed" in raw:
            raw = json.loads(raw["signed"])["body"]
        return from_body(raw)
    except (ValueError, KeyError, TypeError) as error:
        raise PublishError(f"{path}: is no health report of a point: {error}") from error


@click.command(epilog="Example: diemdoc repository upload desk thu-vien --prefix repository")
@_desk
@click.argument("bucket")
@click.option("--prefix", default="", help="Folder in the bucket.")
@click.option("--endpoint", help="Address of an S3-compatible service.")
def upload(desk: Path, bucket: str, prefix: str, endpoint: str | None) -> None:
    """Bring an S3-compatible BUCKET up to date with the published repository.

    Credentials are read where boto3 reads them: AWS_ACCESS_KEY_ID and its kin, ~/.aws.
    """
    with progress() as report:
        sent = send(connect(endpoint), Desk(desk).repository, bucket, prefix, report=report)
    click.echo(f"{sent / 1e6:.1f} MB sent to {bucket}.")
