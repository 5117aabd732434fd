"""Settings of a reading point's web app: one dataclass, its defaults, read once from TOML.

Every field is a heading in docs/reference/settings.md (a test compares them).
"""

import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from content.errors import ContentError
from content.store.layout import default_library

DEFAULT_FILE = Path("/etc/diemdoc/diemdoc.toml")
LOCALES = ("vi", "en")


class ConfigError(ContentError):
    """The settings file cannot be used; the message says where and what to do."""

    code = "config"
    exit_status = 60


@dataclass(frozen=True, slots=True)
class KioskConfig:
    """Settings of the web app.

    Args:
        library: Folder of the library.
        bind: Address and port to serve on, `ADDRESS:PORT`.
        workers: Processes that answer; 0 is one per core, at most 4.
        threads: Requests each process answers at once.
        point_name: What this reading point is called, shown at the top of every page.
        locale: Language of the pages until a reader chooses another: `vi` or `en`.
        contact: Whom readers ask for help, shown at the foot of every page.
    """

    library: Path = field(default_factory=default_library)
    bind: str = "127.0.0.1:8080"
    workers: int = 0
    threads: int = 8
    point_name: str = "Điểm Đọc"
    locale: str = "vi"
    contact: str = ""


def load_config(path: Path | None) -> KioskConfig:
    """Return the settings in `path`, or in the default file when it exists, or the defaults.

    Raises:
        ConfigError: The file is missing, is no TOML, or holds a setting that is not known or wrong.
    """
    chosen = path or DEFAULT_FILE
    if path is None and not chosen.is_file():
        return KioskConfig()
    try:
        raw = tomllib.loads(chosen.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{chosen}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{chosen}: is not valid TOML: {error}") from error
    return replace(KioskConfig(), **_checked(raw.get("kiosk", {}), chosen))


def _checked(raw: Any, path: Path) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: [kiosk] must be a table")
    known = {one.name: one for one in fields(KioskConfig)}
    values: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in known:
            raise ConfigError(
                f"{path}: unknown setting {name!r} in [kiosk]; known: {', '.join(sorted(known))}"
            )
        wanted: type = int if name in {"workers", "threads"} else str
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise ConfigError(f"{path}: {name} must be a {'number' if wanted is int else 'text'}")
        values[name] = Path(str(value)) if name == "library" else value
    if values.get("locale", "vi") not in LOCALES:
        raise ConfigError(f"{path}: locale must be one of: {', '.join(LOCALES)}")
    if not 0 <= values.get("workers", 0) <= 32 or not 1 <= values.get("threads", 1) <= 64:
        raise ConfigError(f"{path}: workers must be 0 to 32, threads 1 to 64")
    return values
