"""Settings of a reading point's web app: one dataclass, its defaults, read once from TOML."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from content.errors import ConfigError
from content.library import settings as search_settings
from content.library.settings import SearchSettings
from content.settings import SettingsFile, anything, at_least, between, read_settings, setting
from content.store.layout import default_library, state_beside
from content.sync import settings as sync_settings
from content.sync.settings import SyncSettings
from kiosk.origins import Names
from kiosk.ui.locales import LOCALES

TABLE = "kiosk"
_ANYWHERE = ("0.0.0.0", "::", "[::]", "127.0.0.1", "[::1]", "localhost")  # noqa: S104
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?")


def _name(value: str) -> str:
    is_name = not value or _NAME.fullmatch(value)
    return "" if is_name else "must be a name such as diemdoc.lan, without port"


def _bind(value: str) -> str:
    port = value.rpartition(":")[2]
    is_bind = not value or (":" in value and port.isdecimal() and 0 < int(port) < 65536)
    return "" if is_bind else "must be an address and a port such as 10.42.0.1:8090"


def _code(value: str) -> str:
    return "" if len(value) in {0, *range(6, 65)} else "must have 6 to 64 letters or digits"


@dataclass(frozen=True, slots=True)
class KioskConfig:
    """Settings of the web app.

    Args:
        library: Folder of the library.
        state: Folder of what this point writes while it runs; "" is LIBRARY-state.
        share: Whether other points may take from here what the province published.
        bind: Address and port to serve on, `ADDRESS:PORT`.
        content_bind: Address and port of the archive server; "" is the port after `bind`'s.
        host: Name under which phones reach this point, such as `diemdoc.lan`.
        content_host: Name of the archive server; names below it must lead there too.
        search_socket: Unix socket of the search process; "" when the app searches by itself.
        workers: Processes that answer, one more for searches; 0 is one per core, at most 4.
        threads: Requests each process answers at once.
        point_name: What this reading point is called, shown at the top of every page.
        locale: Language of the pages until a reader chooses another: `vi` or `en`.
        contact: Whom readers ask for help, shown at the foot of every page.
        languages: Folder of languages added at this point, one `TAG.po` each; "" for none.
        touch_idle_s: Seconds without a touch after which the touch screen forgets and starts anew.
        touch_listening_s: The same while something is played.
        touch_alive_file: File whose time says when the touch screen last drew a page; "" keeps it
            in the process.
        runtime: Folder in memory for what a restart within the day needs; "" when there is none.
        usage_socket: Unix socket of the recorder; "" when nothing is counted.
        population: People of the commune, for figures per person; 0 is unknown.
        visits_goal: Visits a year that the plan asks of this point; 0 is none.
        noise_epsilon: Privacy loss of each figure that leaves the box; 0 adds no noise.
        staff_bind: Address and port of the staff console; "" is where the app is.
        staff_code: Code with which staff make their PIN; "" has the box show one of its own.
        sticks: Folder below which USB sticks appear.
        search: The table `[search]`.
        sync: The table `[sync]`.
    """

    library: Path = field(default_factory=default_library, metadata={"rule": anything})
    state: str = setting("")
    share: bool = setting(default=False)
    bind: str = setting("127.0.0.1:8080")
    content_bind: str = setting("")
    host: str = setting("", _name)
    content_host: str = setting("", _name)
    search_socket: str = setting("")
    workers: int = setting(0, between(0, 32))
    threads: int = setting(8, between(1, 64))
    point_name: str = setting("Điểm Đọc")
    locale: str = setting("vi")
    contact: str = setting("")
    languages: str = setting("")
    touch_idle_s: int = setting(90, at_least(30))
    touch_listening_s: int = setting(900, at_least(30))
    touch_alive_file: str = setting("")
    runtime: str = setting("")
    usage_socket: str = setting("")
    population: int = setting(0, at_least(0))
    visits_goal: int = setting(0, at_least(0))
    noise_epsilon: float = setting(0.0, at_least(0))
    staff_bind: str = setting("", _bind)
    staff_code: str = setting("", _code)
    sticks: str = setting("/run/diemdoc-sticks")
    search: SearchSettings = field(default_factory=SearchSettings)
    sync: SyncSettings = field(default_factory=SyncSettings)


def load_config(path: Path | None) -> KioskConfig:
    """Return the settings in `path`, or in the default file when it exists, or the defaults.

    Raises:
        ConfigError: The file is missing, is no TOML, or holds a setting that is not known or wrong.
    """
    file = read_settings(path)
    config = file.table(TABLE, KioskConfig)
    _check_names(config, file)
    _check_locale(config, file)
    return replace(
        config,
        search=file.table(search_settings.TABLE, SearchSettings),
        sync=file.table(sync_settings.TABLE, SyncSettings),
    )


def _check_names(config: KioskConfig, file: SettingsFile) -> None:
    host, content_host = config.host, config.content_host
    words = ""
    if bool(host) != bool(content_host):
        words = "and host are given together or not at all"
    # A page below the app's own name could set cookies for the app (RFC 6265, section 5.3).
    elif host and (content_host == host or content_host.endswith(f".{host}")):
        words = f"must not be {host} or a name below it"
    if words:
        raise ConfigError(file.problem(TABLE, "content_host", words))


def _check_locale(config: KioskConfig, file: SettingsFile) -> None:
    own = Path(config.languages) / f"{config.locale}.po"
    if config.locale not in LOCALES and not (config.languages and own.is_file()):
        words = (
            f"must be one of: {', '.join(LOCALES)}, or a language added at this point "
            "(diemdoc language list)"
        )
        raise ConfigError(file.problem(TABLE, "locale", words))


def state_of(config: KioskConfig) -> Path:
    """Return the folder of what this point writes while it runs."""
    return Path(config.state) if config.state else state_beside(config.library)


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
