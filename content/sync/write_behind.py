"""Write a long file to the disk while it grows, and keep it out of the page cache.

Left to itself the kernel keeps every page of a new archive in memory and pushes out those that
readers use: a box of 1 GB would forget its library with each update. So what was written goes to
the disk in steps, behind the writer, and its pages are given back.
"""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

# At 10 MB/s, a slow card, a step is there in 1.6 s.
STEP_BYTES = 16 << 20


class WriteBehind:
    """Settles what is written to a file in order, one step behind.

    Args:
        descriptor: Of the file; it stays the caller's.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._begun = 0
        self._step: Future[None] | None = None
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown()

    def reach(self, end: int) -> None:
        """Say that the file is written up to `end`; waits while more than a step is under way.

        Raises:
            OSError: The disk failed to take an earlier step. The kernel says so only once.
        """
        if end - self._begun >= STEP_BYTES:
            self._wait()
            self._step = self._thread.submit(self._settle, self._begun, end - self._begun)
            self._begun = end

    def finish(self) -> None:
        """Return when the whole file is on the disk.

        Raises:
            OSError: The disk failed.
        """
        self._wait()
        os.fsync(self._descriptor)

    def _wait(self) -> None:
        if self._step is not None:
            self._step.result()

    def _settle(self, start: int, length: int) -> None:
        os.fdatasync(self._descriptor)
        os.posix_fadvise(self._descriptor, start, length, os.POSIX_FADV_DONTNEED)
