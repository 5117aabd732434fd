"""The root side of the door: one call per connection, one JSON line in, one JSON line out.

    {"verb": "set-time", "arguments": {"seconds": 1780000000}}
    {"ok": true, "result": {"now": "..."}}    or    {"ok": false, "message": "what is wrong"}

The kernel says who asks (SO_PEERCRED); what that process says of itself counts for nothing. One
call at a time: two changes of a machine at once are never right.
"""

import json
import logging
import os
import pwd
import socket
import struct
from collections.abc import Callable
from time import monotonic
from typing import Any

from content.errors import ContentError
from provisioning.errors import PrivilegedError
from provisioning.notify import notify
from provisioning.privileged.verbs import Machine, check_call

logger = logging.getLogger(__name__)
MOST_BYTES = 65_536
ASKING_S = 3.0
TICK_S = 10.0
# sd_listen_fds(3): the first socket that systemd hands over.
_FIRST_SOCKET = 3


def socket_from_systemd() -> socket.socket:
    """Return the listening socket that this process was started with.

    Raises:
        PrivilegedError: systemd did not start it by its socket.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        raise PrivilegedError("the door is opened by diemdoc-privileged.socket, not by hand")
    return socket.socket(fileno=_FIRST_SOCKET)


def allowed_users(names: tuple[str, ...] = ("root", "diemdoc")) -> frozenset[int]:
    """Return the user ids that may ask; a user that does not exist may not."""
    found = []
    for name in names:
        try:
            found.append(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    return frozenset(found)


def serve(
    listener: socket.socket,
    machine: Machine,
    users: frozenset[int],
    *,
    goes_on: Callable[[], bool] = lambda: True,
    tick_s: float = TICK_S,
) -> None:
    """Answer calls until `goes_on` says no; a caller can neither stop nor delay it for long."""
    listener.settimeout(tick_s)
    notify("READY=1")
    while goes_on():
        notify("WATCHDOG=1")
        try:
            sock, _ = listener.accept()
        except TimeoutError:
            continue
        with sock:
            try:
                reply = json.dumps(answer(sock, machine, users), ensure_ascii=False)
                sock.settimeout(ASKING_S)
                sock.sendall(reply.encode() + b"\n")
            except OSError as error:
                logger.warning("a caller left before its answer: %s", error.strerror)


def answer(sock: socket.socket, machine: Machine, users: frozenset[int]) -> dict[str, Any]:
    """Return the reply to one caller."""
    process, user, _ = _peer(sock)
    if user not in users:
        logger.warning("user %d (process %d) knocked and was sent away", user, process)
        return {"ok": False, "message": "this door is not for this user"}
    try:
        call = json.loads(_line(sock))
        if not isinstance(call, dict) or call.keys() != {"verb", "arguments"}:
            raise PrivilegedError("a call is one line: a verb and its arguments")
        verb, arguments = check_call(call["verb"], call["arguments"])
        logger.info("%s, for user %d", call["verb"], user)
        return {"ok": True, "result": verb.do(machine, **arguments)}
    except (ValueError, RecursionError):
        return {"ok": False, "message": "a call is one line of JSON"}
    except ContentError as error:
        return {"ok": False, "message": str(error)}
    except OSError as error:
        logger.warning("a call failed: %s", error)
        return {"ok": False, "message": f"the machine refuses: {error.strerror}"}


def _peer(sock: socket.socket) -> tuple[int, int, int]:
    """Return process, user and group at the other end (unix(7))."""
    raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    process, user, group = struct.unpack("3i", raw)
    return process, user, group


def _line(sock: socket.socket) -> bytes:
    """Return one line of a caller, which has `ASKING_S` for all of it.

    Raises:
        PrivilegedError: It is too long, or does not come.
    """
    data = b""
    deadline = monotonic() + ASKING_S
    while b"\n" not in data:
        # All of it within the time, however slowly it drips.
        sock.settimeout(max(0.01, deadline - monotonic()))
        try:
            block = sock.recv(4_096)
        except TimeoutError as error:
            raise PrivilegedError("the call did not come in time") from error
        data += block
        if len(data) > MOST_BYTES:
            raise PrivilegedError("the call is too long")
        if not block:
            break
    return data.partition(b"\n")[0]
