"""Files of others are as package-lock.json fixes them, with a licence, and no others are there."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.browser.npm import module
from tools import vendor


def test_every_file_has_its_hash_and_no_other_is_there() -> None:
    assert vendor.SUMS.read_text(encoding="utf-8") == vendor.sums()
    folders = {path.name for path in vendor.VENDOR.iterdir() if path.is_dir()}
    assert folders == {vendor.folder_of(package).name for package in vendor.WANTED}
    for name in folders:
        assert (vendor.VENDOR / name / "LICENSE").is_file()


def test_they_are_as_they_came() -> None:
    module("@fontsource")
    assert vendor.differences() == []


def test_a_change_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module("@fontsource")
    monkeypatch.setattr(vendor, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(vendor, "SUMS", tmp_path / "vendor" / "SHA256SUMS")
    monkeypatch.setattr(vendor, "ROOT", tmp_path)
    source = Path(__file__).resolve().parents[2]
    (tmp_path / "node_modules").symlink_to(source / "node_modules")
    (tmp_path / "package-lock.json").write_bytes((source / "package-lock.json").read_bytes())
    vendor.lay_out()
    assert vendor.differences() == []
    next((tmp_path / "vendor").rglob("*.woff2")).write_bytes(b"x")
    assert len(vendor.differences()) == 2


def test_a_font_is_kept_for_ever_under_any_digest(client: FlaskClient) -> None:
    font = next(vendor.VENDOR.rglob("*.woff2")).relative_to(vendor.VENDOR.parent).as_posix()
    answer = client.get(f"/static/0/{font}")
    assert answer.mimetype == "font/woff2"
    assert "immutable" in answer.headers["Cache-Control"]
