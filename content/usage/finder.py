"""What the recorder asks about works; content/library/reading.py answers."""

from dataclasses import dataclass
from typing import Protocol

from content.usage.events import Action, Work

# Our players take nothing before somebody presses play (measured: docs/measurements/usage.md); a
# chapter that was heard is one of which the phone took half a minute.
HEARD_S = 30.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where a chapter of sound lies in its file.

    Args:
        item: Number of the chapter.
        first: Its first byte.
        stop: The byte after its last.
        enough: Bytes of it that make it heard.
    """

    item: str
    first: int
    stop: int
    enough: int


@dataclass(frozen=True, slots=True)
class Found:
    """What an address leads to.

    Args:
        action: What whoever gets it does.
        item: Which part of the work.
        stretches: For sound, its chapters in that file.
    """

    work: Work
    action: Action
    item: str = ""
    stretches: tuple[Stretch, ...] = ()


class Finder(Protocol):
    """What is known of works and of where they lie."""

    def record(self, identifier: str) -> Work | None:
        """Return a work."""

    def part(self, identifier: str, number: int) -> Found | None:
        """Return a part of a work, from 1."""

    def entry(self, book: str, path: str, *, keeps: bool) -> Found | None:
        """Return what an archive's entry is; None when it only belongs to something."""


def stretch(item: str, span: tuple[float, float], whole_s: float, size_bytes: int) -> Stretch:
    """Return where a chapter lies, taking a file's bytes as evenly spread over its time.

    Args:
        span: Begin and end of the chapter in the file, in seconds.
        whole_s: Playing time of the whole file.
    """
    a_second = size_bytes / whole_s if whole_s > 0 else 0.0
    first = min(size_bytes, int(span[0] * a_second))
    stop = size_bytes if not a_second else max(first, min(size_bytes, int(span[1] * a_second)))
    enough = min(stop - first, int(HEARD_S * a_second))
    return Stretch(item, first, stop, max(1, enough))
