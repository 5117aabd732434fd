"""What a server makes at its start is no work for the collector of garbage afterwards."""

import gc
import subprocess
import sys


def test_what_was_made_before_is_left_out_of_all_rounds() -> None:
    code = """
import gc
from kiosk.collector import keep_from_collector
made = [[] for _ in range(50_000)]
keep_from_collector()
assert gc.get_freeze_count() > 50_000, gc.get_freeze_count()
assert len(gc.get_objects()) < 5_000, len(gc.get_objects())
later = []
later.append(later)
del later
assert gc.collect() >= 1
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert not gc.get_freeze_count(), "this process is as it was"
