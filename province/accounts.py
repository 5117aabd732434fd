"""Accounts of the province's staff: made on the server's command line, none by default.

Passwords are kept as scrypt hashes (werkzeug, N 32768, r 8, p 1). Five wrong ones in a row lock an
account for a quarter of an hour, also against the right one.
"""

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, insert, select, update
from werkzeug.security import check_password_hash, generate_password_hash

from province.errors import ProvinceError
from province.tables import account, now_text

MIN_PASSWORD = 10
MAX_FAILURES = 5
LOCKED = timedelta(minutes=15)
# Asked when a name is unknown, so that the answer takes as long.
_NOBODY = generate_password_hash("nobody has this password")


def set_password(database: Engine, name: str, password: str) -> None:
    """Make an account, or give it a new password; it is unlocked.

    Raises:
        ProvinceError: The name or the password will not do.
    """
    if not 0 < len(name) <= 80 or not name.isprintable():
        raise ProvinceError("an account needs a name of at most 80 letters")
    if len(password) < MIN_PASSWORD:
        raise ProvinceError(f"a password needs {MIN_PASSWORD} letters at least")
    with database.begin() as connection:
        connection.execute(delete(account).where(account.c.name == name))
        connection.execute(
            insert(account).values(
                name=name, password=generate_password_hash(password), failures=0, locked_until=""
            )
        )


def remove(database: Engine, name: str) -> None:
    """Take an account away; its open pages are closed with the next click.

    Raises:
        ProvinceError: There is none of that name.
    """
    with database.begin() as connection:
        if not connection.execute(delete(account).where(account.c.name == name)).rowcount:
            raise ProvinceError(f"there is no account {name!r}")


def exists(database: Engine, name: str) -> bool:
    """Return whether there is an account of that name."""
    with database.connect() as connection:
        asked = select(account.c.name).where(account.c.name == name)
        return connection.execute(asked).first() is not None


def sign_in(database: Engine, name: str, password: str, now: datetime) -> bool:
    """Return whether name and password are right, and the account is not locked."""
    with database.begin() as connection:
        row = connection.execute(select(account).where(account.c.name == name)).first()
        is_right = check_password_hash(row.password if row else _NOBODY, password)
        if row is None or row.locked_until > now_text(now):
            return False
        failures = 0 if is_right else row.failures + 1
        locked = now_text(now + LOCKED) if failures >= MAX_FAILURES else ""
        connection.execute(
            update(account)
            .where(account.c.name == name)
            .values(failures=0 if locked else failures, locked_until=locked)
        )
        return is_right
