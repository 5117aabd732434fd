"""The whole machine, from its settings: every file, and which units run."""

from pathlib import Path

from content.files import atomic_write, sync_folder
from provisioning import access_point, firewall, host, uplink
from provisioning.render import RenderedFile
from provisioning.settings import MachineSettings

# What every reading point runs.
_ALWAYS = (
    "diemdoc.target",
    "diemdoc-addresses.service",
    "diemdoc-web.socket",
    "diemdoc-content.socket",
    "diemdoc-privileged.socket",
    "diemdoc-sync.timer",
    "diemdoc-outbox.timer",
    "diemdoc-health.timer",
    "diemdoc-clock.service",
    "diemdoc-clock-save.timer",
    "diemdoc-light.path",
)
_FOR_PHONES = ("diemdoc-firewall.service", "diemdoc-dnsmasq.service", "diemdoc-fair-share.service")


def machine_files(settings: MachineSettings) -> list[RenderedFile]:
    """Return every file that the settings make, and those that shall not be there."""
    return [
        *access_point.access_point_files(settings),
        *firewall.firewall_files(settings),
        *uplink.uplink_files(settings),
        *host.host_files(settings),
    ]


def wanted_units(settings: MachineSettings) -> dict[str, bool]:
    """Return each unit that is switched on or off, and whether it is on."""
    has_phones = bool(settings.phones_interface)
    return {
        **dict.fromkeys(_ALWAYS, True),
        **dict.fromkeys(_FOR_PHONES, has_phones),
        access_point.ACCESS_POINT: settings.access_point.kind == "built-in",
        host.DISPLAY: settings.display.enabled,
    }


def write_files(root: Path, files: list[RenderedFile]) -> list[str]:
    """Write what differs below `root`, each file whole, and return the paths that were changed.

    After a power cut each file is the old one or the new one; running again finishes.
    """
    changed = [one for one in files if differs(root, one)]
    for one in changed:
        path = root / one.path
        if one.text is None:
            path.unlink()
            sync_folder(path.parent)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, one.data, mode=one.mode)
    return [one.path for one in changed]


def differs(root: Path, file: RenderedFile) -> bool:
    """Return whether a file below `root` is not as rendered, in its bytes or its permissions."""
    path = root / file.path
    if file.text is None:
        return path.is_symlink() or path.exists()
    if path.is_symlink() or not path.is_file():
        return True
    return path.read_bytes() != file.data or path.stat().st_mode & 0o777 != file.mode
