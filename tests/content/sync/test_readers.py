"""An update learns from the archive server how busy readers are; silence means nobody reads."""

import json
from pathlib import Path

import pytest

from content.sync.readers import BUSY_REQUESTS_PER_S, Readers
from tests.content.sync.province_desk import web


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"requests_per_s": BUSY_REQUESTS_PER_S}, True),
        ({"requests_per_s": BUSY_REQUESTS_PER_S - 0.1}, False),
        ({"status": "ok"}, False),
        ([], False),
        ({"requests_per_s": "many"}, False),
    ],
)
def test_busy_from_the_limit_up(tmp_path: Path, said: object, expected: bool) -> None:
    (tmp_path / "healthz").write_text(json.dumps(said))
    with web(tmp_path) as server:
        assert Readers(f"{server.address}/healthz")() is expected


def test_a_server_that_is_not_there_has_no_readers(tmp_path: Path) -> None:
    with web(tmp_path) as server:
        address = server.address
        assert Readers(f"{address}/nothing")() is False
    assert Readers(f"{address}/healthz")() is False
    assert Readers("")() is False
