"""Where the province takes reports, and by which keys it answers and unseals.

A point learns it from the lists it has verified (`custom.reports` in targets.json), so a new key
comes with the next update; before the first update, from an invitation on a stick, which also
carries the code that makes it known. docs/reference/reports-protocol.md has both formats.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from content.errors import MissingFileError, NotTrustedError, TamperedError
from content.files import atomic_write
from content.repository.carrier import read_whole
from content.repository.trust import TrustStore
from content.repository.volume import DirectoryCarrier
from content.sync.outbox import FOLDER

INVITATION = "invitation.json"
_KEPT = "province.json"
_MOST_BYTES = 16_384
_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ReportsDesk:
    """Who takes this point's reports.

    Args:
        address: Of the province's server, up to `/api/v1/`; "" when only sticks reach it.
        receipt_key: Ed25519; signs receipts.
        sealing_key: X25519; what travels on sticks is sealed to it.
    """

    address: str
    receipt_key: bytes
    sealing_key: bytes

    @property
    def signs_by(self) -> Ed25519PublicKey:
        """The key of its receipts."""
        return Ed25519PublicKey.from_public_bytes(self.receipt_key)

    @property
    def unseals_by(self) -> X25519PublicKey:
        """The key that opens what is sealed to it."""
        return X25519PublicKey.from_public_bytes(self.sealing_key)

    def as_facts(self) -> dict[str, str]:
        """Return it as it stands in lists and files."""
        return {
            "address": self.address,
            "receipt_key": self.receipt_key.hex(),
            "sealing_key": self.sealing_key.hex(),
        }


def parse_desk(raw: Any) -> ReportsDesk:
    """Return the desk in a list or a file.

    Raises:
        ValueError: A field is not what it must be.
    """
    fields = raw if isinstance(raw, Mapping) else {}
    address = fields.get("address", "")
    if not isinstance(address, str) or not re.fullmatch(r"(https?://[^\s/]+[^\s?#]*)?", address):
        raise ValueError("its address must be http://... or https://...")
    keys = [fields.get(one) for one in ("receipt_key", "sealing_key")]
    if not all(isinstance(one, str) and _KEY.fullmatch(one) for one in keys):
        raise ValueError("receipt_key and sealing_key must be 64 hexadecimal digits each")
    first, second = (bytes.fromhex(str(one)) for one in keys)
    return ReportsDesk(address.rstrip("/"), first, second)


def read_invitation(stick: Path) -> tuple[str, ReportsDesk]:
    """Return code and desk of the invitation on a stick.

    Raises:
        MissingFileError: There is none.
        TamperedError: It is not what it must be.
    """
    try:
        data = read_whole(DirectoryCarrier(stick), f"{FOLDER}/{INVITATION}", _MOST_BYTES)
        raw = json.loads(data or b"")
        code, desk = {1: str(raw["code"])}[raw["version"]], parse_desk(raw)
    except MissingFileError as error:
        raise MissingFileError(
            f"{stick}: holds no invitation ({FOLDER}/{INVITATION}); ask the province for one"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise TamperedError(
            f"{stick}: its invitation is damaged or of another version ({error}); ask for a new one"
        ) from error
    return code, desk


def keep_desk(outbox: Path, desk: ReportsDesk) -> None:
    """Remember the desk of an invitation; after a power cut the old one or this one is kept."""
    outbox.mkdir(parents=True, exist_ok=True)
    atomic_write(outbox / _KEPT, json.dumps(desk.as_facts()).encode())


def desk_of(trust: TrustStore, outbox: Path) -> ReportsDesk:
    """Return who takes this point's reports: as signed, else as the invitation said.

    Raises:
        NotTrustedError: Nobody has said so yet.
    """
    current = trust.current()
    sources = (
        [] if current is None else [(current / "targets.json", ("signed", "custom", "reports"))]
    )
    for path, names in [*sources, (outbox / _KEPT, ())]:
        try:
            raw = json.loads(path.read_bytes())
            for name in names:
                raw = raw[name]
            return parse_desk(raw)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    raise NotTrustedError(
        "this point does not know where its reports go: update it from the province once, or plug "
        "in the stick with the province's invitation and run 'diemdoc point enrol FOLDER'"
    )
