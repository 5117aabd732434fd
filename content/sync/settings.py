"""The table `[sync]` of the settings file: where content comes from, how much of it, and when.

What a command is told counts before what stands here.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from content.settings import SettingsFile, at_least, one_of, setting

TABLE = "sync"
_HOURS = re.compile(r"(\d{1,2})-(\d{1,2})")
_SOURCE = re.compile(r"https?://[^\s/]+\S*|/\S.*")


def parse_hours(text: str) -> tuple[int, int] | None:
    """Return first hour and the hour after the last of `22-5`; None for "".

    Raises:
        ValueError: It is written otherwise.
    """
    if not text:
        return None
    match = _HOURS.fullmatch(text)
    if not match or int(match[1]) > 23 or int(match[2]) > 24:
        raise ValueError("hours are given as 22-5")
    return int(match[1]), int(match[2])


def _hours(text: str) -> str:
    try:
        parse_hours(text)
    except ValueError:
        return "must be two hours such as 22-5"
    return ""


def _sources(sources: tuple[str, ...]) -> str:
    wrong = [one for one in sources if not _SOURCE.fullmatch(one)]
    if not wrong:
        return ""
    return f"holds {wrong[0]!r}; give http://..., https://... or a folder from /"


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """Settings of updates.

    Args:
        sources: Addresses and folders of repositories, the one to be asked first in front.
        collections: Ids of the collections wanted; empty is all.
        commune: Code of this point's commune; "" takes what is for all.
        limit_gb: Most that published archives may take of the disk; 0 is no limit.
        rate_kb: Most kB per second to fetch; 0 is no limit.
        hours: Hours within which updates fetch, as `22-5`; "" is any time.
        metered: Whether the link is paid by the megabyte.
        metered_mb: Most MB that one update fetches over a metered link.
        software: New versions of this software: `ask` brings them and waits for staff, `at-once`
            installs them too, `none` leaves them out.
        readers: Address where the archive server says how busy readers keep it; "" never waits.
    """

    sources: tuple[str, ...] = setting((), _sources)
    collections: tuple[str, ...] = setting(())
    commune: str = setting("")
    limit_gb: int = setting(0, at_least(0))
    rate_kb: int = setting(0, at_least(0))
    hours: str = setting("", _hours)
    metered: bool = setting(default=False)
    metered_mb: int = setting(200, at_least(1))
    software: str = setting("ask", one_of("ask", "at-once", "none"))
    readers: str = setting("http://127.0.0.1:8081/healthz")

    @property
    def most_bytes(self) -> int | None:
        """The most to fetch in one update, or None."""
        return self.metered_mb * 10**6 if self.metered else None

    @property
    def limit_bytes(self) -> int | None:
        """The most that published archives may take, or None."""
        return self.limit_gb * 10**9 if self.limit_gb else None


Folders = tuple[Path | None, Path | None]


def folders_of(file: SettingsFile) -> Folders:
    """Return the library and the state that `[kiosk]` names, without checking the rest of it."""
    kiosk = file.raw.get("kiosk", {})
    named = [kiosk.get(one) if isinstance(kiosk, dict) else None for one in ("library", "state")]
    library, state = (Path(one) if isinstance(one, str) and one else None for one in named)
    return library, state
