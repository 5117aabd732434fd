"""Points become known by a code that the province's staff gave out, on paper or on a stick."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Engine, insert, select, update

from content.errors import TamperedError
from content.files import atomic_write
from content.sync.message import Kind, Message, point_of, verify
from content.sync.outbox import FOLDER
from province.errors import ProvinceError
from province.reports_keys import ReportsKeys
from province.tables import invitation, now_text, point, stored_text

VALID = timedelta(days=90)
# No letter that is taken for another on paper.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_CODE_LETTERS = 10


def invite(database: Engine, name: str, commune: str, now: datetime) -> str:
    """Return a new code for a point; it makes one point known, within 90 days.

    Raises:
        ProvinceError: The name is empty or too long.
    """
    if not 0 < len(name.strip()) <= 200 or len(commune) > 40:
        raise ProvinceError("a point needs a name of at most 200 letters, a commune of at most 40")
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LETTERS))
    code = f"{drawn[:5]}-{drawn[5:]}"
    with database.begin() as connection:
        connection.execute(
            insert(invitation).values(
                code=code, name=name.strip(), commune=commune, expires=now_text(now + VALID)
            )
        )
    return code


def write_invitation(stick: Path, code: str, address: str, keys: ReportsKeys) -> Path:
    """Write an invitation to a stick; after a power cut it is whole or not there."""
    folder = stick / FOLDER
    folder.mkdir(exist_ok=True)
    facts = {"version": 1, "code": code, "address": address, **keys.as_facts()}
    path = folder / "invitation.json"
    atomic_write(path, json.dumps(facts, indent=1).encode())
    return path


def claimed_key(body: Any) -> Ed25519PublicKey:
    """Return the key that an enrolment carries.

    Raises:
        TamperedError: It carries none.
    """
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(body["public_key"]))
    except (KeyError, TypeError, ValueError) as error:
        raise TamperedError("the enrolment carries no key") from error


def enrolment_in(data: bytes) -> Message | None:
    """Return the enrolment in a message, signed by the key it carries; None for other kinds.

    Raises:
        TamperedError: It is not signed by that key.
    """
    try:
        facts = json.loads(json.loads(data)["signed"])
        is_enrolment = facts["kind"] == Kind.ENROLMENT
        body = facts["body"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return verify(data, claimed_key(body)) if is_enrolment else None


def refusal(connection: Connection, found: Message, now: datetime) -> str:
    """Return why an enrolment is refused, or ""."""
    row = connection.execute(
        select(invitation).where(invitation.c.code == _code(found.body))
    ).first()
    if row is None:
        return "this code is not known; ask the province for one"
    if row.point is not None and row.point != found.point:
        return "this code was used by another point; ask the province for a new one"
    if row.point is None and row.expires < now_text(now):
        return "this code has run out; ask the province for a new one"
    return ""


def enrol(connection: Connection, found: Message, carrier: str, now: datetime) -> None:
    """Make a point known, or note that it says again who it is."""
    body: Mapping[str, Any] = found.body
    code = _code(body)
    row = connection.execute(select(invitation).where(invitation.c.code == code)).one()
    values = {
        # Staff know it by the name they gave; without one, by its own.
        "name": row.name or stored_text(str(body.get("name", "")), 200),
        "commune": row.commune or stored_text(str(body.get("commune", "")), 40),
        "heard": now_text(now),
        "carrier": carrier,
        "trust": stored_text(found.trust, 16),
    }
    known = connection.execute(select(point.c.point).where(point.c.point == found.point)).first()
    if known is None:
        key = claimed_key(body)
        connection.execute(
            insert(point).values(
                point=point_of(key),
                public_key=key.public_bytes_raw().hex(),
                enrolled=now_text(now),
                standing="{}",
                **values,
            )
        )
    else:
        connection.execute(update(point).where(point.c.point == found.point).values(**values))
    connection.execute(
        update(invitation).where(invitation.c.code == code).values(point=found.point)
    )


def _code(body: Any) -> str:
    """Return a code as it was given out, however it was typed."""
    typed = str(body.get("code", "") if isinstance(body, Mapping) else "").upper()
    letters = "".join(one for one in typed if one.isalnum())[:_CODE_LETTERS]
    return f"{letters[:5]}-{letters[5:]}"
