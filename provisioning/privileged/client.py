"""The unprivileged side of the door: ask, and be told."""

import contextlib
import json
import socket
from pathlib import Path
from typing import Any

from provisioning.errors import PrivilegedError

DOOR = Path("/run/diemdoc-door")
ANSWER_S = 30.0
_MOST_BYTES = 65_536


class PrivilegedDoor:
    """The door of this machine.

    Args:
        path: Its unix socket.
    """

    def __init__(self, path: Path = DOOR) -> None:
        self._path = path

    @property
    def is_there(self) -> bool:
        """Whether this machine has a door: only one that was set up as a point has."""
        return self._path.exists()

    def ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """Have one verb of `verbs.VERBS` done and return what it tells.

        Raises:
            PrivilegedError: It was refused, failed, or there is no door.
        """
        call = json.dumps({"verb": verb, "arguments": arguments}, ensure_ascii=False)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
                sock.settimeout(ANSWER_S)
                sock.connect(str(self._path))
                # Whoever is sent away is so before its words are read: the answer is there already.
                with contextlib.suppress(BrokenPipeError):
                    sock.sendall(call.encode() + b"\n")
                with sock.makefile("rb") as stream:
                    reply = json.loads(stream.readline(_MOST_BYTES))
        except (OSError, ValueError) as error:
            raise PrivilegedError(
                f"{verb}: the machine does not answer; is this a box that was set up as a reading "
                "point?"
            ) from error
        if not reply.get("ok"):
            raise PrivilegedError(str(reply.get("message", verb)))
        result = reply.get("result")
        return result if isinstance(result, dict) else {}
