"""Settings of a reading point's web app: one dataclass, its defaults, read once from TOML.

Every field is a heading in docs/reference/settings.md (a test compares them).
"""

import re
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from content.errors import ContentError
from content.store.layout import default_library, state_beside
from kiosk.origins import Names
from kiosk.ui.locales import LOCALES

DEFAULT_FILE = Path("/etc/diemdoc/diemdoc.toml")
_ANYWHERE = ("0.0.0.0", "::", "[::]", "127.0.0.1", "[::1]", "localhost")  # noqa: S104
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?")


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
        content_bind: Address and port of the archive server; "" is the port after `bind`'s.
        host: Name under which phones reach this point, such as `diemdoc.lan`.
        content_host: Name of the archive server; names below it must lead there too.
        search_socket: Unix socket of the search process; "" when the app searches by itself.
        workers: Processes that answer; 0 is one per core, at most 4.
        threads: Requests each process answers at once.
        point_name: What this reading point is called, shown at the top of every page.
        locale: Language of the pages until a reader chooses another: `vi` or `en`.
        contact: Whom readers ask for help, shown at the foot of every page.
        state: Folder of what a point writes while it runs; "" is beside the library.
        runtime: Folder in memory for what a restart within the day needs; "" when there is none.
        usage_socket: Unix socket of the recorder; "" when nothing is counted.
        population: People of the commune, for figures per person; 0 is unknown.
        visits_goal: Visits a year that the plan asks of this point; 0 is none.
        noise_epsilon: Privacy loss of each figure that leaves the box; 0 adds no noise.
    """

    library: Path = field(default_factory=default_library)
    bind: str = "127.0.0.1:8080"
    content_bind: str = ""
    host: str = ""
    content_host: str = ""
    search_socket: str = ""
    workers: int = 0
    threads: int = 8
    point_name: str = "Điểm Đọc"
    locale: str = "vi"
    contact: str = ""
    state: str = ""
    runtime: str = ""
    usage_socket: str = ""
    population: int = 0
    visits_goal: int = 0
    noise_epsilon: float = 0.0


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
        is_text = known[name].type in {str, Path}
        wanted = str if is_text else (int, float) if known[name].type is float else int
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise ConfigError(f"{path}: {name} must be a {'text' if is_text else 'number'}")
        values[name] = Path(str(value)) if name == "library" else value
    if values.get("locale", "vi") not in LOCALES:
        raise ConfigError(f"{path}: locale must be one of: {', '.join(LOCALES)}")
    if not 0 <= values.get("workers", 0) <= 32 or not 1 <= values.get("threads", 1) <= 64:
        raise ConfigError(f"{path}: workers must be 0 to 32, threads 1 to 64")
    if any(values.get(one, 0) < 0 for one in ("population", "visits_goal", "noise_epsilon")):
        raise ConfigError(f"{path}: population, visits_goal and noise_epsilon are 0 or more")
    _check_names(values, path)
    return values


def _check_names(values: dict[str, Any], path: Path) -> None:
    for name in ("host", "content_host"):
        if values.get(name) and not _NAME.fullmatch(values[name]):
            raise ConfigError(f"{path}: {name} must be a name such as diemdoc.lan, without port")
    host, content_host = values.get("host", ""), values.get("content_host", "")
    if bool(host) != bool(content_host):
        raise ConfigError(f"{path}: host and content_host are given together or not at all")
    # A page below the app's own name could set cookies for the app (RFC 6265, section 5.3).
    if host and (content_host == host or content_host.endswith(f".{host}")):
        raise ConfigError(f"{path}: content_host must not be {host} or a name below it")


def split_bind(bind: str) -> tuple[str, int]:
    """Return host and port of an `ADDRESS:PORT`.

    Raises:
        ConfigError: It is none.
    """
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ConfigError(f"{bind!r} is no address; give one such as 127.0.0.1:8080")
    return host, int(port)


def with_content_bind(config: KioskConfig) -> str:
    """Return where the archive server listens: as set, or the port after the app's."""
    host, port = split_bind(config.bind)
    return config.content_bind or f"{host}:{port + 1}"


def state_of(config: KioskConfig) -> Path:
    """Return the folder of what a point writes while it runs."""
    return Path(config.state) if config.state else state_beside(config.library)


def names_of(config: KioskConfig) -> Names:
    """Return the names under which browsers find app and archives.

    Raises:
        ConfigError: An address is none.
    """
    _, app_port = split_bind(config.bind)
    if not config.content_bind:
        return Names(app_port, 0, config.host)
    address, content_port = split_bind(config.content_bind)
    return Names(
        app_port,
        content_port,
        config.host,
        config.content_host,
        "" if address in _ANYWHERE else address,
    )
