"""A database that is kept comes to its newest form once, whoever opens it, with a copy beside."""

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from content.database import open_kept
from content.errors import StoreError


def _first(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE one (value INTEGER)")


def _second(connection: sqlite3.Connection) -> None:
    # Long enough for another to come meanwhile.
    time.sleep(0.2)
    connection.execute("ALTER TABLE one ADD COLUMN more INTEGER NOT NULL DEFAULT 7")


BOTH = (_first, _second)


def test_two_that_open_an_old_one_at_once_both_get_the_new_form(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    open_kept(path, BOTH[:1]).execute("INSERT INTO one VALUES (3)").connection.close()
    found: list[object] = []

    def read() -> None:
        connection = open_kept(path, BOTH)
        found.append(connection.execute("SELECT * FROM one").fetchall())
        connection.close()

    readers = [threading.Thread(target=read) for _ in range(3)]
    for one in readers:
        one.start()
    for one in readers:
        one.join()
    assert found == [[(3, 7)]] * 3


def test_the_form_before_stays_as_a_copy_with_the_same_rights(tmp_path: Path) -> None:
    path, kept = tmp_path / "kept.db", tmp_path / "kept.db.before-2"
    path.touch(mode=0o600)
    open_kept(path, BOTH[:1]).close()
    assert not kept.exists(), "what is new has no form before"
    open_kept(path, BOTH).close()
    assert kept.stat().st_mode & 0o777 == 0o600
    old = open_kept(kept, BOTH[:1])
    assert old.execute("SELECT * FROM one").description[0][0] == "value"
    old.close()


def test_a_change_that_fails_leaves_the_form_before(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    open_kept(path, BOTH[:1]).close()

    def fails(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE one")
        connection.execute("no words of SQL")

    with pytest.raises(StoreError, match="is damaged"):
        open_kept(path, (_first, fails))
    connection = open_kept(path, BOTH)
    assert connection.execute("SELECT count(*) FROM one").fetchone() == (0,)
    connection.close()


def test_a_newer_one_is_refused(tmp_path: Path) -> None:
    open_kept(tmp_path / "kept.db", BOTH).close()
    with pytest.raises(StoreError, match="newer version"):
        open_kept(tmp_path / "kept.db", BOTH[:1])
