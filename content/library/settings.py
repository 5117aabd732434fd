"""The settings of the search, table `[search]` of the point's TOML file.

An index says itself which engine wrote it; the setting is heeded where a library is changed.
Every field is a heading in docs/reference/settings.md (a test compares them).
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from content.errors import ConfigError
from content.search import engines

DEFAULT_FILE = Path("/etc/diemdoc/diemdoc.toml")


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How the library's search index is kept.

    Args:
        engine: Name of the search engine, see `content/search/engines.py`.
        local_gain: How much earlier works of local history come: 0.2 is a fifth of the score.
    """

    engine: str = engines.DEFAULT
    local_gain: float = 0.2


def load_search_settings(path: Path | None) -> SearchSettings:
    """Return the settings in `path`, or in the default file when it exists, or the defaults.

    Raises:
        ConfigError: The file is missing, is no TOML, or holds a setting that is not known or wrong.
    """
    return search_settings(read_toml(path).get("search", {}), path or DEFAULT_FILE)


def read_toml(path: Path | None) -> dict[str, Any]:
    """Return what stands in `path`, or in the default file; nothing when that is not there.

    Raises:
        ConfigError: The file cannot be read, or is no TOML.
    """
    chosen = path or DEFAULT_FILE
    if path is None and not chosen.is_file():
        return {}
    try:
        return tomllib.loads(chosen.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{chosen}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{chosen}: is not valid TOML: {error}") from error


def search_settings(raw: Any, path: Path) -> SearchSettings:
    """Return the settings of a table `[search]`.

    Args:
        path: The file it is from, for messages.

    Raises:
        ConfigError: A setting is not known, or wrong.
    """
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: [search] must be a table")
    known = {one.name for one in fields(SearchSettings)}
    for name in raw:
        if name not in known:
            raise ConfigError(
                f"{path}: unknown setting {name!r} in [search]; known: {', '.join(sorted(known))}"
            )
    engine = raw.get("engine", engines.DEFAULT)
    if engine not in engines.NAMES:
        raise ConfigError(f"{path}: engine must be one of: {', '.join(engines.NAMES)}")
    gain = raw.get("local_gain", SearchSettings().local_gain)
    if isinstance(gain, bool) or not isinstance(gain, int | float) or not 0 <= gain <= 1:
        raise ConfigError(f"{path}: local_gain must be a number from 0 to 1")
    return SearchSettings(engine, float(gain))
