"""Python's collector of garbage in rings, kept from stopping a process that serves.

A full round looks at every object there is. Nearly all of the app's 81,000 were made at its start
and stay: a round took 50 ms, at one page in a hundred (docs/measurements/web.md).
"""

import gc


def keep_from_collector() -> None:
    """Leave what was made until now out of all further rounds; forked workers inherit that."""
    gc.collect()
    gc.freeze()
