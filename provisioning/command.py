"""The one place of this floor that starts programs; a port, so that tests record instead."""

import subprocess
from dataclasses import dataclass
from typing import Protocol

from provisioning.errors import CommandError

TIMEOUT_S = 120.0
_MOST_TOLD = 600


@dataclass(frozen=True, slots=True)
class Done:
    """What a program that has ended left.

    Args:
        status: What it ended with; 0 is success.
        text: What it wrote, both streams.
    """

    status: int
    text: str


class Command(Protocol):
    """Starts one program and waits for its end."""

    def __call__(self, *words: str, timeout_s: float = TIMEOUT_S, stdin: str = "") -> Done:
        """Run a program by name, without a shell, and return how it ended.

        Raises:
            CommandError: It is not installed, or did not end in time.
        """
        ...


def run_command(*words: str, timeout_s: float = TIMEOUT_S, stdin: str = "") -> Done:
    """Run a program; see `Command`."""
    try:
        done = subprocess.run(  # noqa: S603 -- no shell, words of ours
            words,
            check=False,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            encoding="utf-8",
            errors="replace",
        )
    except FileNotFoundError as error:
        raise CommandError(f"{words[0]} is not installed") from error
    except OSError as error:
        raise CommandError(f"{words[0]} cannot be started: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{words[0]} did not end within {timeout_s:.0f} s") from error
    return Done(done.returncode, done.stdout)


def must(command: Command, *words: str, timeout_s: float = TIMEOUT_S, stdin: str = "") -> str:
    """Run a program that has to succeed and return what it wrote.

    Raises:
        CommandError: It ended with an error, which is told in its own words.
    """
    done = command(*words, timeout_s=timeout_s, stdin=stdin)
    if done.status:
        told = " ".join(done.text.split())[:_MOST_TOLD]
        raise CommandError(f"{' '.join(words)}: {told or 'failed'}", done.status)
    return done.text
