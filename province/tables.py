"""The province's tables, in SQLite or PostgreSQL; and the one place that opens the database."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from province.errors import ProvinceError

VERSION = 1
metadata = MetaData()

# Instants are text, ISO 8601 in UTC: the same in both databases, and sortable.
schema = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

point = Table(
    "point",
    metadata,
    Column("point", String(64), primary_key=True),
    Column("public_key", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("commune", String(40), nullable=False),
    Column("enrolled", String(32), nullable=False),
    Column("heard", String(32), nullable=False),
    Column("carrier", String(8), nullable=False),
    Column("trust", String(16), nullable=False),
    Column("standing", Text, nullable=False),
)
invitation = Table(
    "invitation",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("commune", String(40), nullable=False),
    Column("expires", String(32), nullable=False),
    Column("point", String(64)),
)
message = Table(
    "message",
    metadata,
    Column("point", String(64), primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("made", String(40), nullable=False),
    Column("trust", String(16), nullable=False),
    Column("received", String(32), nullable=False),
    Column("carrier", String(8), nullable=False),
    Column("body", Text, nullable=False),
)
# One row a point and month: the last report of it.
month = Table(
    "month",
    metadata,
    Column("point", String(64), ForeignKey("point.point"), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("visits", BigInteger, nullable=False),
    Column("visitors", BigInteger, nullable=False),
    Column("searches", BigInteger, nullable=False),
    Column("unmet", BigInteger, nullable=False),
    Column("investigations", BigInteger, nullable=False),
    Column("requests", BigInteger, nullable=False),
    Column("titles", BigInteger, nullable=False),
    Column("seconds_open", BigInteger, nullable=False),
    Column("unproved", BigInteger, nullable=False),
    Column("epsilon", Float, nullable=False),
)
# What was read in that month, by family (work, form, collection ...) and value.
cell = Table(
    "cell",
    metadata,
    Column("point", String(64), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("family", String(16), primary_key=True),
    Column("value", String(200), primary_key=True),
    Column("figures", Text, nullable=False),
)
work = Table(
    "work",
    metadata,
    Column("identifier", String(80), primary_key=True),
    Column("facts", Text, nullable=False),
)
account = Table(
    "account",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("password", String(300), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", String(32), nullable=False),
)


def open_database(address: str) -> Engine:
    """Return the database, with its tables made when they are absent.

    Raises:
        ProvinceError: It cannot be opened, or was written by a newer version.
    """
    engine: Engine | None = None
    try:
        engine = create_engine(address)
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        found = _prepare(engine)
    except (SQLAlchemyError, ImportError, OSError) as error:
        if engine is not None:
            engine.dispose()
        # The address may hold a password: it is not repeated.
        raise ProvinceError(
            f"the database cannot be opened ({type(error).__name__}); check 'database' in the "
            "settings, and that the server runs"
        ) from error
    if found > VERSION:
        engine.dispose()
        raise ProvinceError("the database was written by a newer version; update the software")
    return engine


def _prepare(engine: Engine) -> int:
    """Make what is absent, and return the version of what is there."""
    metadata.create_all(engine)
    with engine.begin() as connection:
        found = connection.execute(select(schema.c.version)).scalar()
        if found is None:
            connection.execute(insert(schema).values(version=VERSION))
    return VERSION if found is None else int(found)


def stored_text(text: str, most: int) -> str:
    """Return a text that both databases can hold, at most so long."""
    whole = text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return whole[:most]


def now_text(now: datetime | None = None) -> str:
    """Return an instant as it is stored."""
    return (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _prepare_sqlite(engine: Engine) -> None:
    path = engine.url.database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch(mode=0o600)

    @event.listens_for(engine, "connect")
    def _settings(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA busy_timeout = 10000")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()
