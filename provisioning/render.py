"""From settings to files: every file that a reading point's machine is made from, as values.

Nothing is written here. A file that the settings do not ask for is rendered as absent, so that a
changed setting leaves nothing behind.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from provisioning import addresses

# Where the files stand that only our own units read.
OWN = "etc/diemdoc/machine"


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """One file of the machine.

    Args:
        path: Without the leading '/', so that it fits below any root.
        text: What it holds; None when there shall be no such file.
        mode: Its permissions; a file with a password is its owner's alone.
        units: Services that take the change by a restart.
    """

    path: str
    text: str | None
    mode: int = 0o644
    units: tuple[str, ...] = ()

    @property
    def data(self) -> bytes:
        """Its bytes; what was no UTF-8 in a file that is put back comes back as it was."""
        return (self.text or "").encode("utf-8", errors="surrogateescape")


@cache
def _environment() -> Environment:
    # Files for programs, not pages: nothing is HTML here; rules.py keeps quotes and lines out.
    return Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701
    )


def fill(template: str, **values: Any) -> str:
    """Return a template of ours with its values; the address plan is always at hand.

    Raises:
        jinja2.UndefinedError: The template asks for a value that was not given.
    """
    text = (files("provisioning") / "templates" / template).read_text(encoding="utf-8")
    return _environment().from_string(text).render(plan=addresses, **values)
