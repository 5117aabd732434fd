"""Fixtures for every test."""

import os
from pathlib import Path

import pytest

COLLECTION = Path(__file__).resolve().parents[2] / "shared" / "collection"


@pytest.fixture(scope="session")
def collection() -> Path:
    """Return the large test collection beside the project; tests that need it skip without it."""
    if not COLLECTION.is_dir():
        pytest.skip("the shared test collection is not on this machine")
    return COLLECTION


@pytest.fixture(autouse=True)
def _as_urgent_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a command that runs in this process from putting all later tests behind all else."""
    monkeypatch.setattr(os, "nice", lambda _: 0)
    monkeypatch.setattr(os, "sched_setscheduler", lambda *_: None)
