"""Fixtures of the tests of counting."""

import pytest

from content.usage import phones as phones_module


@pytest.fixture(autouse=True)
def _phones_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sketch of phones take as many as came for as many; test_phones.py tests it as is."""
    monkeypatch.setattr(phones_module, "BITS", 1 << 12)
