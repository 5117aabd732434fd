"""A reading point made of the project's own samples and an archive of others."""

import datetime as dt
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from content.builder.build import Chosen, build_collection
from content.builder.recipe import load_recipe
from content.builder.spool import SourceOptions
from content.builder.zim_item import EntryItem
from content.library import change
from kiosk.app import create_app
from kiosk.config import KioskConfig
from tests.content.zim_maker import HTML, make_archive

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
HOSTILE = """<html><head><title>x</title></head><body><p id="p">x</p><script>
document.title = 'ran';
try { document.getElementById('p').textContent = 'cookie:' + document.cookie; }
catch (error) { document.getElementById('p').textContent = 'refused:' + error.name; }
fetch('/').then(r => r.text()).then(t => { document.title = 'stolen' }).catch(e => {
  document.title = 'blocked'; });
</script></body></html>"""


def build_library(root: Path, scratch: Path) -> Path:
    """Make a library of the samples and a hostile archive of others."""
    chosen = Chosen(SourceOptions(jobs=2), date=NOW.date(), cache=scratch / "cache")
    build_collection(load_recipe(SAMPLES), scratch / "samples.zim", chosen, lambda *_: None)
    hostile = make_archive(
        scratch / "others.zim", extra=[EntryItem("evil.html", HTML, HOSTILE)], name="others"
    )
    files = [scratch / "samples.zim", hostile]
    change.add(root, files, now=NOW, report=lambda *_: None)
    return root


@pytest.fixture(scope="session")
def library_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("point")
    return build_library(base / "library", base)


@pytest.fixture
def client(library_root: Path) -> FlaskClient:
    return create_app(KioskConfig(library=library_root)).test_client()


@pytest.fixture
def empty(tmp_path: Path) -> FlaskClient:
    return create_app(KioskConfig(library=tmp_path / "library")).test_client()
