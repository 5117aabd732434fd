"""How much a run shows: a little of each at every change, all of it when it is asked for."""

import os

# `script/test --tier qemu` sets it; docs/howto/test-whole-machines.md tells the times.
IS_FULL = os.environ.get("DIEMDOC_QEMU") == "full"
