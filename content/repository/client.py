"""What a province offers, verified: refresh from a carrier, then the list of archives.

A refresh works on a copy of the trusted metadata and is adopted when all of it verified. Whatever a
carrier gives that does not verify leaves no trace; each way of being wrong has an error of its own.
"""

import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tuf.api import exceptions
from tuf.api.metadata import Metadata, Root, Timestamp

from content.clock import TrustedClock
from content.errors import (
    CarrierError,
    ExpiredRepositoryError,
    ForeignRepositoryError,
    OlderRepositoryError,
    RepositoryError,
    TamperedError,
)
from content.repository.carrier import Carrier, read_whole
from content.repository.metadata import CarrierFetcher, DurableUpdater
from content.repository.software import ROLE as SOFTWARE
from content.repository.software import SoftwareDescription, parse_software
from content.repository.targets import TargetDescription, parse_targets
from content.repository.trust import MAX_ROOT, TrustStore

_PREFIX = "carrier:/"
SIGNED_AT = "signed_at"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the province offers at the moment, all of it verified.

    Args:
        version: Of the timestamp.
        expires: When its signatures run out.
        software: Versions of this software, for any machine.
    """

    version: int
    expires: datetime
    archives: tuple[TargetDescription, ...]
    software: tuple[SoftwareDescription, ...] = ()


def pin(trust: TrustStore, root: bytes) -> None:
    """Trust a province by its root; pinning the same again changes nothing.

    After a power cut it is pinned or not.

    Raises:
        RepositoryError: It is no root signed by its own keys, or another one is pinned.
    """
    try:
        signed = Metadata[Root].from_bytes(root)
        signed.verify_delegate(Root.type, signed)
    except (exceptions.RepositoryError, ValueError, TypeError) as error:
        raise RepositoryError(f"the root file cannot be used: {error}") from error
    trust.keep_root(root)


def refresh(
    trust: TrustStore, carrier: Carrier, clock: TrustedClock, *, keep: bool = True
) -> Offer:
    """Return what `carrier` offers, verified; the trust and the clock's floor move with it.

    After a power cut the old metadata or the new is trusted, each whole.

    Args:
        keep: False only looks: nothing is remembered.

    Raises:
        CarrierError: It cannot be read.
        RepositoryError: One of its kinds; nothing was remembered.
    """
    root = trust.root()
    _refuse_foreign(root, carrier)
    folder = trust.attempt()
    fetcher = CarrierFetcher(carrier, _PREFIX)
    is_adopted = False
    try:
        offer, signed = _verified(folder, root, fetcher, clock)
        if keep:
            trust.adopt(folder)
            is_adopted = True
    except exceptions.RepositoryError as error:
        raise _explained(error, fetcher, carrier) from error
    except exceptions.DownloadError as error:
        if isinstance(error, exceptions.DownloadLengthMismatchError):
            raise TamperedError(
                f"{carrier.name}: {fetcher.last} is longer than it may be; refused"
            ) from error
        raise fetcher.problem or CarrierError(
            f"{carrier.name}: lacks {fetcher.last}; was the copy finished?"
        ) from error
    finally:
        if not is_adopted:
            shutil.rmtree(folder, ignore_errors=True)
    if keep and signed is not None:
        clock.raise_to_signed(signed)
    return offer


def _verified(
    folder: Path, root: bytes, fetcher: CarrierFetcher, clock: TrustedClock
) -> tuple[Offer, datetime | None]:
    now = clock.reading().proven
    updater = DurableUpdater(folder, f"{_PREFIX}metadata/", fetcher, bootstrap=root, now=now)
    updater.refresh()
    archives: list[TargetDescription] = []
    software: list[SoftwareDescription] = []
    for role in updater.roles():
        targets = updater.trusted(role).targets
        raw = {
            path: (one.length, one.hashes.get("sha256", ""), one.unrecognized_fields.get("custom"))
            for path, one in targets.items()
        }
        if role == SOFTWARE:
            software += parse_software(raw)
        else:
            archives += parse_targets(role, raw)
    names = [one.name for one in archives]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise TamperedError(f"two collections offer an archive called {twice!r}")
    timestamp = Metadata[Timestamp].from_bytes((folder / "timestamp.json").read_bytes()).signed
    signed = None
    with suppress(KeyError, TypeError, ValueError):
        signed = datetime.fromisoformat(timestamp.unrecognized_fields["custom"][SIGNED_AT])
    if signed is not None and (signed.tzinfo is None or signed > timestamp.expires):
        raise TamperedError("the timestamp says it was signed after it expired")
    offer = Offer(timestamp.version, timestamp.expires, tuple(archives), tuple(software))
    return offer, signed


def _refuse_foreign(root: bytes, carrier: Carrier) -> None:
    """Tell a repository of others from a damaged one: the first root is another."""
    ours = json.loads(root)["signed"]
    path = f"metadata/{ours['version']}.root.json"
    theirs = read_whole(carrier, path, MAX_ROOT)
    if theirs is None:
        raise TamperedError(f"{carrier.name}: its root file is longer than it may be; refused")
    if theirs != root:
        said = ""
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            said = str(json.loads(theirs)["signed"]["province"])[:80]
        raise ForeignRepositoryError(
            f"{carrier.name}: is not signed by the province this point trusts"
            + (f"; it says it is of {said!r}" if said else "")
        )


def _explained(
    error: exceptions.RepositoryError, fetcher: CarrierFetcher, carrier: Carrier
) -> RepositoryError:
    name = carrier.name
    if isinstance(error, exceptions.ExpiredMetadataError):
        return ExpiredRepositoryError(
            f"{name}: its signatures have run out ({error}); it is too old a copy: get a newer one"
        )
    is_rollback = isinstance(error, exceptions.BadVersionNumberError)
    if is_rollback and fetcher.last == "timestamp.json":
        return OlderRepositoryError(
            f"{name}: is older than what this point has seen already; get a newer copy"
        )
    if fetcher.last == "timestamp.json" and not isinstance(error, exceptions.UnsignedMetadataError):
        return TamperedError(f"{name}: timestamp.json is damaged or no signed list ({error})")
    return TamperedError(f"{name}: {fetcher.last} is not what the province signed ({error})")
