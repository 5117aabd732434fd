"""Keep libzim's own lines off our output; it prints them whatever it is told (3.13).

While writing it tells its steps on standard output, and on opening an archive with a Vietnamese
full-text index it says that it knows no stemming. Commands whose output programs read cannot have
that. The file descriptors of the process are turned away meanwhile, so this is for commands, not
for a server with several threads.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hushed() -> Iterator[None]:
    """Turn standard output and error away until the block ends."""
    kept = [os.dup(1), os.dup(2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept[0], 1)
        os.dup2(kept[1], 2)
        for one in (*kept, nowhere):
            os.close(one)
