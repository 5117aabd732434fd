"""The way to what only root may do, as the console sees it: one method, a closed list of verbs.

On a box the door is `provisioning.privileged.client`; a computer that was not provisioned has none,
and the console says so instead of showing buttons that do nothing.
"""

from typing import Any, Protocol

from content.errors import ContentError


class DoorError(ContentError):
    """The machine did not do what the console asked; nothing was changed."""

    code = "door"
    exit_status = 66


class Door(Protocol):
    """Asks the privileged side; raises DoorError when it refuses or is not there."""

    @property
    def is_there(self) -> bool:
        """Whether this machine has a door."""

    def ask(self, verb: str, **arguments: Any) -> None:
        """Have a verb done."""


class NoDoor:
    """A computer that was not provisioned."""

    is_there = False

    def ask(self, verb: str, **arguments: Any) -> None:  # noqa: ARG002 -- the port's
        """Refuse.

        Raises:
            DoorError: Always.
        """
        raise DoorError(f"{verb}: this computer was not set up as a reading point's box")
