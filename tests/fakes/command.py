"""A command that records what it is asked to run, and answers as it is told."""

from collections.abc import Callable

from provisioning.command import TIMEOUT_S, Done

Answer = Callable[[tuple[str, ...]], Done | None]


class RecordingCommand:
    """Runs nothing.

    Args:
        answer: Returns how a call ended; None is success without words.
    """

    def __init__(self, answer: Answer = lambda _words: None) -> None:
        self.calls: list[tuple[str, ...]] = []
        self._answer = answer

    def __call__(self, *words: str, timeout_s: float = TIMEOUT_S, stdin: str = "") -> Done:
        """Record a call."""
        self.calls.append(words)
        return self._answer(words) or Done(0, "")
