"""`diemdoc repository`: publish signed content; and our client for the public conformance suite."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from securesystemslib.signer import Signer

from content.library import options
from content.library.progress import progress
from content.repository.conformance import conformance_client
from content.repository.software import ROLE as SOFTWARE
from province.carry_cli import upload, volume
from province.desk import Desk
from province.errors import PublishError
from province.hardware import SUFFIX, adopt_key
from province.keys import key_file, load_key, make_key
from province.publisher import publish as publish_desk
from province.release import Release, found_repository
from province.rotation import ROLES_OF, ROOT_KEYS, sign_anew
from province.rotation import rotate as rotate_key

_desk = click.argument("desk", type=click.Path(file_okay=False, path_type=Path))
_pin_file = click.option(
    "--pin-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File whose first line is the PIN of every key; without it you are asked.",
)
_ROOTS = ("root-1", "root-2", "root-3")
_SETTINGS = """# Collections of this desk; put archives into collections/ID/ and publish.
name = {name}

# [[collection]]
# id = "dia-chi"
# title = "Địa chí Lai Châu"
# priority = 90          # 0 to 100: kept first when a disk is short
# communes = []          # codes; empty is all
# min_disk_gb = 0

# Where points send their reports; 'diemdoc province' prints these lines.
# [reports]
# address = "https://thuvien.example.vn"
# receipt_key = "64 hexadecimal digits"
# sealing_key = "64 hexadecimal digits"
"""


@click.group()
def repository() -> None:
    """Publish signed content; the province's side.

    A desk is a folder: collections to publish, keys, and the signed repository.
    """


repository.add_command(conformance_client)
repository.add_command(volume)
repository.add_command(upload)


@repository.command(epilog='Example: diemdoc repository init desk --name "Lai Châu"')
@_desk
@click.option("--name", required=True, help="Name of the province, as points show it.")
@click.option(
    "--key",
    "tokens",
    multiple=True,
    metavar="NAME=URI",
    help="Use the key of a token: targets=pkcs11:token=LABEL;id=%02?module-path=LIBRARY.so",
)
@_pin_file
def init(desk: Path, name: str, tokens: tuple[str, ...], pin_file: Path | None) -> None:
    """Make a desk: keys under PINs, the root that points trust, an empty repository.

    Three root keys are made; two are needed to change keys later. Take each off to a stick of its
    own and lock them away: publishing never needs them. Root keys and the librarian's may lie on
    hardware keys instead.
    """
    uris = dict(one.partition("=")[::2] for one in tokens)
    if unknown := set(uris) - {*_ROOTS, "targets"}:
        raise click.UsageError(
            f"--key {', '.join(sorted(unknown))}: only root-1, root-2, root-3 and targets may lie "
            "on a token"
        )
    here = Desk(desk)
    if (here.repository / "metadata" / "timestamp.json").exists():
        raise PublishError(f"{desk}: is a desk already")
    signers = {
        role: _make(here.keys / role, role, pin_file, uris.get(role))
        for role in (*_ROOTS, "targets", "online")
    }
    roots = [signers[role] for role in _ROOTS]
    found_repository(here, name, roots, signers["targets"], signers["online"], datetime.now(UTC))
    if not here.settings.exists():
        here.settings.write_text(_SETTINGS.format(name=json.dumps(name, ensure_ascii=False)))
    click.echo(f"Points trust this file: {here.repository / 'metadata' / '1.root.json'}")
    click.echo(f"Now move root-1, root-2 and root-3 from {here.keys} to three sticks, and lock up.")


@repository.command(epilog="Example: diemdoc repository publish desk --dry-run")
@_desk
@_pin_file
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@options.as_json
def publish(desk: Path, pin_file: Path | None, *, dry_run: bool, as_json: bool) -> None:
    """Sign and publish what lies in the collections' folders.

    A run that breaks off leaves the old release in use, and the next one goes on.
    """
    _publish(desk, pin_file, dry_run=dry_run, as_json=as_json)


@repository.command(epilog="Example: diemdoc repository retire desk old-guide")
@_desk
@click.argument("names", nargs=-1, required=True)
@_pin_file
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def retire(desk: Path, names: tuple[str, ...], pin_file: Path | None, *, dry_run: bool) -> None:
    """Take archives out: points remove them at their next update."""
    _publish(desk, pin_file, dry_run=dry_run, names=names)


@repository.command(epilog="Example: diemdoc repository replace desk guide-2025 guide-2026")
@_desk
@click.argument("old")
@click.argument("new")
@_pin_file
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def replace(desk: Path, old: str, new: str, pin_file: Path | None, *, dry_run: bool) -> None:
    """Publish NEW (in its collection's folder) in the place of OLD.

    A point keeps OLD until NEW is there whole.
    """
    _publish(desk, pin_file, dry_run=dry_run, replaces={new: old})


@repository.command(epilog="Example: diemdoc repository status desk")
@_desk
@options.as_json
def status(desk: Path, *, as_json: bool) -> None:
    """Say what is published and when the signatures run out."""
    release = Release.load(Desk(desk), datetime.now(UTC))
    facts: dict[str, Any] = {
        "version": release.timestamp.signed.version,
        "timestamp_expires": release.timestamp.signed.expires.isoformat(),
        "collections": {
            role: sum(path.endswith(".zim") for path in metadata.signed.targets)
            for role, metadata in release.roles.items()
            if role not in {"targets", SOFTWARE}
        },
        "software": sorted(
            Path(path).stem for path in release.targets_of(SOFTWARE) if path.endswith(".deb")
        ),
    }
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    click.echo(f"Release {facts['version']}, good until {facts['timestamp_expires']}")
    for role, count in release.roles.items():
        if role not in {"targets", SOFTWARE}:
            click.echo(f"{role:<32} {len(count.signed.targets) // 2:>5} archives")
    for name in facts["software"]:
        click.echo(f"software  {name}")


@repository.command(
    epilog="Example: diemdoc repository rotate desk targets --root-key /media/1/root-1.pem "
    "--root-key /media/2/root-2.pem"
)
@_desk
@click.argument("name", type=click.Choice([*ROLES_OF, *ROOT_KEYS]))
@click.option(
    "--root-key",
    "root_keys",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Two of the three root keys, from their sticks.",
)
@click.option("--key", "uri", metavar="URI", help="Put the key of a token in its place: pkcs11:...")
@_pin_file
def rotate(
    desk: Path, name: str, root_keys: tuple[Path, ...], uri: str | None, pin_file: Path | None
) -> None:
    """Put a new key in the place of NAME, which counts for nothing from then on.

    Do so when a key may be known to others or its PIN is forgotten, and every few years.
    """
    here, now = Desk(desk), datetime.now(UTC)
    roots = [
        load_key(path, _pin(pin_file, partial(_ask, f"PIN of {path.name}"))) for path in root_keys
    ]
    old = key_file(here.keys, name)
    beside = here.keys / f"{name}-{now:%Y%m%d%H%M%S}"
    new = _make(beside, name, pin_file, uri)
    made = key_file(here.keys, beside.name)
    try:
        root = rotate_key(here, name, new, roots, now)
    except PublishError:
        made.unlink()
        raise
    old.unlink(missing_ok=True)
    path = made.replace(here.keys / f"{name}{made.suffix}")
    click.echo(f"New root: {root}")
    if name in ROOT_KEYS:
        click.echo(f"Now move {path} to its stick. Points see the change with the next release.")
    sign_anew(here, _load(here, "targets", pin_file), _load(here, "online", pin_file), now)


def _ask(words: str) -> str:
    return str(click.prompt(words, hide_input=True))


def _publish(  # noqa: PLR0913 -- what three commands share
    desk: Path,
    pin_file: Path | None,
    *,
    dry_run: bool,
    as_json: bool = False,
    names: tuple[str, ...] = (),
    replaces: dict[str, str] | None = None,
) -> None:
    here = Desk(desk)
    keys = None
    if not dry_run:
        keys = (_load(here, "targets", pin_file), _load(here, "online", pin_file))
    with progress() as report:
        changes = publish_desk(
            here, keys, datetime.now(UTC), report=report, retire=names, replaces=replaces
        )
    if as_json:
        click.echo(json.dumps([asdict(one) for one in changes], ensure_ascii=False, indent=1))
        return
    for one in changes:
        if one.did != "kept":
            click.echo(f"{one.did:<9} {one.size_bytes / 1e6:>10.1f} MB  {one.path}")
    if all(one.did == "kept" for one in changes):
        click.echo("Nothing changed; nothing to publish.")


def _pin(pin_file: Path | None, ask: Callable[[], str]) -> str:
    if pin_file is None:
        return ask()
    return pin_file.read_text(encoding="utf-8").split("\n", 1)[0]


def _make(path: Path, role: str, pin_file: Path | None, uri: str | None = None) -> Signer:
    """Make a key, `path` with .pem, or adopt that of a token, `path` with .hsm."""
    if uri:
        pin = _pin(pin_file, partial(_ask, f"PIN of the token of {role}"))
        return adopt_key(path.with_name(path.name + SUFFIX), uri, pin)
    words = f"New PIN for the key {role}"
    return make_key(
        path.with_name(path.name + ".pem"),
        _pin(pin_file, lambda: str(click.prompt(words, hide_input=True, confirmation_prompt=True))),
    )


def _load(desk: Desk, role: str, pin_file: Path | None) -> Signer:
    return load_key(key_file(desk.keys, role), _pin(pin_file, partial(_ask, f"PIN of {role}")))
