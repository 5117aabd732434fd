"""Thorium Reader's own reader of OPDS finds every work in both feeds, and what it can open."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from content.library.library import Library
from content.terms import Form
from tests.browser.npm import MODULES, module
from tests.kiosk.opds.test_feeds import get, wanted

pytestmark = pytest.mark.browser
__all__ = ["wanted"]
SCRIPT = Path(__file__).with_name("thorium.cjs")


def read(pages: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return what Thorium keeps of each page."""
    module("r2-opds-js/package.json")
    done = subprocess.run(
        ["node", str(SCRIPT)],
        input=json.dumps(pages),
        env={**os.environ, "NODE_PATH": str(MODULES)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Before the answer stand remarks of the reader, such as that a work has no cover.
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def walk(client: FlaskClient, root: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the works that are found from a root, by identifier, and every page; in rounds."""
    todo, pages = {root}, dict[str, dict[str, Any]]()
    works: dict[str, Any] = {}
    while todo:
        read_now = read({one: get(client, one).text for one in todo})
        pages |= read_now
        todo = set()
        for page in read_now.values():
            works |= {one["identifier"]: one for one in page["works"]}
            todo |= {link["href"] for link in (*page["ways"], *page["next"])} - pages.keys()
    return works, pages


@pytest.mark.parametrize("root", ["http://localhost/opds", "http://localhost/opds/v2"])
def test_thorium_walks_to_every_work_and_can_open_what_it_knows(
    client: FlaskClient, wanted: set[str], library_root: Path, root: str
) -> None:
    works, pages = walk(client, root)
    assert set(works) == wanted
    assert all(page["search"] for page in pages.values())
    assert any("Loại" in page["facets"] for page in pages.values())
    library = Library(library_root)
    for one in works.values():
        record = library.record(one["entry"][0]["href"].rpartition("/")[2])
        assert record is not None
        assert one["title"] == record.title
        assert one["authors"] == list(record.creator)
        assert bool(one["covers"]) == bool(record.covers)
        assert bool(one["borrowed"]) == (record.form == Form.PRINT)
        if record.form in {Form.EBOOK, Form.AUDIOBOOK} or record.parts:
            assert one["opened"], record.identifier
        for link in (*one["opened"], *one["covers"]):
            answer = get(client, link["href"])
            assert answer.status_code == 200
            assert answer.mimetype == link["type"].partition(";")[0]
    alone = read({"one": get(client, next(iter(works.values()))["entry"][0]["href"]).text})["one"]
    assert alone["works"][0]["identifier"] in wanted
