"""The archive server says how busy it is, at the cost of one addition per request."""

import json
import time
import timeit

import pytest

from kiosk.serving import busyness
from kiosk.serving.busyness import Busyness
from tests.kiosk.serving.conftest import Served


def test_requests_of_the_last_seconds_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(busyness, "monotonic", lambda: now)
    load = Busyness()
    for _ in range(10):
        load.count += 80
        now += 1.0
        load.look()
    assert load.requests_per_s == pytest.approx(80, rel=0.01)
    now += 1.0
    load.look()
    assert load.requests_per_s == pytest.approx(40, rel=0.01)
    for _ in range(10):
        now += 1.0
        load.look()
    assert load.requests_per_s < 0.1


def test_a_request_costs_less_than_a_microsecond() -> None:
    load = Busyness()
    best = min(timeit.repeat("load.count += 1", globals={"load": load}, number=10_000, repeat=20))
    assert best / 10_000 < 1e-6


def test_healthz_tells_it(served: Served) -> None:
    until = time.monotonic() + 20
    told = 0.0
    while told <= 1 and time.monotonic() < until:
        served.get("/content/others/small.css")
        told = json.loads(served.get("/healthz")[1])["requests_per_s"]
    assert told > 1
