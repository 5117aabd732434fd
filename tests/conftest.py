"""Fixtures for every test."""

from pathlib import Path

import pytest

COLLECTION = Path(__file__).resolve().parents[2] / "shared" / "collection"


@pytest.fixture(scope="session")
def collection() -> Path:
    """Return the large test collection beside the project; tests that need it skip without it."""
    if not COLLECTION.is_dir():
        pytest.skip("the shared test collection is not on this machine")
    return COLLECTION
