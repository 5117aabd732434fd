"""What the services of a point said lately that staff should read: warnings, the same ones once.

systemd's journal keeps them; no file of ours. Our own words never name a phone; what other programs
say is shown with addresses left out.
"""

import json
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

DAYS = 7
_MOST = 60
_COMMAND = (
    "journalctl", "--unit=diemdoc-*", "--priority=warning", f"--since=-{DAYS}d", "--output=json",
    "--output-fields=MESSAGE,_SYSTEMD_UNIT,PRIORITY", "--lines=2000", "--no-pager", "--quiet",
)  # fmt: skip
_ADDRESS = re.compile(
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b|\b[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7}\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Message:
    """Something that was said, perhaps often.

    Args:
        last: When it was said last.
    """

    last: datetime
    service: str
    text: str
    times: int
    is_error: bool


def _journal(command: Sequence[str]) -> str:
    done = subprocess.run(  # noqa: S603 -- fixed words of ours
        command, capture_output=True, check=True, text=True, errors="replace", timeout=10
    )
    return done.stdout


def read_messages(
    *, now: float, run: Callable[[Sequence[str]], str] = _journal
) -> tuple[Message, ...] | None:
    """Return the messages of the last week, newest first; None where there is no journal.

    Args:
        now: Seconds since 1970; nothing said later is believed.
    """
    try:
        lines = run(_COMMAND).splitlines()
    except (OSError, subprocess.SubprocessError):
        return None
    found: dict[tuple[str, str], Message] = {}
    for line in lines:
        one = _message(line, now)
        if one is not None:
            key = (one.service, re.sub(r"\d+", "0", one.text))
            times = found[key].times + 1 if key in found else 1
            found[key] = Message(one.last, one.service, one.text, times, one.is_error)
    return tuple(sorted(found.values(), key=lambda one: one.last, reverse=True)[:_MOST])


def _message(line: str, now: float) -> Message | None:
    try:
        raw = json.loads(line)
        said = min(int(raw["__REALTIME_TIMESTAMP"]) / 1e6, now)
        text = raw["MESSAGE"]
        if not isinstance(text, str) or not text.strip():
            return None
        return Message(
            datetime.fromtimestamp(said, UTC),
            str(raw.get("_SYSTEMD_UNIT", "")).removesuffix(".service"),
            _ADDRESS.sub("…", text.strip().splitlines()[0])[:300],
            1,
            int(raw.get("PRIORITY", 4)) <= 3,
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
