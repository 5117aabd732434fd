"""Settings of the provincial server: one dataclass, read once from TOML.

Every field is a heading in docs/reference/province-settings.md (a test compares them).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from province.errors import ProvinceConfigError

DEFAULT_FILE = Path("/etc/diemdoc/province.toml")


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune or ward.

    Args:
        code: As the general statistics office numbers it.
        population: 0 is unknown.
    """

    code: str
    name: str
    population: int = 0


@dataclass(frozen=True, slots=True)
class ProvinceConfig:
    """Settings of the provincial server.

    Args:
        name: Of the province, at the top of every page.
        state: Folder of keys, and of the database when it is SQLite.
        database: Address as SQLAlchemy writes it; "" is SQLite in `state`.
        bind: Address and port to serve on.
        address: Under which points reach this server, for invitations; "" when only sticks do.
        workers: Processes that answer, 1 to 32.
        locale: Language of the pages, `vi` or `en`.
        visits_goal: Visits a year that the plan asks of all points together.
        read_goal: Publications read per person and year that the plan asks for.
        counter_key: Key of programs that fetch COUNTER reports, 16 letters at least; "" is nobody.
        commune: The communes, each a table `[[province.commune]]`.
    """

    name: str = "Lai Châu"
    state: str = ""
    database: str = ""
    bind: str = "127.0.0.1:8090"
    address: str = ""
    workers: int = 2
    locale: str = "vi"
    visits_goal: int = 35_000
    read_goal: float = 4.5
    counter_key: str = ""
    commune: tuple[Commune, ...] = field(default=())

    @property
    def folder(self) -> Path:
        """Folder of keys and database."""
        return Path(self.state) if self.state else Path.home() / ".local/share/diemdoc/province"

    @property
    def database_address(self) -> str:
        """Address of the database."""
        return self.database or f"sqlite:///{self.folder / 'province.db'}"

    def communes(self) -> Mapping[str, Commune]:
        """Return the communes by code."""
        return {one.code: one for one in self.commune}


def load_config(path: Path | None) -> ProvinceConfig:
    """Return the settings in `path`, or in the default file when it exists, or the defaults.

    Raises:
        ProvinceConfigError: The file is missing, is no TOML, or holds a setting that is wrong.
    """
    chosen = path or DEFAULT_FILE
    if path is None and not chosen.is_file():
        return ProvinceConfig()
    try:
        raw = tomllib.loads(chosen.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProvinceConfigError(f"{chosen}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProvinceConfigError(f"{chosen}: is not valid TOML: {error}") from error
    table = raw.get("province", {})
    if not isinstance(table, dict):
        raise ProvinceConfigError(f"{chosen}: [province] must be a table")
    return _checked(table, chosen)


def _checked(raw: dict[str, Any], path: Path) -> ProvinceConfig:
    known = {one.name: one for one in fields(ProvinceConfig)}
    values: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in known:
            raise ProvinceConfigError(
                f"{path}: unknown setting {name!r} in [province]; known: {', '.join(sorted(known))}"
            )
        if name == "commune":
            values[name] = tuple(_commune(one, path) for one in _list(value, path))
            continue
        is_text = known[name].type is str
        wanted = str if is_text else (int, float) if known[name].type is float else int
        if not isinstance(value, wanted) or isinstance(value, bool):
            kind = "text" if is_text else "number"
            raise ProvinceConfigError(f"{path}: {name} must be a {kind}")
        values[name] = value
    config = ProvinceConfig(**values)
    if config.locale not in {"vi", "en"}:
        raise ProvinceConfigError(f"{path}: locale must be vi or en")
    if not 1 <= config.workers <= 32 or config.visits_goal < 0 or config.read_goal < 0:
        raise ProvinceConfigError(f"{path}: workers must be 1 to 32, goals 0 or more")
    if config.counter_key and len(config.counter_key) < 16:
        raise ProvinceConfigError(f"{path}: counter_key needs 16 letters at least")
    return config


def _list(value: Any, path: Path) -> list[Any]:
    if not isinstance(value, list):
        raise ProvinceConfigError(f"{path}: communes are tables [[province.commune]]")
    return value


def _commune(raw: Any, path: Path) -> Commune:
    try:
        found = Commune(str(raw["code"]), str(raw["name"]), int(raw.get("population", 0)))
    except (KeyError, TypeError, ValueError) as error:
        raise ProvinceConfigError(
            f"{path}: a [[province.commune]] needs code and name, and a number as population"
        ) from error
    if found.population < 0 or set(raw) - {"code", "name", "population"}:
        raise ProvinceConfigError(f"{path}: commune {found.code}: knows code, name, population")
    return found
