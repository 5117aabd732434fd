"""What the machine shall be: the machine's tables of diemdoc.toml, checked before anything moves.

The one file is shared: each program reads its own tables. Of `[kiosk]` the machine takes the two
names that its DNS must answer, the folder of the library and whether it is shared. Every field is a
heading in docs/reference/settings.md (a test compares them).
"""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from content.errors import ConfigError
from content.settings import (
    DEFAULT_FILE,
    SettingsFile,
    between,
    nearest,
    one_of,
    read_settings,
    setting,
)
from provisioning import rules
from provisioning.errors import MachineSettingsError
from provisioning.models import MODELS, Model, detect_model

# Tables that other programs read and check (a test compares them with the reference).
OTHERS = ("health", "kiosk", "outbox", "point", "province", "search", "staff", "sync", "usage")
_PHONES_IN_ADDRESS_PLAN = 250


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer itself: table `[machine]`."""

    model: str = setting("auto", one_of("auto", *MODELS))
    hostname: str = setting("diemdoc", rules.hostname)
    timezone: str = setting("Asia/Ho_Chi_Minh", rules.timezone)
    read_only_root: bool = setting(default=False)


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """How phones reach the point: table `[access_point]`."""

    kind: str = setting("built-in", one_of("built-in", "external", "none"))
    interface: str = setting("", rules.interface)
    ssid: str = setting("Điểm Đọc", rules.ssid)
    password: str = setting("", rules.password)
    country: str = setting("VN", rules.country)
    channel: int = setting(6, rules.channel)
    max_phones: int = setting(0, between(0, _PHONES_IN_ADDRESS_PLAN))
    radio_firmware: str = setting("standard", one_of("standard", "minimal"))
    share_mbit: int = setting(0, between(0, 1000))


@dataclass(frozen=True, slots=True)
class Uplink:
    """How the point reaches the province, when it can: table `[uplink]`."""

    wifi_interface: str = setting("wlan1", rules.interface)
    wifi_ssid: str = setting("", rules.ssid)
    wifi_password: str = setting("", rules.password)
    mobile_apn: str = setting("", rules.apn)


@dataclass(frozen=True, slots=True)
class Storage:
    """Disks and sticks: table `[storage]`."""

    data_label: str = setting("DIEMDOC-DATA", rules.label)
    stick_filesystems: tuple[str, ...] = setting(("vfat", "exfat"), rules.filesystems)
    stick_content: str = setting("ask", one_of("ask", "at-once"))
    stick_light: bool = setting(default=True)


@dataclass(frozen=True, slots=True)
class Display:
    """The touch screen: table `[display]`."""

    enabled: bool = setting(default=False)
    rotate: int = setting(0, one_of(0, 90, 180, 270))


@dataclass(frozen=True, slots=True)
class MachineSettings:
    """Everything the machine is made from.

    Args:
        host: Name under which phones find the app.
        content_host: Name of the archive server; every name below it leads there too.
        library: Folder of the library.
        shares: Whether other points may take archives from here, by the uplink.
    """

    machine: Machine = Machine()
    access_point: AccessPoint = AccessPoint()
    uplink: Uplink = Uplink()
    storage: Storage = Storage()
    display: Display = Display()
    host: str = "diemdoc.lan"
    content_host: str = "diemdoc-sach.lan"
    library: str = "/srv/diemdoc/library"
    shares: bool = False

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


def machine_settings(config_file: Path | None, root: Path) -> MachineSettings:
    """Return the settings of a machine, its model resolved; without a file the defaults hold.

    Raises:
        MachineSettingsError: The file cannot be used.
    """
    path = config_file or root / DEFAULT_FILE.relative_to("/")
    settings = load_settings(path) if config_file or path.exists() else MachineSettings()
    if settings.machine.model != "auto":
        return settings
    return replace(settings, machine=replace(settings.machine, model=detect_model(root)))


def load_settings(path: Path) -> MachineSettings:
    """Return the machine's settings in a file.

    Raises:
        MachineSettingsError: It cannot be read, is no TOML, or holds what cannot be; every problem
            is told, each with its line and what to write.
    """
    try:
        return _checked(read_settings(path))
    except ConfigError as error:
        raise MachineSettingsError([str(error)]) from error


def parse_settings(text: str, name: str = "diemdoc.toml") -> MachineSettings:
    """Return the machine's settings in a text; errors as `load_settings`."""
    try:
        return _checked(SettingsFile(name, text, tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise MachineSettingsError([f"{name}: is not valid TOML: {error}"]) from error


def _checked(file: SettingsFile) -> MachineSettings:
    problems = [
        file.problem(table, "", f"is no table of ours{nearest(table, [*TABLES, *OTHERS])}")
        for table in file.raw
        if table not in (*TABLES, *OTHERS)
    ]
    read: dict[str, Any] = {
        table: file.checked(table, kind, problems) for table, kind in TABLES.items()
    }
    settings = MachineSettings(**read, **_of_kiosk(file, problems))
    _check_together(settings, file, problems)
    if problems:
        raise MachineSettingsError(problems)
    return settings


def _of_kiosk(file: SettingsFile, problems: list[str]) -> dict[str, Any]:
    """Return what `[kiosk]` holds of the machine: two names, a folder, and whether it shares."""
    raw = file.raw.get("kiosk", {})
    named = raw if isinstance(raw, dict) else {}
    values: dict[str, Any] = {"shares": named.get("share") is True}
    checks = {"host": rules.dns_name, "content_host": rules.dns_name, "library": rules.folder}
    for key, check in checks.items():
        value = named.get(key)
        if not value:
            continue
        if words := check(value):
            problems.append(file.problem("kiosk", key, words))
        else:
            values[key] = value
    return values


def _check_together(settings: MachineSettings, file: SettingsFile, problems: list[str]) -> None:
    """Tell what each setting allows by itself, but not with the others."""
    phones, uplink = settings.phones_interface, settings.uplink
    if uplink.wifi_ssid and uplink.wifi_interface == phones:
        words = f"is {phones!r}, which phones use; a second Wi-Fi adapter is needed, usually wlan1"
        problems.append(file.problem("uplink", "wifi_interface", words))
    if uplink.wifi_password and not uplink.wifi_ssid:
        words = "is given without wifi_ssid: name the Wi-Fi too"
        problems.append(file.problem("uplink", "wifi_password", words))
    host, content_host = settings.host, settings.content_host
    if content_host == host or content_host.endswith(f".{host}"):
        words = f"must not be {host} or a name below it"
        problems.append(file.problem("kiosk", "content_host", words))
