"""What the machine shall be: the machine's tables of diemdoc.toml, checked before anything moves.

The one file is shared: each program reads its own tables. Of `[kiosk]` the machine takes the two
names that its DNS must answer and the folder of the library, and nothing else. Every field is a
heading in docs/reference/settings.md (a test compares them).
"""

import tomllib
from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from provisioning import rules
from provisioning.errors import MachineSettingsError
from provisioning.models import MODELS, Model, detect_model
from provisioning.toml_lines import line_of, nearest

DEFAULT_FILE = Path("/etc/diemdoc/diemdoc.toml")
# Tables that other programs read and check (a test compares them with the reference).
OTHERS = ("health", "kiosk", "outbox", "point", "province", "staff", "sync", "usage")
_PHONES_IN_ADDRESS_PLAN = 250


def _setting(default: Any, rule: Callable[[Any], str]) -> Any:
    return field(default=default, metadata={"rule": rule})


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer itself: table `[machine]`."""

    model: str = _setting("auto", rules.one_of("auto", *MODELS))
    hostname: str = _setting("diemdoc", rules.hostname)
    timezone: str = _setting("Asia/Ho_Chi_Minh", rules.timezone)
    read_only_root: bool = _setting(default=False, rule=rules.anything)


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """How phones reach the point: table `[access_point]`."""

    kind: str = _setting("built-in", rules.one_of("built-in", "external", "none"))
    interface: str = _setting("", rules.interface)
    ssid: str = _setting("Điểm Đọc", rules.ssid)
    password: str = _setting("", rules.password)
    country: str = _setting("VN", rules.country)
    channel: int = _setting(6, rules.channel)
    max_phones: int = _setting(0, rules.between(0, _PHONES_IN_ADDRESS_PLAN))
    radio_firmware: str = _setting("standard", rules.one_of("standard", "minimal"))
    share_mbit: int = _setting(0, rules.between(0, 1000))


@dataclass(frozen=True, slots=True)
class Uplink:
    """How the point reaches the province, when it can: table `[uplink]`."""

    wifi_interface: str = _setting("wlan1", rules.interface)
    wifi_ssid: str = _setting("", rules.ssid)
    wifi_password: str = _setting("", rules.password)
    mobile_apn: str = _setting("", rules.apn)


@dataclass(frozen=True, slots=True)
class Storage:
    """Disks and sticks: table `[storage]`."""

    data_label: str = _setting("DIEMDOC-DATA", rules.label)
    stick_filesystems: tuple[str, ...] = _setting(("vfat", "exfat"), rules.filesystems)
    stick_content: str = _setting("ask", rules.one_of("ask", "at-once"))


@dataclass(frozen=True, slots=True)
class Display:
    """The touch screen: table `[display]`."""

    enabled: bool = _setting(default=False, rule=rules.anything)
    rotate: int = _setting(0, rules.one_of(0, 90, 180, 270))


@dataclass(frozen=True, slots=True)
class MachineSettings:
    """Everything the machine is made from.

    Args:
        host: Name under which phones find the app.
        content_host: Name of the archive server; every name below it leads there too.
        library: Folder of the library.
    """

    machine: Machine = Machine()
    access_point: AccessPoint = AccessPoint()
    uplink: Uplink = Uplink()
    storage: Storage = Storage()
    display: Display = Display()
    host: str = "diemdoc.lan"
    content_host: str = "diemdoc-sach.lan"
    library: str = "/srv/diemdoc/library"

    @property
    def model(self) -> Model:
        """What the computer can; "auto" counts as a PC until it is resolved."""
        return MODELS[self.machine.model if self.machine.model != "auto" else "pc"]

    @property
    def phones_interface(self) -> str:
        """Interface behind which the phones are; "" when there are none."""
        usual = {"built-in": "wlan0", "external": "eth0", "none": ""}[self.access_point.kind]
        return usual and (self.access_point.interface or usual)

    @property
    def max_phones(self) -> int:
        """Most phones at the same time."""
        usual = self.model.phones[self.access_point.radio_firmware == "minimal"]
        external = _PHONES_IN_ADDRESS_PLAN if self.access_point.kind == "external" else usual
        return self.access_point.max_phones or external

    @property
    def share_mbit(self) -> int:
        """What all phones share, in Mbit/s."""
        usual = 100 if self.access_point.kind == "external" else self.model.share_mbit
        return self.access_point.share_mbit or usual


TABLES: dict[str, type] = {
    "machine": Machine,
    "access_point": AccessPoint,
    "uplink": Uplink,
    "storage": Storage,
    "display": Display,
}


def load_settings(path: Path) -> MachineSettings:
    """Return the machine's settings in a file.

    Raises:
        MachineSettingsError: It cannot be read, is no TOML, or holds what cannot be; every problem
            is told, each with its line and what to write.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise MachineSettingsError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise MachineSettingsError(
            [f"{path}: is not written in UTF-8: save it again as UTF-8 text"]
        ) from error
    return parse_settings(text, str(path))


def read_settings(config_file: Path | None, root: Path) -> MachineSettings:
    """Return the settings of a machine; without a file the defaults hold.

    Raises:
        MachineSettingsError: The file cannot be used.
    """
    path = config_file or root / DEFAULT_FILE.relative_to("/")
    settings = load_settings(path) if config_file or path.exists() else MachineSettings()
    if settings.machine.model != "auto":
        return settings
    return replace(settings, machine=replace(settings.machine, model=detect_model(root)))


def parse_settings(text: str, name: str = "diemdoc.toml") -> MachineSettings:
    """Return the machine's settings in a text; errors as `load_settings`."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MachineSettingsError([f"{name}: is not valid TOML: {error}"]) from error
    problems: list[str] = []

    def wrong(table: str, key: str, words: str) -> None:
        line = line_of(text, table, key)
        place = f"{name}, line {line}" if line else name
        problems.append(f"{place}: [{table}] {key + ' ' if key else ''}{words}")

    for table in raw:
        if table not in (*TABLES, *OTHERS):
            wrong(table, "", f"is no table of ours{nearest(table, [*TABLES, *OTHERS])}")
    read: dict[str, Any] = {
        table: _read(kind, table, raw.get(table, {}), wrong) for table, kind in TABLES.items()
    }
    read |= _of_kiosk(raw.get("kiosk", {}), wrong)
    settings = MachineSettings(**read)
    _check_together(settings, wrong)
    if problems:
        raise MachineSettingsError(problems)
    return settings


_Wrong = Callable[[str, str, str], None]


def _read(kind: type, table: str, raw: Any, wrong: _Wrong) -> Any:
    """Return one table as its dataclass, telling `wrong` what cannot be."""
    if not isinstance(raw, dict):
        wrong(table, "", f"must be a table: write [{table}] on a line of its own")
        return kind()
    known: dict[str, Field[Any]] = {one.name: one for one in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in known:
            wrong(table, key, f"is no setting{nearest(key, list(known))}")
            continue
        made = tuple(value) if isinstance(value, list) else value
        words = _of_type(made, known[key].default) or known[key].metadata["rule"](made)
        if words:
            wrong(table, key, words)
        else:
            values[key] = made
    return kind(**values)


def _of_type(value: Any, default: Any) -> str:
    if type(value) is type(default):
        return ""
    kinds = {bool: "true or false", int: "a whole number", str: 'a text in "quotes"'}
    return f"must be {kinds.get(type(default), 'a list of texts')}"


def _of_kiosk(kiosk: Any, wrong: _Wrong) -> dict[str, str]:
    """Return the two names and the folder that `[kiosk]` may hold."""
    named = kiosk if isinstance(kiosk, dict) else {}
    values: dict[str, str] = {}
    checks = {"host": rules.dns_name, "content_host": rules.dns_name, "library": rules.folder}
    for key, check in checks.items():
        value = named.get(key)
        if not value:
            continue
        if words := check(value):
            wrong("kiosk", key, words)
        else:
            values[key] = value
    return values


def _check_together(settings: MachineSettings, wrong: _Wrong) -> None:
    """Tell what each setting allows by itself, but not with the others."""
    phones, uplink = settings.phones_interface, settings.uplink
    if uplink.wifi_ssid and uplink.wifi_interface == phones:
        wrong(
            "uplink",
            "wifi_interface",
            f"is {phones!r}, which phones use; a second Wi-Fi adapter is needed, usually wlan1",
        )
    if uplink.wifi_password and not uplink.wifi_ssid:
        wrong("uplink", "wifi_password", "is given without wifi_ssid: name the Wi-Fi too")
    host, content_host = settings.host, settings.content_host
    if content_host == host or content_host.endswith(f".{host}"):
        wrong("kiosk", "content_host", f"must not be {host} or a name below it")
