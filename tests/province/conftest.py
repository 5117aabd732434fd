"""The province's database, once as SQLite and once as PostgreSQL."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.province.databases import postgresql, programs

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgresql_socket() -> Iterator[Path]:
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    with postgresql(found) as socket:
        yield socket


@pytest.fixture(params=["sqlite", "postgresql"])
def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'province.db'}"
    socket: Path = request.getfixturevalue("postgresql_socket")
    base = f"postgresql+psycopg://diemdoc@/%s?host={socket}"
    name = f"test{next(_numbers)}"
    engine = create_engine(base % "postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return base % name
