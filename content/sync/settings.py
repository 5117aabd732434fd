"""The table `[sync]` of the settings file: where content comes from, how much of it, and when.

Every field is a heading in docs/reference/settings.md (a test compares them). What a command is
told counts before what stands here.
"""

import difflib
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from content.errors import ConfigError

DEFAULT_FILE = Path("/etc/diemdoc/diemdoc.toml")
_HOURS = re.compile(r"(\d{1,2})-(\d{1,2})")
_SOURCE = re.compile(r"https?://[^\s/]+\S*|/\S.*")


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
        readers: Address where the archive server says how busy readers keep it; "" never waits.
    """

    sources: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    commune: str = ""
    limit_gb: int = 0
    rate_kb: int = 0
    hours: str = ""
    metered: bool = False
    metered_mb: int = 200
    readers: str = "http://127.0.0.1:8081/healthz"

    @property
    def most_bytes(self) -> int | None:
        """The most to fetch in one update, or None."""
        return self.metered_mb * 10**6 if self.metered else None

    @property
    def limit_bytes(self) -> int | None:
        """The most that published archives may take, or None."""
        return self.limit_gb * 10**9 if self.limit_gb else None


Folders = tuple[Path | None, Path | None]


def load_settings(path: Path | None) -> tuple[SyncSettings, Folders]:
    """Return the settings of updates, and the library and state that `[kiosk]` names.

    Args:
        path: The file; None is the default file when it exists, else the defaults hold.

    Raises:
        ConfigError: The file is missing, is no TOML, or holds a setting that is not known or wrong.
    """
    chosen = path or DEFAULT_FILE
    if path is None and not chosen.is_file():
        return SyncSettings(), (None, None)
    try:
        text = chosen.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{chosen}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{chosen}: is not valid TOML: {error}") from error
    kiosk = raw.get("kiosk", {})
    named = [kiosk.get(one) if isinstance(kiosk, dict) else None for one in ("library", "state")]
    library, state = (Path(one) if isinstance(one, str) and one else None for one in named)
    return _checked(raw.get("sync", {}), _Place(chosen, text)), (library, state)


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


@dataclass(frozen=True, slots=True)
class _Place:
    """Says where in the file a setting stands."""

    path: Path
    text: str

    def wrong(self, name: str, words: str) -> ConfigError:
        """Return the error of a setting, with its line when it stands on one of its own."""
        inside = False
        for number, line in enumerate(self.text.splitlines(), start=1):
            if line.strip().startswith("["):
                inside = line.strip().startswith("[sync]")
            elif inside and re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", line):
                return ConfigError(f"{self.path}, line {number}: {words}")
        return ConfigError(f"{self.path}: [sync] {words}")


def _checked(raw: Any, place: _Place) -> SyncSettings:
    if not isinstance(raw, dict):
        raise ConfigError(f"{place.path}: [sync] must be a table")
    known = {one.name: one.default for one in fields(SyncSettings)}
    values: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            meant = f"did you mean {near[0]!r}? " if near else ""
            raise place.wrong(
                name, f"unknown setting {name!r}; {meant}known: {', '.join(sorted(known))}"
            )
        values[name] = _value(name, value, known[name], place)
    return SyncSettings(**values)


def _value(name: str, value: Any, default: object, place: _Place) -> Any:
    """Return a setting's value, of the type of its default and within its bounds."""
    if isinstance(default, tuple):
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise place.wrong(name, f'{name} must be a list of texts, such as ["..."]')
        value = tuple(value)
    elif isinstance(default, bool):
        if not isinstance(value, bool):
            raise place.wrong(name, f"{name} must be true or false")
    elif isinstance(default, int):
        least = 1 if default else 0
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise place.wrong(name, f"{name} must be a whole number from {least}")
    elif not isinstance(value, str):
        raise place.wrong(name, f"{name} must be a text")
    check = _CHECKS.get(name)
    if check is not None:
        try:
            check(value)
        except ValueError as error:
            raise place.wrong(name, f"{name}: {error}") from error
    return value


def _check_sources(sources: tuple[str, ...]) -> None:
    for one in sources:
        if not _SOURCE.fullmatch(one):
            raise ValueError(f"{one!r} is none; give http://..., https://... or a folder from /")


_CHECKS: dict[str, Callable[[Any], object]] = {"sources": _check_sources, "hours": parse_hours}
