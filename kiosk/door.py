"""The way to what only root may do, as the console sees it: one method, a closed list of verbs.

On a box the door is `provisioning.privileged.client`; a computer that was not provisioned has none,
and the console says so instead of showing buttons that do nothing.
"""

import importlib
from typing import Any, Protocol, cast

from content.errors import ContentError

_CLIENT = "provisioning.privileged.client"


class DoorError(ContentError):
    """The machine did not do what the console asked; nothing was changed."""

    code = "door"
    exit_status = 66


class Door(Protocol):
    """Asks the privileged side; raises an error of ours when it refuses or is not there."""

    @property
    def is_there(self) -> bool:
        """Whether this machine has a door."""

    def ask(self, verb: str, **arguments: Any) -> object:
        """Have a verb done."""


class NoDoor:
    """A computer whose machine code is not installed."""

    is_there = False

    def ask(self, verb: str, **arguments: Any) -> object:  # noqa: ARG002 -- the port's
        """Refuse.

        Raises:
            DoorError: Always.
        """
        raise DoorError(f"{verb}: this computer was not set up as a reading point's box")


def machine_door() -> Door:
    """Return the door of this machine: its client where the machine code is installed."""
    try:
        client = importlib.import_module(_CLIENT)
    except ModuleNotFoundError:
        return NoDoor()
    return cast("Door", client.PrivilegedDoor())
