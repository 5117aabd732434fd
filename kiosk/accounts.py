"""Who may use the staff console: one PIN per point, made by staff, and sessions in memory.

There is no default PIN. Until one is made, a code proves that whoever makes it stands at the box:
it is shown on the box's own screen and by `diemdoc staff code`, or was chosen in the settings file.

STATE/staff.json   {"version": 1, "pin": "scrypt:..."}; readable by the point's own user only
STATE/staff-code   the code, until a PIN is made

Sessions and wrong tries live in memory that workers share (`kiosk.shared`) and end with the server.
"""

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from werkzeug.security import check_password_hash, generate_password_hash

from content.errors import ContentError
from content.files import atomic_write
from kiosk.captive import key_of
from kiosk.shared import KEY_BYTES, Entry, Ledger

SESSION_S = 8 * 3600.0
PIN_DIGITS = (6, 12)
# From one phone, then from all together: a child's guessing locks out its own phone first.
FREE_TRIES = 5
FREE_TRIES_OF_ALL = 30
_FIRST_WAIT_S = 60.0
_LONGEST_WAIT_S = 3600.0
_LONGEST_WAIT_OF_ALL_S = 900.0
_ALL = b"all phones".ljust(KEY_BYTES)
_UNKNOWN = b"no address".ljust(KEY_BYTES)


class StaffError(ContentError):
    """The staff console cannot be opened or its PIN not be made so; the message says why."""

    code = "staff"
    exit_status = 67


class LockedOutError(StaffError):
    """There were too many wrong tries.

    Args:
        wait_s: Seconds until the next try counts.
    """

    code = "locked-out"
    exit_status = 62

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many wrong tries; wait {wait_s:.0f} seconds")
        self.wait_s = wait_s


class WrongPinError(StaffError):
    """The PIN or code is not the one."""


class WeakPinError(StaffError):
    """A PIN that is too short or that everybody tries first."""


def wait_after(tries: int, free: int, longest_s: float) -> float:
    """Return seconds until the next try may be made: none at first, then doubling from a minute."""
    if tries < free:
        return 0.0
    return min(longest_s, _FIRST_WAIT_S * 2.0 ** min(tries - free, 20))


def check_strength(pin: str) -> None:
    """Refuse a PIN that would be guessed.

    Raises:
        WeakPinError: It is not 6 to 12 digits, or one digit again and again, or a run of digits.
    """
    low, high = PIN_DIGITS
    if not re.fullmatch(rf"[0-9]{{{low},{high}}}", pin):
        raise WeakPinError(f"the PIN must be {low} to {high} digits")
    runs = ("01234567890123", "98765432109876")
    if len(set(pin)) < 3 or any(pin in run for run in runs):
        raise WeakPinError("the PIN is too easy to guess: no runs such as 123456, no 111222")


@dataclass
class Desk:
    """What all workers know of staff: who is signed in, and who guessed wrong.

    Args:
        now: Seconds that only grow, the same in every process.
    """

    now: Callable[[], float] = time.monotonic
    _sessions: Ledger = field(default_factory=lambda: Ledger(64))
    _tries: Ledger = field(default_factory=lambda: Ledger(256))

    def begin_try(self, address: str) -> None:
        """Count a try before it is judged, so that many at once are counted too.

        Raises:
            LockedOutError: There were too many wrong ones.
        """
        # The phone first: what it tries while it is locked out counts against nobody else.
        self._count(key_of(address) or _UNKNOWN, FREE_TRIES, _LONGEST_WAIT_S)
        self._count(_ALL, FREE_TRIES_OF_ALL, _LONGEST_WAIT_OF_ALL_S)

    def forgive(self, address: str) -> None:
        """Forget the wrong tries: this one was right."""
        for key in (_ALL, key_of(address) or _UNKNOWN):
            self._tries.change(key, lambda _: Entry())

    def open_session(self) -> str:
        """Return the token of a new session."""
        token = secrets.token_urlsafe(24)
        self._sessions.change(_session_key(token), lambda _: Entry(1, self.now() + SESSION_S))
        return token

    def is_open(self, token: str) -> bool:
        """Return whether a token is that of an open session."""
        return bool(token) and self._sessions.get(_session_key(token)).until > self.now()

    def close_session(self, token: str) -> None:
        """End a session; a stolen token is worth nothing from then on."""
        self._sessions.change(_session_key(token), lambda _: Entry())

    def close_all(self) -> None:
        """End every session."""
        self._sessions.clear()

    def _count(self, key: bytes, free: int, longest_s: float) -> None:
        now = self.now()
        locked = 0.0

        def add(entry: Entry) -> Entry:
            nonlocal locked
            locked = max(0.0, entry.until - now)
            if locked:
                return entry
            tries = int(entry.tries) + 1
            return Entry(tries, now + wait_after(tries, free, longest_s))

        self._tries.change(key, add)
        if locked:
            raise LockedOutError(locked)


class Accounts:
    """The PIN of one point.

    Args:
        state: Folder of what this point writes while it runs.
        chosen_code: Code from the settings file; "" makes one.
    """

    def __init__(self, state: Path, desk: Desk, chosen_code: str = "") -> None:
        self._file = state / "staff.json"
        self._code_file = state / "staff-code"
        self._desk = desk
        self._chosen = chosen_code

    @property
    def has_pin(self) -> bool:
        """Whether staff have made a PIN."""
        return self._file.exists()

    def code(self) -> str:
        """Return the code that proves presence, made when there is none yet.

        Raises:
            StaffError: A PIN is made; there is no code any more.
        """
        if self._chosen:
            return self._chosen
        if self.has_pin:
            raise StaffError("a PIN is made already; 'diemdoc staff reset' begins anew")
        try:
            return self._code_file.read_text(encoding="ascii")
        except (FileNotFoundError, UnicodeDecodeError):
            code = f"{secrets.randbelow(10**6):06d}"
            self._code_file.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(self._code_file, code.encode(), mode=0o600)
            return code

    def make_pin(self, code: str, pin: str, address: str) -> str:
        """Keep the first PIN, or a new one for who knows the settings' code; return a session.

        After a power cut there is the PIN or none.

        Raises:
            LockedOutError: There were too many wrong tries.
            WrongPinError: The code is not the one.
            WeakPinError: The PIN would be guessed.
        """
        check_strength(pin)
        if self.has_pin and not self._chosen:
            raise WrongPinError("a PIN is made already")
        self._desk.begin_try(address)
        if not hmac.compare_digest(code.strip().encode(), self.code().encode()):
            raise WrongPinError("the code is not the one on the screen")
        self._save(pin)
        self._desk.forgive(address)
        return self._desk.open_session()

    def sign_in(self, pin: str, address: str) -> str:
        """Return a new session for who knows the PIN.

        Raises:
            LockedOutError: There were too many wrong tries.
            WrongPinError: It is not the PIN, or there is none.
        """
        self._desk.begin_try(address)
        if not self._is_pin(pin):
            raise WrongPinError("the PIN is not right")
        self._desk.forgive(address)
        return self._desk.open_session()

    def change_pin(self, old: str, new: str, address: str) -> str:
        """Replace the PIN, end every session, and return a new one.

        Raises:
            LockedOutError: There were too many wrong tries.
            WrongPinError: The old one is not right.
            WeakPinError: The new one would be guessed.
        """
        check_strength(new)
        self._desk.begin_try(address)
        if not self._is_pin(old):
            raise WrongPinError("the PIN is not right")
        self._save(new)
        self._desk.forgive(address)
        return self._desk.open_session()

    def reset(self) -> str:
        """Forget the PIN and return the code that lets staff make a new one."""
        self._file.unlink(missing_ok=True)
        self._desk.close_all()
        return self.code()

    def _save(self, pin: str) -> None:
        data = {"version": 1, "pin": generate_password_hash(pin)}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(self._file, json.dumps(data).encode(), mode=0o600)
        self._code_file.unlink(missing_ok=True)
        self._desk.close_all()

    def _is_pin(self, pin: str) -> bool:
        try:
            kept = str(json.loads(self._file.read_bytes())["pin"])
        except FileNotFoundError:
            return False
        except (ValueError, KeyError, TypeError) as error:
            raise StaffError(
                f"{self._file}: is damaged; run 'diemdoc staff reset' and make a new PIN"
            ) from error
        return check_password_hash(kept, pin)


def _session_key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()[:KEY_BYTES]
