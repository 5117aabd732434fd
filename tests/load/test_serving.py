"""Phones that behave are answered, whatever the others do, and memory stays flat."""

import pytest

from tools.load_mix import measure

pytestmark = [pytest.mark.load, pytest.mark.timeout(180)]


def test_readers_among_creepers_quitters_and_garbage() -> None:
    seen, memory = measure(15)
    assert seen.requests > 2_000
    assert seen.errors == []
    assert seen.at(0.99) < 1_000
    before, after = memory
    assert after < before * 1.15 + 4
